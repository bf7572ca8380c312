/**
 * Profiles of DPDK's rte_meter (srTCM RFC 2697, trTCM RFC 2698 and RFC 4115): bytes a second and bytes. Tokens come by
 * whole periods of the clock: with `hz` what that makes of a rate is exact.
 */
import { compare, divide, multiply, rational } from "../../rational.ts";
import type { Rational } from "../../types.ts";
import { ceiling, numberText, rateText, readWhole, unitsText } from "../amounts.ts";
import type { Explained, PolicyDocument } from "../explained.ts";
import { bytesFigure, rateFigure } from "../figures.ts";
import { type ParameterRow, readValues, type Values, type Word, wrongWord } from "../words.ts";

const SYSTEM = "DPDK rte_meter";
/** A period is at least so many ticks of the clock (RTE_METER_TB_PERIOD_MIN). */
const PERIOD_MIN = 100n;
const VALUE_MAX = 2n ** 53n - 1n;

interface Profile {
  readonly meter: string;
  readonly rates: readonly string[];
  readonly bursts: readonly string[];
}

const PROFILES: ReadonlyMap<string, Profile> = new Map([
  ["srtcm", { meter: "srtcm", rates: ["cir"], bursts: ["cbs", "ebs"] }],
  ["trtcm", { meter: "trtcm", rates: ["cir", "pir"], bursts: ["cbs", "pbs"] }],
  ["trtcm_rfc4115", { meter: "trtcm-4115", rates: ["cir", "eir"], bursts: ["cbs", "ebs"] }],
]);
const ALIASES: ReadonlyMap<string, string> = new Map([
  ["srtcm_rfc2697", "srtcm"],
  ["trtcm_rfc2698", "trtcm"],
]);

/** What whole periods make of a rate: at least one byte in each, and at least 100 ticks long. */
function keptRate(rate: Rational, hz: Rational): Rational {
  const ticks = hz.num / rate.num;
  if (ticks >= PERIOD_MIN) return divide(hz, rational(ticks));
  const bytes = ceiling(divide(multiply(rational(PERIOD_MIN), rate), hz));
  const period = (hz.num * bytes) / rate.num;
  return divide(multiply(hz, rational(bytes)), rational(period));
}

function readEach(values: Values, names: readonly string[]): (readonly [string, Rational])[] {
  return names.map((name) => {
    const word = values.needed(name, `is missing; the profile needs ${names.join(", ")}`);
    return [name, rational(readWhole(word, name, 0n, VALUE_MAX))] as const;
  });
}

/** `dpdk srtcm cir=1250000 cbs=2048 ebs=2048 hz=2000000000`, the words behind "dpdk". Throws ConfigError. */
export function explainDpdk(words: readonly Word[]): Explained {
  const [head, ...rest] = words;
  const name = head === undefined ? "" : (ALIASES.get(head.text) ?? head.text);
  const profile = PROFILES.get(name);
  if (profile === undefined) {
    const detail = "is no profile of rte_meter; write srtcm, trtcm or trtcm_rfc4115";
    throw wrongWord("CHOICE", head ?? { text: "dpdk", position: 1 }, detail);
  }
  const rows = [...profile.rates, ...profile.bursts, "hz"].map((row): ParameterRow => ({ name: row }));
  const values = readValues(rest, rows, `${SYSTEM} ${name}`, "equals");
  const rates = readEach(values, profile.rates);
  const bursts = readEach(values, profile.bursts);
  const hzWord = values.word("hz");
  const hz = hzWord === undefined ? undefined : rational(readWhole(hzWord, "hz", 1n, VALUE_MAX));
  const policy: PolicyDocument = {
    meter: profile.meter,
    ...Object.fromEntries(rates.map(([rate, value]) => [rate, rateText(value, "bytes")])),
    ...Object.fromEntries(bursts.map(([burst, value]) => [burst, unitsText(value, "bytes")])),
  };
  return {
    system: SYSTEM,
    does: "a marker of three colors",
    figures: [
      ...rates.map(([rate, value]) => rateFigure(rate, values.word(rate), value)),
      ...bursts.map(([burst, value]) => bytesFigure(burst, values.word(burst), value)),
    ],
    policy,
    by: "all",
    also: [],
    refuses: [],
    rounds: roundsOf(rates, hz),
    differs: [
      "the caller says which length counts; Weir's default is the frame",
      "a clock that steps back refills its buckets; Weir goes on at the newest time",
    ],
  };
}

function roundsOf(rates: readonly (readonly [string, Rational])[], hz: Rational | undefined): string[] {
  if (hz === undefined) {
    return [
      "tokens come by whole periods of the clock, which makes rates up to 0.98 % too high; give hz=... for how much",
    ];
  }
  return rates.flatMap(([name, rate]) => {
    if (rate.num === 0n || rate.num > hz.num * PERIOD_MIN) return [];
    const kept = keptRate(rate, hz);
    if (compare(kept, rate) === 0) return [];
    return [`${name} comes by whole periods of the clock: ${numberText(kept)} B/s instead of ${numberText(rate)}`];
  });
}
