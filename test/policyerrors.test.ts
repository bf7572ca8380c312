import { describe, expect, test } from "vitest";
import { ConfigError } from "../src/errors.ts";
import { compilePolicy } from "../src/policies.ts";

const TOKEN = { meter: "token-bucket", rate: "10 Mbit/s", burst: "64 kB" };
const TURNER = { ...TOKEN, meter: "turner" };
const COUNTER = { meter: "event-counter", rate: "10 packets/min", alarm: 100 };
const SRTCM = { meter: "srtcm", cir: "10 Mbit/s", cbs: "64 kB", ebs: "128 kB" };
const TRTCM = { meter: "trtcm", cir: "10 Mbit/s", cbs: "64 kB", pir: "20 Mbit/s", pbs: "128 kB" };
const MEF = { meter: "mef", cir: "10 Mbit/s", cbs: "64 kB", eir: "5 Mbit/s", ebs: "3 kB" };
const CELLS = { meter: "gcra", increment: "10 ms" };
const DUAL = { ...TOKEN, meter: "dual", "peak-rate": "100 Mbit/s", "peak-burst": "3 kB" };
const ATM = { meter: "dual", pcr: "100 packets/s", cdvt: "1 ms", scr: "10 packets/s", mbs: 11 };
const MIXED = ["10 Mbit/s 64 kB", "1000 packets/s 100 packets"];
const NAMES =
  "leaky-bucket, gcra, token-bucket, turner, event-counter, dual, srtcm, trtcm, trtcm-4115, mef, multi or weighted";
const GCRA_TAKES = "gcra takes increment and limit, or increment and mbs, or rate and burst; beside them spacing";
const DUAL_TAKES =
  "dual takes peak-rate, peak-burst, rate and burst, or peak-increment, peak-limit, increment and limit, or pcr, cdvt, scr and mbs; beside them mode and tag";
const WITHOUT_OWN_SIZE = "for pre use meter leaky-bucket, gcra, dual or multi";

/** The one-line message of the ConfigError that the policy gets. */
function messageOf(input: Record<string, unknown>): string {
  try {
    compilePolicy(input);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const { message } = error;
    expect(message).not.toMatch(/[\r\n]/u);
    return message;
  }
  throw new Error(`compiled: ${JSON.stringify(input)}`);
}

type Row = [Record<string, unknown>, string];

describe("which meter, which keys", () => {
  test.each<Row>([
    [{}, `meter: is missing; it is one of ${NAMES}, such as meter leaky-bucket, rate "10 Mbit/s", burst "64 kB"`],
    [
      { meter: "tocken-bucket" },
      `meter "tocken-bucket": unknown meter; did you mean token-bucket? it is one of ${NAMES}`,
    ],
    [
      { meter: "token-bucket", rate: "1 MB/s" },
      'burst: is missing; token-bucket takes rate and burst, such as meter token-bucket, rate "10 Mbit/s", burst "64 kB"',
    ],
    [
      { meter: "gcra", limit: "1 ms" },
      `increment: is missing; ${GCRA_TAKES}, such as meter gcra, increment "10 us", limit "5 ms"`,
    ],
    [
      { meter: "gcra", limit: "1 ms", rate: "1 B/s" },
      `rate "1 B/s": cannot be combined with limit "1 ms"; ${GCRA_TAKES}`,
    ],
    [
      { ...CELLS, limit: "1 s", mbs: 3 },
      `mbs "3": cannot be combined with increment "10 ms" and limit "1 s"; ${GCRA_TAKES}`,
    ],
    [{ ...ATM, rate: "1 MB/s" }, `pcr "100 packets/s": cannot be combined with rate "1 MB/s"; ${DUAL_TAKES}`],
    [
      { ...TOKEN, increment: "1 ms" },
      'increment "1 ms": token-bucket has no such parameter; token-bucket takes rate and burst',
    ],
    [
      { ...TOKEN, mode: "clamped" },
      'mode "clamped": token-bucket has no such parameter; token-bucket takes rate and burst',
    ],
    [
      { ...SRTCM, eir: "1 B/s" },
      'eir "1 B/s": srtcm has no such parameter; srtcm takes cir, cbs and ebs; beside them color-aware',
    ],
    [
      { ...MEF, meter: "trtcm-4115", coupling: "on" },
      'coupling "on": trtcm-4115 has no such parameter; trtcm-4115 takes cir, cbs, eir and ebs; beside them color-aware',
    ],
    [
      { ...COUNTER, check: "post" },
      'check "post": event-counter has no such parameter; event-counter takes rate and alarm; beside them clear and cap',
    ],
    [
      { ...TOKEN, meter: "weighted", initial: "empty" },
      'initial "empty": weighted has no such parameter; weighted takes rate and burst',
    ],
    [{ ...TOKEN, brust: "1 kB" }, 'brust "1 kB": unknown key; did you mean burst?'],
    [
      { ...TOKEN, minLength: 1, "min-length": 1 },
      'min-length "1": is given twice, also as minLength; keep one of them',
    ],
  ])("%j", (input, message) => {
    expect(messageOf(input)).toBe(message);
  });

  test("a key that is like none gets all of them", () => {
    const message = messageOf({ ...TOKEN, xyzzy: "1 kB" });
    expect(message).toMatch(/^xyzzy "1 kB": unknown key; the keys are meter, cost, .*, tag and bucket$/u);
  });
});

