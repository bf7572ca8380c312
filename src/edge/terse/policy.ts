/**
 * Policies from text to exact integers in a third of the code of src/policy: the same policies are taken and the same
 * integers made of them (test/properties/edge-terse.test.ts), and errors name what is wrong without guessing what was meant.
 */
import { ConfigError } from "../../errors.ts";
import { levelOf, scaleOf } from "../../policy/bucketprofile.ts";
import { unlimitedCap } from "../../policy/define.ts";
import { LEVEL_MAX, NS_PER_SEC, ROOM_UNITS } from "../../policy/limits.ts";
import { committedExcessRules, dualRules, peakCommittedRules } from "../../policy/rules.ts";
import { compare, divide, isZero, lcm, multiply, rational, subtract, ZERO } from "../../rational.ts";
import type { BucketDefinition, BucketProfile, Check, Cost, MarkingRule, MeterProfile, Rational } from "../../types.ts";
import type { PolicyReader } from "../profiles.ts";
import { bucketsOf, spacingOf, type Bucket } from "./buckets.ts";
import { Fields } from "./fields.ts";
import { AMOUNT, clash, FILL, refused, type Quantity } from "./quantity.ts";

const COSTS: readonly Cost[] = ["bytes", "packets"];
const LENGTH_BYTES_MAX = 65_535;
/** By the share of the depth that there is at first. */
const FULL_OR_EMPTY: readonly unknown[] = ["empty", "full"];

/** Reads a policy. Throws ConfigError. */
export const readTersely: PolicyReader = (input, parts) => {
  const fields = new Fields(input);
  const { meter } = fields;
  fields.choice("length", ["frame", "ip"]);
  const buckets = bucketsOf(fields);
  const costs = costsOf(fields, buckets);
  const definitions = buckets.map((bucket, index) => definitionOf(fields, bucket, costs[index]!));
  spacingOf(fields);
  if (fields.has("spacing") && costs[0] !== "packets") fields.clash("spacing", "needs cost packets");
  return { meter, profiles: new Integers(fields, definitions, parts).profiles() };
};

function fillOf(fields: Fields): Quantity | undefined {
  const word = FULL_OR_EMPTY.indexOf(fields.value("initial"));
  if (word >= 0) return { kind: "share", value: rational(BigInt(word)) };
  const fill = fields.quantity("initial", FILL);
  if (fill?.kind === "share" && fill.value.num > fill.value.den) {
    throw refused("initial", fields.text("initial"), "at most 100 %");
  }
  return fill;
}

/** What costs count, by bucket: stated, or with one voice by the units. */
function costsOf(fields: Fields, buckets: readonly Bucket[]): readonly Cost[] {
  const only = fields.meter === "event-counter" ? "packets" : undefined;
  const others = [fillOf(fields), fields.quantity("cap", AMOUNT)];
  const ofOthers = others.flatMap((quantity) => quantity?.cost ?? []);
  const ofAll = buckets.flatMap(({ costs }) => costs);
  return buckets.map(({ costs }) => {
    const implied = [...(fields.meter === "multi" ? costs : ofAll), ...ofOthers];
    const usual = only ?? implied[0] ?? "bytes";
    const cost = fields.has("cost") ? fields.choice("cost", COSTS) : usual;
    if ((only ?? cost) === cost && implied.every((own) => own === cost)) return cost;
    return clash("cost", cost, `the units count ${[usual, ...implied].join(" ")}`);
  });
}

function definitionOf(fields: Fields, { ratePerSec, depth, isAmount }: Bucket, cost: Cost): BucketDefinition {
  const bytes = (name: string, least: number) => Number(fields.whole(name, "bytes", least, LENGTH_BYTES_MAX));
  const fill = fillOf(fields);
  const tokens = fill?.kind === "share" ? multiply(depth, fill.value) : (fill?.value ?? depth);
  // Sizes of colored meters are whole bytes (RFC 2697, 2698, 4115) or packets.
  if (fields.form.includes("cbs") && isAmount && depth.den !== 1n) fields.clash("cbs", "sizes must be whole");
  return {
    ratePerSec,
    depth,
    threshold: depth,
    check: checkOf(fields, cost),
    initialLevel: compare(tokens, depth) >= 0 ? ZERO : subtract(depth, tokens),
    costRule: {
      cost,
      overheadBytes: bytes("overhead", -LENGTH_BYTES_MAX),
      minLengthBytes: bytes("min-length", 0),
    },
  };
}

/** Cells are tested without their own cost (ITU-T I.371); a maximum burst size is defined for that alone. */
function checkOf(fields: Fields, cost: Cost): Check {
  const { form } = fields;
  const isCells = /increment|pcr/u.test(form[0]!) && cost === "packets";
  const check = fields.choice<Check>("check", isCells ? ["pre", "post", "overdraft"] : ["post", "pre", "overdraft"]);
  const checks = form.includes("mbs") ? ["pre"] : fields.checks;
  if (!fields.has("check") || checks.includes(check)) return check;
  return clash("check", check, `must be ${checks.join(" or ")}`);
}

interface Extra {
  readonly levels?: readonly Rational[];
  readonly cap?: Rational;
  /** Level steps a unit at least. */
  readonly scale?: bigint;
  readonly isAlarm?: boolean;
}

/** The integers of a policy's slots. */
class Integers {
  readonly #fields: Fields;
  readonly #buckets: readonly BucketDefinition[];
  /** A level that has to be whole in every bucket: the smallest cost. */
  readonly #part: Rational;

  constructor(fields: Fields, buckets: readonly BucketDefinition[], parts: number) {
    this.#fields = fields;
    this.#buckets = buckets;
    this.#part = rational(1n, BigInt(parts));
  }

