/**
 * `limit_req` of nginx (ngx_http_limit_req_module.c). It keeps an excess in thousandths of a request: what is beyond the
 * request that may pass now. A request is refused above `burst`, passes at once up to `delay`, and waits in between until
 * the excess has leaked to it. So the bucket holds burst + 1, and what may pass at once is delay + 1.
 */
import { NS_PER_SEC } from "../../policy/limits.ts";
import { compare, divide, floor, multiply, rational } from "../../rational.ts";
import type { Rational } from "../../types.ts";
import { numberText, rateText, readWhole } from "../amounts.ts";
import type { Explained, Figure, PolicyDocument } from "../explained.ts";
import { countFigure, countRateFigure, drainFigure, timeFigure } from "../figures.ts";
import { type ParameterRow, readValues, type Values, type Word, wrongWord } from "../words.ts";

const SYSTEM = "nginx limit_req";
/** nginx keeps rates in thousandths of a request a second. */
const THOUSAND = 1000n;
const COUNT_MAX = 2n ** 31n - 1n;

const ROWS: readonly ParameterRow[] = [
  { name: "rate" },
  { name: "burst" },
  { name: "delay" },
  { name: "nodelay", isFlag: true },
  { name: "zone", isIgnored: true },
  { name: "sync", isFlag: true, isIgnored: true },
];

/** Keys of limit_req_zone that Weir has too. */
const KEYS: ReadonlyMap<string, string> = new Map([
  ["$binary_remote_addr", "src"],
  ["$remote_addr", "src"],
  ["$server_addr", "dst"],
  ["$binary_remote_addr$server_addr", "pair"],
  ["$server_name", "all"],
]);

interface NginxRate {
  readonly word: Word;
  readonly perSec: Rational;
  readonly isPerMinute: boolean;
  readonly count: bigint;
}

function readRate(word: Word): NginxRate {
  const [, digits = "", time = ""] = /^(\d+)r\/([sm])$/u.exec(word.text) ?? [];
  const isPerMinute = time === "m";
  if (digits === "")
    throw wrongWord("NUMBER", word, "is no rate of nginx; write whole requests such as 10r/s or 30r/m");
  const count = readWhole({ ...word, text: digits }, "nginx's rate", 1n, COUNT_MAX);
  const thousandths = (count * THOUSAND) / (isPerMinute ? 60n : 1n);
  return { word, perSec: rational(thousandths, THOUSAND), isPerMinute, count };
}

function rateRemarks({ count, isPerMinute, perSec }: NginxRate): string[] {
  if (!isPerMinute || (count * THOUSAND) % 60n === 0n) return [];
  const kept = numberText(multiply(perSec, rational(60n)));
  return [
    `${count}r/m is kept in thousandths of a request a second, rounded down: ${numberText(perSec)} a second, ${kept} a minute`,
  ];
}

function countOf(values: Values, name: string): bigint | undefined {
  const word = values.word(name);
  return word === undefined ? undefined : readWhole(word, name, 1n, COUNT_MAX);
}

/** How many requests may pass at once beyond the first; undefined: all that the burst holds. */
function atOnceOf(values: Values, burst: bigint): bigint | undefined {
  const delay = countOf(values, "delay");
  if (delay !== undefined && values.has("nodelay")) {
    throw wrongWord(
      "CONFLICT",
      values.word("delay")!,
      "delay and nodelay contradict each other; leave one of them out",
    );
  }
  if (values.has("nodelay") || burst === 0n || (delay !== undefined && delay >= burst)) return undefined;
  return delay ?? 0n;
}

function packets(count: bigint): string {
  return count === 1n ? "1 packet" : `${count} packets`;
}

function figuresOf(values: Values, rate: NginxRate, burst: bigint, atOnce: bigint | undefined): Figure[] {
  const passing = (atOnce ?? burst) + 1n;
  const waiting = burst + 1n - passing;
  const waitNs = divide(multiply(rational(waiting), NS_PER_SEC), rate.perSec);
  return [
    countRateFigure("rate", rate.word, rate.perSec, "requests"),
    countFigure("burst", values.word("burst"), burst, `${burst} requests beyond the first`),
    countFigure("pass at once", undefined, passing, `${passing} on a drained bucket`),
    ...(atOnce === undefined ? [] : [countFigure("may wait", undefined, waiting, `${waiting} requests`)]),
    timeFigure("longest wait", undefined, waitNs),
    drainFigure(rational(burst + 1n), rate.perSec),
  ];
}

function meterOf(rate: NginxRate, burst: bigint): PolicyDocument {
  return { meter: "gcra", rate: rateText(rate.perSec, "packets"), burst: packets(burst + 1n), check: "post" };
}

function shaperOf(rate: NginxRate, burst: bigint, atOnce: bigint): PolicyDocument {
  const rateOf = rateText(rate.perSec, "packets");
  return { shaper: "token-bucket", rate: rateOf, burst: packets(atOnce + 1n), limit: packets(burst - atOnce) };
}

/** `limit_req rate=10r/s burst=5 nodelay`, with or without its zone's line; the words behind the name. Throws ConfigError. */
export function explainLimitReq(all: readonly Word[]): Explained {
  const keyWord = all.find(({ text }) => text.startsWith("$"));
  const words = all.filter((word) => word !== keyWord && !/^limit_req(?:_zone)?$/u.test(word.text));
  const values = readValues(words, ROWS, SYSTEM, "equals");
  const rate = readRate(values.needed("rate", "is missing; nginx states it in limit_req_zone, such as rate=10r/s"));
  const burst = countOf(values, "burst") ?? 0n;
  const atOnce = atOnceOf(values, burst);
  const by = keyWord === undefined ? "src" : KEYS.get(keyWord.text);
  const meter = meterOf(rate, burst);
  return {
    system: SYSTEM,
    does:
      atOnce === undefined
        ? "a leaky bucket of requests that refuses"
        : "a leaky bucket of requests that delays, and refuses when it is full",
    figures: figuresOf(values, rate, burst, atOnce),
    policy: atOnce === undefined ? meter : shaperOf(rate, burst, atOnce),
    by: by ?? "src",
    also: atOnce === undefined ? [] : [{ title: "The same verdicts without the waiting", policy: meter }],
    refuses: compare(rate.perSec, rational(0n)) === 0 ? [`${rate.word.text} rounds down to 0: nothing leaks`] : [],
    rounds: [
      ...rateRemarks(rate),
      "time is read in whole milliseconds, and what leaks in one rounds to a thousandth of a request",
    ],
    differs: [
      "a request stands for a packet",
      ...(by === undefined ? [`Weir has no key ${keyWord!.text}; src stands for it`] : []),
      ...(floor(rate.perSec) > THOUSAND
        ? ["above 1000 requests a second, what comes within one millisecond counts as one instant"]
        : []),
      "when its clock steps back, old versions take the absolute difference as time that has passed, and leak; Weir goes on at the newest time",
    ],
  };
}