describe("values", () => {
  test.each<Row>([
    [{ ...TOKEN, rate: 100 }, 'rate "100": a number needs a unit; write 100 kbit/s, 100 kB/s or 100 packets/s'],
    [{ ...TOKEN, rate: null }, 'rate: must be a text or a number such as "10Mbit/s"'],
    [{ ...TOKEN, rate: true }, 'rate "true": must be a text or a number such as "10Mbit/s"'],
    [{ ...TOKEN, rate: ["1 B/s"] }, 'rate: must be a text or a number such as "10Mbit/s"'],
    [{ ...TOKEN, burst: "-1 B" }, 'burst "-1 B": must be at least 0 B'],
    [{ ...TOKEN, cost: "byte" }, 'cost "byte": unknown word; did you mean bytes? it is one of bytes or packets'],
    [{ ...TOKEN, length: "wire" }, 'length "wire": unknown word; it is one of frame or ip'],
    [{ ...TOKEN, overhead: 1e6 }, 'overhead "1000000": must be from -65535 to 65535 bytes'],
    [
      { ...TOKEN, overhead: Number.NaN },
      'overhead "NaN": is not a number with a unit; write a whole number of bytes such as 24',
    ],
    [{ ...TOKEN, minLength: -1 }, 'min-length "-1": must be from 0 to 65535 bytes'],
    [{ ...SRTCM, cbs: "1.5 B" }, 'cbs "1.5 B": must be a whole number of bytes such as 1500 B'],
    [{ ...SRTCM, ebs: "-1 B" }, 'ebs "-1 B": must be at least 0 B'],
    [{ ...SRTCM, "color-aware": "yes" }, 'color-aware "yes": unknown word; it is one of true or false'],
    [{ ...SRTCM, colorAware: ["true"] }, "color-aware: must be true or false"],
    [{ ...MEF, coupling: "yes" }, 'coupling "yes": unknown word; it is one of on or off'],
    [{ ...TURNER, mode: "coordinated" }, 'mode "coordinated": unknown word; it is one of clamped or unlimited'],
    [{ ...DUAL, mode: "serial" }, 'mode "serial": unknown word; it is one of coordinated, sequential or independent'],
    [{ ...CELLS, mbs: 0 }, 'mbs "0": must be at least 1'],
    [{ ...CELLS, mbs: "1.5" }, 'mbs "1.5": must be a whole number of packets such as 11'],
    [{ ...CELLS, mbs: "5 B" }, 'mbs "5 B": unknown unit "B"; write 5 packets'],
    [{ ...COUNTER, alarm: 0 }, 'alarm "0": must be at least 1'],
    [{ ...COUNTER, clear: "-1" }, 'clear "-1": must be at least 0'],
    [{ ...TURNER, cap: "10 s" }, 'cap "10 s": unknown unit "s"; an amount is in bytes or packets, not a time'],
    [
      { ...TOKEN, initial: "ful" },
      'initial "ful": is not a number with a unit; write full, empty, a percentage such as 50 % or an amount such as 64 kB',
    ],
    [{ ...TOKEN, initial: "101%" }, 'initial "101%": must be from 0 % to 100 %'],
    [{ ...TOKEN, initial: "5" }, 'initial "5": a number needs a unit; write 5 %, 5 kB or 5 packets'],
    [{ meter: "multi", buckets: [] }, 'bucket: is missing; write one such as "10 Mbit/s 64 kB"'],
    [{ meter: "multi", buckets: 5 }, 'bucket: must be a text such as "10 Mbit/s 64 kB", or {rate, burst}'],
    [
      { meter: "multi", bucket: "10 Mbit/s" },
      'bucket "10 Mbit/s": must be a rate and a burst, such as "10 Mbit/s 64 kB"',
    ],
    [
      { meter: "multi", buckets: ["1 B/s 1 B", "10 Mbps 64 kB"] },
      'bucket 2 rate "10 Mbps": unknown unit "Mbps"; write 10 Mbit/s for bits or 10 MB/s for bytes',
    ],
    [
      { meter: "multi", buckets: [{ rate: "1 B/s" }] },
      'bucket burst: is missing; a bucket is such as "10 Mbit/s 64 kB"',
    ],
    [
      { meter: "multi", buckets: [{ rate: "1 B/s", burst: "1 B", size: "1 B" }] },
      'bucket "size": unknown key; a bucket has rate and burst',
    ],
    [
      { meter: "multi", buckets: Array.from({ length: 9 }, () => "1 B/s 1 B") },
      "bucket: 9 are given, and a meter has at most 8; leave some out",
    ],
  ])("%j", (input, message) => {
    expect(messageOf(input)).toBe(message);
  });
});

