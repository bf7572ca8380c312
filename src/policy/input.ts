/** A policy as the user gives it: which key is which parameter, and each value by itself. */

import { ConfigError, didYouMean, listed } from "../errors.ts";
import { parseAmount, parseBurst, parseDurationNs, parseFill, parseLengthBytes } from "../units.ts";
import { parsePacketCount, parseRate } from "../units.ts";
import { bucketTexts } from "./buckettexts.ts";
import type { BucketText, BucketValue } from "./buckettexts.ts";
import { choiceOf } from "./choice.ts";
import { BUCKET, inputKeyOf } from "./params.ts";
import type { ParamRow } from "./params.ts";
import type { Given, Written } from "./source.ts";
import { POLICY_PARAMS } from "./table.ts";

/**
 * A quantity with its unit ("10 Mbit/s"); a number only where no unit is needed; true or false for a flag; for
 * `buckets` a list of "10 Mbit/s 64 kB" or {rate, burst}.
 */
export type PolicyValue = string | number | boolean | readonly BucketValue[] | undefined;

type Key =
  | ("meter" | "cost" | "length" | "overhead" | "min-length" | "minLength" | "check" | "initial")
  | ("rate" | "burst" | "increment" | "limit" | "mbs" | "spacing" | "mode" | "cap" | "alarm" | "clear")
  | ("cir" | "cbs" | "ebs" | "eir" | "pir" | "pbs" | "coupling" | "cf" | "color-aware" | "colorAware")
  | ("peak-rate" | "peakRate" | "peak-burst" | "peakBurst" | "peak-increment" | "peakIncrement")
  | ("peak-limit" | "peakLimit" | "pcr" | "cdvt" | "scr" | "tag" | "bucket" | "buckets");

/** A policy before validation: the keys of a policy file, which are the command's option names; camelCase also does. */
export type PolicyInput = { readonly [key in Key]?: PolicyValue };

/** The parameter of a key in either spelling. Throws ConfigError that names the nearest one. */
export function paramOfKey(
  key: string,
  value: string | undefined,
  params: readonly ParamRow[] = POLICY_PARAMS,
): ParamRow {
  const param = params.find((row) => row.name === key || inputKeyOf(row.name) === key);
  if (param !== undefined) return param;
  const names = params.map((row) => row.name);
  const hint = didYouMean(key, names);
  const detail = hint === "" ? ` the keys are ${listed(names, "and")}` : hint;
  throw new ConfigError("KEY", key, value, `unknown key;${detail}`);
}

/** A length in bytes. Throws ConfigError. */
export function readLength(param: ParamRow, text: string): number {
  const { minBytes = 0, maxBytes = Number.MAX_SAFE_INTEGER } = param;
  return parseLengthBytes(param.name, text, minBytes, maxBytes);
}

/** Checks one value by itself, as its parameter's kind has it. Throws ConfigError. */
export function checkValue(param: ParamRow, value: PolicyValue): void {
  if (param.kind === "buckets") {
    bucketTexts(value);
    return;
  }
  const { name } = param;
  const text = textOf(param, value);
  if (param.kind === "rate") parseRate(name, text);
  else if (param.kind === "burst") parseBurst(name, text);
  else if (param.kind === "amount") parseAmount(name, text);
  else if (param.kind === "duration") parseDurationNs(name, text);
  else if (param.kind === "length") readLength(param, text);
  else if (param.kind === "count") parsePacketCount(name, text, 0n);
  else if (param.kind === "fill") parseFill(name, text);
  else if (param.kind === "flag") choiceOf(name, ["true", "false"], text);
  else choiceOf(name, param.choices ?? [], text);
}

function textOf(param: ParamRow, value: PolicyValue): string {
  const isFlag = param.kind === "flag";
  if (typeof value === "string" || typeof value === "number" || (isFlag && typeof value === "boolean")) {
    return String(value);
  }
  const detail = isFlag ? "must be true or false" : `must be a text or a number such as "${param.example}"`;
  throw new ConfigError("NUMBER", param.name, typeof value === "boolean" ? String(value) : undefined, detail);
}

/** The values that are given, by the canonical name of their parameter. */
export class Fields implements Given {
  readonly buckets: readonly BucketText[];
  readonly #texts = new Map<string, string>();

  /**
   * `params`: those that there are. Throws ConfigError for unknown keys, for keys given in both spellings, and for values
   * that are no text.
   */
  constructor(input: Readonly<Record<string, PolicyValue>>, params: readonly ParamRow[] = POLICY_PARAMS) {
    const entries = Object.entries(input);
    let buckets: readonly BucketText[] = [];
    for (const [key, value] of entries) {
      if (value === undefined) continue;
      const written = typeof value === "string" || typeof value === "number" ? String(value) : undefined;
      const param = paramOfKey(key, written, params);
      if (param === BUCKET) buckets = bucketTexts(value);
      const text = param === BUCKET ? buckets.map((bucket) => bucket.text).join(", ") : textOf(param, value);
      if (this.#texts.has(param.name)) {
        const detail = `is given twice, also as ${inputKeyOf(param.name)}; keep one of them`;
        throw new ConfigError("CONFLICT", param.name, text, detail);
      }
      this.#texts.set(param.name, text);
    }
    this.buckets = buckets;
  }

  has(name: string): boolean {
    return this.#texts.has(name);
  }

  text(name: string): string | undefined {
    return this.#texts.get(name);
  }

  written(name: string): Written {
    const text = this.#texts.get(name);
    if (text === undefined) throw new RangeError(`${name} is not given`);
    return { parameter: name, text };
  }
}
