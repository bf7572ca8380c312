/** The buckets of a policy in exact fractions. */
import { NS_PER_SEC } from "../../policy/limits.ts";
import { compare, divide, isZero, multiply, rational, subtract, ZERO } from "../../rational.ts";
import type { Cost, Rational } from "../../types.ts";
import type { Fields } from "./fields.ts";
import { BURST, clash, quantityOf, RATE, refused, TIME, wholeOf } from "./quantity.ts";

export interface Bucket {
  readonly ratePerSec: Rational;
  readonly depth: Rational;
  /** What units say that costs count. */
  readonly costs: readonly Cost[];
  /** Its size is an amount, not a time. */
  readonly isAmount: boolean;
}

const BUCKETS_MAX = 8;
const NO_RATE = "needs a rate above 0";

/** In the order in which they are asked. Throws ConfigError. */
export function bucketsOf(fields: Fields): readonly Bucket[] {
  const { form, meter } = fields;
  if (meter === "multi") return listOf(fields.value("bucket"));
  const buckets: Bucket[] = [];
  for (let at = 0; at < form.length; at += 2) {
    buckets.push(bucketOf(form[at]!, form[at + 1]!, fields, buckets[0]));
  }
  // RFC 2697: the excess bucket has no rate of its own.
  if (meter === "srtcm") buckets[1] = { ...buckets[1]!, ratePerSec: ZERO };
  return buckets;
}

function bucketOf(rateName: string, sizeName: string, fields: Fields, first: Bucket | undefined): Bucket {
  const { ratePerSec, costs } = rateOf(rateName, fields);
  const text = fields.text(sizeName);
  if (sizeName === "mbs") {
    // tau = (MBS - 1)(T - spacing); behind a peak the spacing is the peak's T.
    const spacing = first === undefined ? spacingOf(fields) : divide(NS_PER_SEC, first.ratePerSec);
    const step = divide(NS_PER_SEC, ratePerSec);
    const order = compare(step, spacing);
    if (order < 0 || (order === 0 && first === undefined)) clash(sizeName, text, "is without end at this rate");
    const steps = rational(wholeOf(sizeName, text, "packets", 1) - 1n);
    const depth = divide(multiply(steps, subtract(step, spacing)), step);
    return { ratePerSec, depth, costs: [...costs, "packets"], isAmount: false };
  }
  if (sizeName === "alarm") {
    return { ratePerSec, depth: rational(wholeOf(sizeName, text, "packets", 1)), costs, isAmount: true };
  }
  const bucket = sizedBucket(ratePerSec, costs, sizeName, text, /limit|cdvt/u.test(sizeName) ? TIME : BURST);
  if (!/^c|^e|^p[bi]/u.test(sizeName)) checkUseful(bucket, sizeName, text);
  return bucket;
}

/** Time between the packets of a burst. */
export function spacingOf(fields: Fields): Rational {
  return fields.quantity("spacing", TIME)?.value ?? ZERO;
}

/** Units a second, of a rate or of the time that one unit takes. */
function rateOf(name: string, fields: Fields): Pick<Bucket, "ratePerSec" | "costs"> {
  const isTime = name.endsWith("increment");
  const { value, cost } = fields.quantity(name, isTime ? TIME : RATE)!;
  const isCells = name === "pcr" || name === "scr";
  if (((isTime || isCells) && isZero(value)) || (isCells && cost !== "packets")) {
    throw refused(name, fields.text(name), isTime ? "above 0" : "above 0, in packets");
  }
  return isTime ? { ratePerSec: divide(NS_PER_SEC, value), costs: [] } : { ratePerSec: value, costs: [cost!] };
}

function sizedBucket(
  ratePerSec: Rational,
  costs: readonly Cost[],
  name: string,
  text: string,
  form: typeof BURST,
): Bucket {
  const { kind, value, cost } = quantityOf(name, text, form);
  if (kind === "amount") return { ratePerSec, depth: value, costs: [...costs, cost!], isAmount: true };
  if (isZero(ratePerSec)) clash(name, text, NO_RATE);
  return { ratePerSec, depth: divide(multiply(ratePerSec, value), NS_PER_SEC), costs, isAmount: false };
}

/** Something has to conform at some time. */
function checkUseful({ ratePerSec, depth }: Bucket, name: string, text: string): void {
  if (isZero(ratePerSec) && isZero(depth)) clash(name, text, NO_RATE);
}

/** The list of `multi`: "10 Mbit/s 64 kB", or { rate, burst }. */
function listOf(value: unknown): readonly Bucket[] {
  const items: readonly unknown[] = Array.isArray(value) ? value : [value];
  if (items.length === 0 || items.length > BUCKETS_MAX)
    clash("buckets", `${items.length}`, `must be 1 to ${BUCKETS_MAX}`);
  return items.map((item) => {
    const parts =
      typeof item === "string" ? item.trim().split(/[\s,]+(?=[+-]?\.?\d)/u) : textsOf(item as Record<string, unknown>);
    const [rate, burst] = parts;
    if (rate === undefined || burst === undefined || burst === "" || parts.length > 2) {
      throw refused("bucket", String(item), 'a rate and a burst, such as "10 Mbit/s 64 kB"');
    }
    const { value: ratePerSec, cost } = quantityOf("bucket rate", rate, RATE);
    const bucket = sizedBucket(ratePerSec, [cost!], "bucket burst", burst, BURST);
    checkUseful(bucket, "bucket", `${rate} ${burst}`);
    return bucket;
  });
}

/** Rate and burst of an object that has nothing else; else nothing. */
function textsOf(item: Record<string, unknown> | null): readonly string[] {
  const { rate, burst, ...rest } = item ?? {};
  const isPair = typeof rate === "string" && typeof burst === "string" && Object.keys(rest).length === 0;
  return isPair ? [rate, burst] : [];
}