describe("values against each other", () => {
  test.each<Row>([
    [{ ...TOKEN, check: "pre" }, `check "pre": token-bucket has check post or overdraft only; ${WITHOUT_OWN_SIZE}`],
    [{ ...TRTCM, check: "pre" }, `check "pre": trtcm has check post only; ${WITHOUT_OWN_SIZE}`],
    [{ ...CELLS, mbs: 6, check: "post" }, 'check "post": mbs is defined for check pre; leave check out'],
    [{ ...ATM, check: "overdraft" }, 'check "overdraft": mbs is defined for check pre; leave check out'],
    [
      { ...TOKEN, rate: "0 B/s", burst: "0 B" },
      'burst "0 B": with rate "0 B/s" nothing could ever conform; the burst or the rate must be above 0',
    ],
    [
      { ...TOKEN, rate: "0 B/s", burst: "1 s" },
      'burst "1 s": a time of rate "0 B/s" holds nothing; with rate 0 give the burst in bytes or packets, such as 64 kB',
    ],
    [
      { ...DUAL, "peak-rate": "0 B/s", "peak-burst": "0 B" },
      'peak-burst "0 B": with peak-rate "0 B/s" nothing could ever conform; the peak-burst or the peak-rate must be above 0',
    ],
    [
      { ...TOKEN, burst: "0 B", check: "overdraft" },
      'burst "0 B": with check overdraft nothing could ever conform; it must be above 0',
    ],
    [
      { ...CELLS, increment: "0 ns", limit: "1 ms" },
      'increment "0 ns": must be above 0 ns, because the rate is 1 unit per increment; write a time such as 10 us',
    ],
    [
      { ...CELLS, mbs: 6, spacing: "10 ms" },
      'spacing "10 ms": must be below increment "10 ms": cells so far apart conform without end, whatever the mbs; leave it out or give limit instead of mbs',
    ],
    [
      { ...CELLS, limit: "1 s", spacing: "1 ms" },
      'spacing "1 ms": is between packets that cost the same; add cost packets, or leave it out',
    ],
    [
      { ...TURNER, cap: "1 kB" },
      'cap "1 kB": must be at least burst "64 kB", else the level could never pass it; raise the cap',
    ],
    [
      { ...TURNER, mode: "unlimited", cap: "1 MB" },
      'cap "1 MB": cannot be combined with mode "unlimited"; leave one of them out',
    ],
    [
      { ...COUNTER, clear: 100 },
      'clear "100": must be below alarm "100", else the alarm would end as it begins; lower it',
    ],
    [
      { ...COUNTER, cap: "50 packets" },
      'cap "50 packets": must be at least alarm "100", else the level could never pass it; raise the cap',
    ],
    [
      { ...SRTCM, cbs: "0 B", ebs: "0 B" },
      'cbs "0 B": cannot be 0 together with ebs "0 B", every packet would be red; give one of them a size such as 64 kB',
    ],
    [
      { ...TRTCM, pir: "5 Mbit/s" },
      'pir "5 Mbit/s": must be at least cir "10 Mbit/s" (RFC 2698); for a rate on top of cir use meter trtcm-4115 with eir',
    ],
    [{ ...TRTCM, pbs: "0 B" }, 'pbs "0 B": must be above 0, else every packet is red; give it a size such as 64 kB'],
    [{ ...MEF, cf: 1, coupling: "on" }, 'cf "1": is coupling under another name; leave one of them out'],
    [
      { ...ATM, pcr: "1 packets/s" },
      'pcr "1 packets/s": must be at least scr "10 packets/s", the rate over longer times; raise pcr or lower scr',
    ],
    [{ ...ATM, scr: "0 packets/s" }, 'scr "0 packets/s": must be above 0; write a rate such as 10 packets/s'],
    [
      { ...DUAL, mode: "sequential", tag: true },
      'tag "true": cannot be combined with mode "sequential"; leave tag out, or use mode coordinated',
    ],
  ])("%j", (input, message) => {
    expect(messageOf(input)).toBe(message);
  });
});

