// Goal: every engine gives every recorded verdict, whatever the batches.
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { fraction, divide, type Fraction } from "../src/reference/rational.ts";
import type { BucketDefinition, Cost } from "../src/types.ts";
import { ENGINES, engineOptions } from "./support/engines.ts";
import { compiledFromDefinition } from "./support/profile.ts";
import { runPackets } from "./support/run.ts";

interface Vector {
  readonly name: string;
  readonly policy: {
    readonly kind: "token_bucket" | "leaky_bucket" | "gcra";
    readonly rate?: number | string;
    readonly depth?: number | string;
    readonly T_ns?: number;
    readonly tau_ns?: number;
    readonly test?: "pre" | "post";
    readonly cost?: Cost;
  };
  readonly packets: readonly (readonly [string, number, number])[];
  readonly expect: readonly number[];
}

const DIRECTORY = new URL("vectors/", import.meta.url);
const VECTORS = readdirSync(DIRECTORY)
  .filter((file) => file.endsWith(".json"))
  .map((file) => JSON.parse(readFileSync(new URL(file, DIRECTORY), "utf8")) as Vector);
const KEY = 0x1234_5678_9abc_def0n;

test("the vectors are there", () => {
  expect(VECTORS).toHaveLength(28);
});

describe.each(ENGINES)("$name", ({ create }) => {
  test.each(VECTORS)("$name", async ({ policy, packets, expect: expected }) => {
    const compiled = compiledFromDefinition(bucketOf(policy), {
      cost: policy.cost ?? "bytes",
      overheadBytes: 0,
      minLengthBytes: 0,
    });
    const offered = packets.map(([timeNs, length]) => ({ timeNs: BigInt(timeNs), length, key: KEY }));
    for (const cuts of [[], [1], [7, 64, 3]]) {
      const engine = await create(engineOptions(compiled));
      expect(runPackets(engine, offered, cuts).colors).toEqual(expected);
    }
  });
});

/** A GCRA given by its increment T and limit tau is the ITU form: its test leaves out the arriving cell. */
function bucketOf(policy: Vector["policy"]): BucketDefinition {
  if (policy.T_ns !== undefined && policy.tau_ns !== undefined) {
    const ratePerSec = fraction(1_000_000_000n, BigInt(policy.T_ns));
    return { check: policy.test ?? "pre", ratePerSec, depth: fraction(BigInt(policy.tau_ns), BigInt(policy.T_ns)) };
  }
  return { check: policy.test ?? "post", ratePerSec: parse(policy.rate), depth: parse(policy.depth) };
}

function parse(value: number | string | undefined): Fraction {
  const [num = "", den = "1"] = String(value).split("/");
  return divide(fraction(BigInt(num)), fraction(BigInt(den)));
}