  profiles(): readonly MeterProfile[] {
    const { meter } = this.#fields;
    if (meter === "turner" || meter === "event-counter") return [this.#counter(meter)];
    if (meter === "multi") {
      const [...left] = this.#buckets;
      const slots: MeterProfile[] = [];
      while (left.length > 0) slots.push(this.#slot(left.splice(0, 2), dualRules("coordinated")));
      return slots;
    }
    return [this.#buckets.length === 1 ? this.#slot(this.#buckets, []) : this.#pair(meter)];
  }

  #slot(buckets: readonly BucketDefinition[], rules: readonly MarkingRule[], isCoupled = false): MeterProfile {
    const scale = isCoupled ? this.#commonScale() : 1n;
    const [first, second] = buckets.map((bucket) => this.#integers(bucket, { scale }));
    if (second === undefined) return { kernel: "one-bucket", buckets: [first!] };
    return { kernel: "two-buckets", buckets: [first!, second], rules, isCoupled };
  }

  #pair(meter: string): MeterProfile {
    const fields = this.#fields;
    const buckets = this.#buckets;
    if (meter === "dual") {
      const mode = fields.choice("mode", ["coordinated", "sequential", "independent"]);
      const tags = fields.flag("tag");
      if (tags && mode !== "coordinated") fields.clash("tag", "needs mode coordinated");
      return this.#slot(buckets, dualRules(tags ? "tags" : mode));
    }
    const isAware = fields.flag("color-aware");
    const [{ depth, ratePerSec }, other] = buckets as readonly [BucketDefinition, BucketDefinition];
    if (isZero(depth) && (meter === "trtcm" || isZero(other.depth))) fields.clash("cbs", "all would be red");
    if (meter === "trtcm") {
      if (compare(ratePerSec, other.ratePerSec) < 0) fields.clash("pir", "must be at least cir");
      return this.#slot(buckets, peakCommittedRules(isAware));
    }
    if (fields.has("coupling") && fields.has("cf")) fields.clash("cf", "is coupling; leave one out");
    const isOn = fields.choice("coupling", ["off", "on"]) === "on" || fields.choice("cf", ["0", "1"]) === "1";
    return this.#slot(buckets, committedExcessRules(isAware), isOn || meter === "srtcm");
  }

  #counter(kernel: "turner" | "event-counter"): MeterProfile {
    const fields = this.#fields;
    const [bucket] = this.#buckets as readonly [BucketDefinition];
    const isUnlimited = fields.choice("mode", ["clamped", "unlimited"]) === "unlimited";
    const given = fields.quantity("cap", AMOUNT)?.value;
    const cap = isUnlimited ? unlimitedCap(bucket) : (given ?? bucket.depth);
    if (isUnlimited && given !== undefined) fields.clash("cap", "needs mode clamped");
    if (compare(cap, bucket.depth) < 0) fields.clash("cap", "must be at least the size");
    const clear = rational(fields.whole("clear", "packets", 0));
    const isAlarm = kernel === "event-counter";
    if (fields.has("clear") && compare(clear, bucket.depth) >= 0) fields.clash("clear", "must be below alarm");
    const profile = this.#integers(bucket, { levels: [cap, clear], cap, isAlarm });
    const own = { buckets: [profile], capLevel: levelOf(cap, profile.levelPerUnit) } as const;
    return isAlarm
      ? { kernel: "event-counter", ...own, clearLevel: levelOf(clear, profile.levelPerUnit) }
      : { kernel: "turner", ...own };
  }

  /** What drains beyond the first bucket's level drains the second: one scale, and both levels fit one number. */
  #commonScale(): bigint {
    const scale = this.#buckets.reduce((steps, bucket) => lcm(steps, scaleOf(bucket, [this.#part])), 1n);
    const sum = this.#buckets.reduce((level, { depth }) => level + levelOf(depth, scale), 0n);
    checkSize(...this.#buckets.map(({ ratePerSec }) => sum + levelOf(divide(ratePerSec, NS_PER_SEC), scale)));
    return scale;
  }

  /** The smallest scale in which all of a bucket is whole. Throws ConfigError when it does not fit 63 bits. */
  #integers(bucket: BucketDefinition, { levels = [], cap, scale = 1n, isAlarm = false }: Extra): BucketProfile {
    const { check, depth, costRule } = bucket;
    const levelPerUnit = lcm(scaleOf(bucket, [this.#part, ...levels]), scale);
    const drainPerNs = levelOf(divide(bucket.ratePerSec, NS_PER_SEC), levelPerUnit);
    const depthLevel = levelOf(depth, levelPerUnit);
    const testsOwnCost = check === "post";
    const roomUnits = testsOwnCost && cap === undefined ? 0n : ROOM_UNITS[costRule.cost];
    checkSize(levelPerUnit, drainPerNs, levelOf(cap ?? depth, levelPerUnit) + roomUnits * levelPerUnit);
    const testLevel = depthLevel - (check === "overdraft" || isAlarm ? 1n : 0n);
    if (testLevel < 0n) clash("check", check, "with size 0 nothing could ever conform");
    const initialLevel = levelOf(bucket.initialLevel, levelPerUnit);
    // What edge meters have bounds of their own for.
    const own = { unitsMax: 0n, drainedAfterNs: 0n };
    return { ...own, drainPerNs, levelPerUnit, depthLevel, testLevel, testsOwnCost, initialLevel, costRule };
  }
}

function checkSize(...levels: readonly bigint[]): void {
  if (levels.every((level) => level <= LEVEL_MAX)) return;
  throw new ConfigError("RANGE", "policy", undefined, "does not fit exact 63-bit arithmetic; write fewer digits");
}