describe("the cost", () => {
  test.each<Row>([
    [
      { ...TOKEN, rate: "10 packets/s" },
      'burst "64 kB": is in bytes but rate "10 packets/s" sets cost packets; write the burst in packets or a time',
    ],
    [
      { ...TOKEN, burst: "5 packets" },
      'burst "5 packets": is in packets but rate "10 Mbit/s" sets cost bytes; write the burst in B, kB or KiB, or a time',
    ],
    [
      { ...TOKEN, cost: "packets" },
      'rate "10 Mbit/s": is in bytes but the cost is packets; write the rate in packets/s, packets/min or packets/h',
    ],
    [
      { ...TOKEN, initial: "5 packets" },
      'initial "5 packets": is in packets but rate "10 Mbit/s" sets cost bytes; write the initial in B, kB or KiB, or as a percentage',
    ],
    [
      { ...TURNER, cap: "500 packets" },
      'cap "500 packets": is in packets but rate "10 Mbit/s" sets cost bytes; write the cap in B, kB or KiB',
    ],
    [
      { ...COUNTER, rate: "10 B/s" },
      'rate "10 B/s": is in bytes but event-counter counts packets; write the rate in packets/s, packets/min or packets/h',
    ],
    [{ ...COUNTER, cost: "bytes" }, 'cost "bytes": event-counter counts packets; leave cost out'],
    [
      { ...CELLS, mbs: 6, cost: "bytes" },
      'mbs "6": is in packets but the cost is bytes; leave cost out, or write cost packets',
    ],
    [{ ...ATM, pcr: "1 MB/s" }, 'pcr "1 MB/s": is a rate of cells; write packets/s, packets/min or packets/h'],
    [
      { ...TRTCM, pir: "100 packets/s", pbs: "5 packets" },
      'cir "10 Mbit/s": is in bytes but pir "100 packets/s" sets cost packets; write the cir in packets/s, packets/min or packets/h',
    ],
    [
      { meter: "multi", bucket: "10 Mbit/s 64 packets" },
      'bucket burst "64 packets": is in packets but bucket rate "10 Mbit/s" sets cost bytes; write the bucket burst in B, kB or KiB, or a time',
    ],
    [
      { meter: "multi", buckets: MIXED, cost: "bytes" },
      'bucket 2 rate "1000 packets/s": is in packets but the cost is bytes; write the bucket 2 rate in bit/s or B/s',
    ],
    [
      { meter: "multi", buckets: MIXED, initial: "5 packets" },
      'initial "5 packets": is in packets but bucket 1 rate "10 Mbit/s" sets cost bytes; write the initial in B, kB or KiB, or as a percentage',
    ],
  ])("%j", (input, message) => {
    expect(messageOf(input)).toBe(message);
  });
});

