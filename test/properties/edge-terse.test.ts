// Goal: the reader of policies in the small entries takes what the full one takes and makes the same integers of it.
import { isDeepStrictEqual } from "node:util";
import { expect, test } from "vitest";
import { readInFull } from "../../src/edge/fullpolicy.ts";
import { edgePolicyOf, type EdgePolicy, type PolicyReader } from "../../src/edge/profiles.ts";
import { readTersely } from "../../src/edge/terse/policy.ts";
import type { PolicyInput } from "../../src/edge/types.ts";
import { ConfigError } from "../../src/errors.ts";
import { METERS, POLICY_PARAMS } from "../../src/policy/table.ts";
import { inputKeyOf, type ParamRow } from "../../src/policy/params.ts";
import { drawer, POLICIES } from "../support/edge.ts";

const ROUNDS = 60_000;

type Draw = ReturnType<typeof drawer>;

const RATES = ["10 Mbit/s", "1 MB/s", "8kbit/s", "3 KiB/s", "0 B/s", "10 packets/s", "7 packets/min", "1 packet/h"];
const SIZES = ["64 kB", "3 KiB", "1500 B", "10 packets", "1 cell", "0 B", "0.5 packets", "5 ms", "2 h", "1.5 bytes"];
const TIMES = ["10 us", "1 ms", "0 s", "1.5 ns", "1 min", "3 \u00b5s"];
const ODD = ["", "x", "1", "-1 B", "1e3 kB", "1e31 B", "1e-9 B/s", ".5 s", "-0 B/s", "1_0 B", "10 mbps", "1 Kbit/s"];
const LARGE = ["9223372036854775807 B", "1e18 packets", "123456789.987654321 bit/s", "1e12 B/s", "1/3 B", "1 iB"];
const WRONG: readonly unknown[] = [null, true, false, 5, Number.NaN, {}, [], "true", "on", "1", "pre", "ip", "50 %"];

const TYPICAL: Readonly<Record<ParamRow["kind"], readonly unknown[]>> = {
  rate: RATES,
  burst: SIZES,
  amount: SIZES,
  duration: TIMES,
  length: ["24", "-4 B", "0", "65536", "70000 bytes", "1.5", "1 kB"],
  count: ["1", "11", "0", "3 packets", "2 events", "5 B", "1.5"],
  fill: ["full", "empty", "50 %", "0.1 %", "101 %", "1 kB", "3 packets", "1e-12 B"],
  choice: [],
  flag: [true, false, "true", "false", "yes"],
  buckets: ["10 Mbit/s 64 kB", [{ rate: "5 packets/s", burst: "10 packets" }, "1 MB/s 1 MB"], "1 B/s", [], [1]],
};

function valueOf({ kind, choices = [] }: ParamRow, draw: Draw): unknown {
  const dice = draw(40);
  if (dice === 0) return WRONG[draw(WRONG.length)];
  if (dice === 1) return ODD[draw(ODD.length)];
  if (dice === 2) return LARGE[draw(LARGE.length)];
  const typical = kind === "choice" ? choices : TYPICAL[kind];
  if (kind === "buckets" && draw(3) > 0) {
    return Array.from({ length: 1 + draw(9) }, () => `${RATES[draw(3)]} ${SIZES[draw(4)]}`);
  }
  return typical[draw(typical.length)];
}

/** A form of some meter with what may stand beside it; now and then less, more, or misspelt. */
function drawn(draw: Draw): PolicyInput {
  const row = METERS[draw(METERS.length)]!;
  const form = row.forms[draw(row.forms.length)]!;
  const beside = POLICY_PARAMS.filter(({ name }) => {
    const isOwn = row.params.some((param) => param.name === name) || draw(20) === 0;
    return isOwn && !row.forms.some(({ params }) => params.includes(name)) && draw(4) === 0;
  });
  const input: Record<string, unknown> = { meter: draw(60) === 0 ? "tokenbucket" : row.name };
  for (const { name } of [...form.params.map((param) => ({ name: param })), ...beside]) {
    if (name === "meter" || draw(60) === 0) continue;
    const param = row.params.find((own) => own.name === name) ?? POLICY_PARAMS.find((own) => own.name === name)!;
    input[draw(2) === 0 ? name : inputKeyOf(name)] = valueOf(param, draw);
  }
  if (draw(60) === 0) input["brust"] = "1 kB";
  if (draw(60) === 0) input["minLength"] = input["min-length"] = "64";
  // A policy of one meter with a parameter of another.
  const other = POLICY_PARAMS[draw(POLICY_PARAMS.length)]!;
  if (draw(60) === 0) input[other.name] = valueOf(other, draw);
  return input;
}

/** What edge meters run of it, or that it was refused with an error that is one line. */
function read(reader: PolicyReader, input: PolicyInput, parts: number): EdgePolicy | "refused" {
  try {
    return edgePolicyOf(input, reader(input, parts), parts, 1000);
  } catch (error) {
    if (error instanceof ConfigError && /^.+: .+$/u.test(error.message)) return "refused";
    throw error;
  }
}

test("random policies of every meter and form, right and wrong: the same integers, the same refused", () => {
  const draw = drawer(20_261_122);
  const taken = new Map<string, number>();
  let refused = 0;
  for (let round = 0; round < ROUNDS; round += 1) {
    const input = drawn(draw);
    const parts = [1, 1, 10, 7][draw(4)]!;
    const expected = read(readInFull, input, parts);
    const found = read(readTersely, input, parts);
    if (!isDeepStrictEqual(found, expected)) expect(found, JSON.stringify(input)).toEqual(expected);
    if (expected === "refused") refused += 1;
    else taken.set(expected.meter, (taken.get(expected.meter) ?? 0) + 1);
  }
  process.stdout.write(`taken of ${ROUNDS}: ${[...taken].map(([name, count]) => `${name} ${count}`).join(", ")}\n`);
  // All but `weighted`, which no edge meter runs.
  expect(taken.size).toBe(METERS.length - 1);
  expect(Math.min(...taken.values())).toBeGreaterThan(100);
  expect(refused).toBeGreaterThan(ROUNDS / 10);
});

test.each(POLICIES.map((input) => ({ input, name: JSON.stringify(input) })))("$name", ({ input }) => {
  expect(read(readTersely, input, 1)).toEqual(read(readInFull, input, 1));
  expect(read(readTersely, input, 1)).not.toBe("refused");
});
