/**
 * `police` of Cisco IOS (class-based policing): bits a second and bytes. With `violate-action` there are two buckets
 * (RFC 2697), with `pir` two rates (RFC 2698), else one bucket.
 */
import { compare, divide, floor, multiply, rational } from "../../rational.ts";
import type { Rational } from "../../types.ts";
import { rateText, readAmount, readWhole, unitsText, type UnitTable } from "../amounts.ts";
import type { Explained, Figure, PolicyDocument } from "../explained.ts";
import { bytesFigure, drainFigure, rateFigure } from "../figures.ts";
import { type ParameterRow, readValues, type Values, type Word, wrongWord } from "../words.ts";

const SYSTEM = "Cisco police";
const EIGHTH = rational(1n, 8n);
const RATES: UnitTable = {
  noun: "a rate of Cisco in bits a second such as 8000 or 10m",
  units: [
    { names: ["k"], factor: multiply(rational(1000n), EIGHTH) },
    { names: ["m"], factor: multiply(rational(1_000_000n), EIGHTH) },
    { names: ["g"], factor: multiply(rational(1_000_000_000n), EIGHTH) },
  ],
  bare: EIGHTH,
  isCaseFree: true,
};
const BURST_MAX = 512_000_000n;
export const CIR_MIN_BITS = 8000n;
export const BURST_MIN = 1000n;
const DEFAULT_BURST = rational(1500n);
/** Bytes of a default burst: rate in bits / 32, at least 1500. */
const DEFAULT_DIVISOR = rational(32n);

const ROWS: readonly ParameterRow[] = [
  { name: "cir" },
  { name: "bc" },
  { name: "be" },
  { name: "pir" },
  { name: "conform-action" },
  { name: "exceed-action" },
  { name: "violate-action" },
];

function rateOf(word: Word): Rational {
  if (word.text === "percent")
    throw wrongWord("UNIT", word, "a percentage of an interface is not known here; write bits a second");
  const bytes = readAmount(word, RATES);
  if (compare(bytes, rational(0n)) > 0) return bytes;
  throw wrongWord("RANGE", word, "must be above 0; Cisco takes 8000 and more");
}

/** `police 8000 1500 3000` as `police cir 8000 bc 1500 be 3000`; actions of two words (set-dscp-transmit af11) as one. */
function named(words: readonly Word[]): Word[] {
  const names = ["cir", "bc", "be"];
  const out: Word[] = [];
  for (const word of words) {
    const isNumber = /^\d/u.test(word.text);
    const before = out.at(-1);
    const isValue = before !== undefined && ROWS.some(({ name }) => name === before.text);
    if (isNumber && !isValue) {
      const name = names.find((candidate) => !out.some(({ text }) => text === candidate));
      if (name !== undefined) out.push({ text: name, position: word.position });
    }
    if (
      !isNumber &&
      !isValue &&
      before !== undefined &&
      before.text.startsWith("set-") &&
      !word.text.endsWith("-action")
    )
      continue;
    out.push(word);
  }
  return out;
}

interface Burst {
  readonly bytes: Rational;
  readonly word: Word | undefined;
}

function burstOf(values: Values, name: string, rate: Rational): Burst {
  const word = values.word(name);
  if (word !== undefined) return { word, bytes: rational(readWhole(word, name, 1n, BURST_MAX)) };
  const share = rational(floor(divide(multiply(rate, rational(8n)), DEFAULT_DIVISOR)));
  return { word, bytes: compare(share, DEFAULT_BURST) < 0 ? DEFAULT_BURST : share };
}

function actionRemarks(values: Values): string[] {
  const names = ["conform-action", "exceed-action", "violate-action"].filter((name) => values.has(name));
  if (names.length === 0) return [];
  const texts = names.map((name) => `${name} ${values.word(name)!.text}`);
  return [`its actions (${texts.join(", ")}) are what weir police does to a color: pass, drop or mark`];
}

interface Police {
  readonly cir: Rational;
  readonly bc: Burst;
  readonly be: Burst | undefined;
  readonly pir: Rational | undefined;
}

function documentOf({ cir, bc, be, pir }: Police): PolicyDocument {
  const rate = rateText(cir, "bytes");
  const burst = unitsText(bc.bytes, "bytes");
  if (pir !== undefined) {
    const peak = { pir: rateText(pir, "bytes"), pbs: unitsText(be!.bytes, "bytes") };
    return { meter: "trtcm", cir: rate, cbs: burst, ...peak };
  }
  if (be !== undefined) return { meter: "srtcm", cir: rate, cbs: burst, ebs: unitsText(be.bytes, "bytes") };
  return { meter: "token-bucket", rate, burst };
}

function burstFigure(name: string, { word, bytes }: Burst): Figure {
  return bytesFigure(name, word, bytes, word === undefined ? " (rate / 32, at least 1500, when it is not given)" : "");
}

function figuresOf(values: Values, { cir, bc, be, pir }: Police): Figure[] {
  return [
    rateFigure("cir", values.word("cir"), cir),
    burstFigure("bc", bc),
    ...(pir === undefined ? [] : [rateFigure("pir", values.word("pir"), pir)]),
    ...(be === undefined ? [] : [burstFigure("be", be)]),
    drainFigure(bc.bytes, cir),
  ];
}

/** `police cir 8000 bc 1500 be 3000 conform-action transmit exceed-action drop`, the words behind "police". Throws ConfigError. */
export function explainCisco(words: readonly Word[]): Explained {
  const values = readValues(named(words), ROWS, SYSTEM, "blank");
  const cir = rateOf(values.needed("cir", "is missing; Cisco's police needs one, in bits a second"));
  const pirWord = values.word("pir");
  const pir = pirWord === undefined ? undefined : rateOf(pirWord);
  if (pir !== undefined && compare(pir, cir) < 0) throw wrongWord("RANGE", pirWord!, "Cisco refuses a pir below cir");
  const hasExcess = pir !== undefined || values.has("violate-action") || values.has("be");
  const police: Police = {
    cir,
    bc: burstOf(values, "bc", cir),
    be: hasExcess ? burstOf(values, "be", pir ?? cir) : undefined,
    pir,
  };
  const isBelow = compare(cir, divide(rational(CIR_MIN_BITS), rational(8n))) < 0;
  const isSmall = [police.bc, police.be].some(
    (burst) => burst !== undefined && compare(burst.bytes, rational(BURST_MIN)) < 0,
  );
  return {
    system: SYSTEM,
    does:
      pir === undefined
        ? hasExcess
          ? "one rate, two buckets (RFC 2697)"
          : "one token bucket"
        : "two rates, two buckets (RFC 2698)",
    figures: figuresOf(values, police),
    policy: documentOf(police),
    by: "all",
    also: [],
    refuses: [
      ...(isBelow ? ["cir goes from 8000 bit/s on"] : []),
      ...(isSmall ? ["bc and be go from 1000 bytes on"] : []),
    ],
    rounds: ["platforms round rates and bursts to their hardware's steps; show policy-map interface says what was set"],
    differs: [
      ...actionRemarks(values),
      "which bytes of a packet count depends on the platform: length ip counts the IP packet, length frame the frame",
      ...(values.has("be") && pir === undefined && !values.has("violate-action")
        ? ["be counts only beside a violate-action there; without one there is one bucket"]
        : []),
    ],
  };
}