describe("the arithmetic's limits", () => {
  const LIMIT = "9223372036854775807";
  const EXACT = "does not fit exact 63-bit arithmetic";
  test.each<Row>([
    [
      { ...TOKEN, rate: "1 B/s", burst: "10 GB" },
      `burst "10 GB": ${EXACT} with rate "1 B/s"; the largest is 9223372036 B`,
    ],
    [
      { ...TOKEN, rate: "1 B/s", burst: "9000000.00000000000001 kB" },
      'burst "9000000.00000000000001 kB": has a fraction too fine for exact 63-bit arithmetic with rate "1 B/s"; write 9000000000 B, or any whole number up to 9223372036 B',
    ],
    [
      { meter: "gcra", increment: "1 s", limit: "1e10 s" },
      `limit "1e10 s": ${EXACT} with increment "1 s"; the largest is ${LIMIT} ns`,
    ],
    [
      { meter: "gcra", increment: "1 s", limit: "1e10 s", cost: "packets" },
      `limit "1e10 s": ${EXACT} with increment "1 s"; the largest is 9223372035854775807 ns`,
    ],
    [
      { meter: "leaky-bucket", rate: "1 B/s", burst: "9223372036 B", check: "pre" },
      `burst "9223372036 B": ${EXACT} with rate "1 B/s"; the largest is 9223306501 B`,
    ],
    [
      { ...TOKEN, rate: "1e-12 B/s" },
      `rate "1e-12 B/s": is too fine: exact arithmetic would need 1000000000000000000000 level steps and the limit is ${LIMIT}; write fewer digits`,
    ],
    [
      { ...TOKEN, rate: "10000000000000000001 B/s" },
      `rate "10000000000000000001 B/s": is beyond exact 63-bit arithmetic; write at most ${LIMIT} B/s`,
    ],
    [
      { meter: "gcra", increment: "1e-30 ns", limit: "1 s" },
      `increment "1e-30 ns": is beyond exact 63-bit arithmetic; write at least 1/${LIMIT} s`,
    ],
    [
      { ...TOKEN, rate: "1 B/s", burst: "9 GB", initial: "33.33333333333333333333 %" },
      'initial "33.33333333333333333333 %": has a fraction too fine for exact 63-bit arithmetic with rate "1 B/s" and burst "9 GB"; write whole bytes',
    ],
    [
      { ...TURNER, rate: "1 B/s", cap: "10 GB" },
      `cap "10 GB": ${EXACT} with rate "1 B/s"; write a whole number up to 9223306501 B`,
    ],
    [
      { ...SRTCM, cir: "1 B/s", cbs: "9 GB", ebs: "9 GB" },
      `ebs "9 GB": ${EXACT} together with cbs "9 GB"; at these rates both hold at most 9223372036 B, with fewer digits more`,
    ],
    [
      { ...TOKEN, meter: "weighted", burst: "6e15 B" },
      'burst "6e15 B": does not fit exact shares of rate "10 Mbit/s" by weights whose least common multiple is 1; the largest is 5764607523034234 B',
    ],
  ])("%j", (input, message) => {
    expect(messageOf(input)).toBe(message);
  });

  test.each([
    { meter: "token-bucket", rate: "1 B/s", burst: "100 GB" },
    { meter: "token-bucket", rate: "7 packets/h", burst: "1e18 packets" },
    { meter: "leaky-bucket", rate: "3 bit/s", burst: "1e18 B", check: "pre" },
    { meter: "leaky-bucket", rate: "3 bit/s", burst: "1e30 s", check: "pre" },
    { meter: "leaky-bucket", rate: "3 bit/s", burst: "1e18 B", check: "overdraft" },
    { meter: "gcra", increment: "7 ms", limit: "1e30 s", cost: "packets" },
    { meter: "turner", rate: "3 bit/s", burst: "1e18 B" },
    { meter: "weighted", rate: "3 bit/s", burst: "1 GB" },
  ])("the largest value that is named compiles, and one more does not: %j", (input) => {
    const [, digits = "", unit = ""] = / largest is (\d+) (\w+)/u.exec(messageOf(input)) ?? [];
    const key = "limit" in input ? "limit" : "burst";
    expect(() => compilePolicy({ ...input, [key]: `${digits} ${unit}` })).not.toThrow();
    expect(messageOf({ ...input, [key]: `${BigInt(digits) + 1n} ${unit}` })).toContain(`largest is ${digits} ${unit}`);
  });

  test("the largest cap that is named compiles, and is that of mode unlimited", () => {
    const capped = { ...TURNER, rate: "3 bit/s" };
    const [, most = ""] = / up to (\d+ B)$/u.exec(messageOf({ ...capped, cap: "1e18 B" })) ?? [];
    const unlimited = compilePolicy({ ...capped, mode: "unlimited" });
    expect(compilePolicy({ ...capped, cap: most }).definition).toEqual(unlimited.definition);
  });
});
