/** The list of buckets of `multi`: each is "10 Mbit/s 64 kB", or its rate and burst by name. */

import { ConfigError } from "../errors.ts";
import { MULTI_BUCKETS_MAX } from "./limits.ts";
import type { Written } from "./source.ts";

export type BucketValue = string | Readonly<Record<string, string>>;

export interface BucketText {
  readonly text: string;
  readonly rate: Written;
  readonly burst: Written;
}

const EXAMPLE = '"10 Mbit/s 64 kB"';

function partsOf(value: unknown, parameter: string): readonly [rate: string, burst: string] {
  if (typeof value === "string") {
    // Between two quantities there is a space or a comma before the next number.
    const [rate = "", burst = "", ...rest] = value.trim().split(/[\s,]+(?=[+-]?\.?\d)/u);
    if (burst !== "" && rest.length === 0) return [rate, burst];
    throw new ConfigError("NUMBER", parameter, value, `must be a rate and a burst, such as ${EXAMPLE}`);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new ConfigError("NUMBER", parameter, undefined, `must be a text such as ${EXAMPLE}, or {rate, burst}`);
  }
  const { rate, burst, ...rest } = value as Readonly<Record<string, unknown>>;
  const [unknown] = Object.keys(rest);
  if (unknown !== undefined) {
    throw new ConfigError("KEY", parameter, unknown, "unknown key; a bucket has rate and burst");
  }
  for (const [name, text] of Object.entries({ rate, burst })) {
    if (typeof text !== "string") {
      throw new ConfigError("MISSING", `${parameter} ${name}`, undefined, `is missing; a bucket is such as ${EXAMPLE}`);
    }
  }
  return [String(rate), String(burst)];
}

/** One text or the list of them. Throws ConfigError; whether the quantities are right is told when they are read. */
export function bucketTexts(value: unknown): readonly BucketText[] {
  const items: readonly unknown[] = Array.isArray(value) ? value : [value];
  if (items.length === 0)
    throw new ConfigError("MISSING", "bucket", undefined, `is missing; write one such as ${EXAMPLE}`);
  if (items.length > MULTI_BUCKETS_MAX) {
    const detail = `${items.length} are given, and a meter has at most ${MULTI_BUCKETS_MAX}; leave some out`;
    throw new ConfigError("RANGE", "bucket", undefined, detail);
  }
  return items.map((item, index) => {
    const parameter = items.length === 1 ? "bucket" : `bucket ${index + 1}`;
    const [rate, burst] = partsOf(item, parameter);
    return {
      text: `${rate} ${burst}`,
      rate: { parameter: `${parameter} rate`, text: rate },
      burst: { parameter: `${parameter} burst`, text: burst },
    };
  });
}
