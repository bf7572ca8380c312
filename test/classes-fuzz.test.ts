/** Goal: whatever a policy of classes holds, it compiles or is refused with one line that says where. */
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { CLASS_SHAPE, FILE_SHAPE, GROUP_SHAPE, MATCH_SHAPE, NODE_SHAPE } from "../src/policy/classes/keys.ts";
import type { MapShape } from "../src/policy/classes/keys.ts";
import { ConfigError } from "../src/errors.ts";
import { compileText } from "./support/policytext.ts";

const CODES = ["CHOICE", "CONFLICT", "FILE", "KEY", "MISSING", "NUMBER", "RANGE", "UNIT"];
const WORDS =
  "a b class src pass up ef tcp 80-90 10.0.0.0/8 ::/0 good.txt 50% full token-bucket gcra srtcm dual borrow series shared static weighted multi sequential packets bytes";
const QUANTITIES = ["1 MB/s", "9 kB", "3 ms", "5 packets", "2 packets/s", "1 MB/s 9 kB"];
const OTHERS = [
  0,
  1,
  3,
  65_536,
  -1,
  1.5,
  true,
  false,
  null,
  "",
  "\n",
  [],
  {},
  [[]],
  [{ rate: "1 MB/s", burst: "9 kB" }],
];
const anything = fc.constantFrom<unknown>(...WORDS.split(" "), ...QUANTITIES, ...OTHERS);

/** Maps with these values and, now and then, others of any kind. */
function maps(shape: MapShape, values: Record<string, fc.Arbitrary<unknown>>): fc.Arbitrary<object> {
  const keys = [...shape.keys.map(({ name }) => name), ...shape.params, "x"];
  const others = fc.dictionary(fc.constantFrom(...keys), anything, { maxKeys: 2 });
  const drawn = fc.oneof({ weight: 5, arbitrary: fc.constant({}) }, { weight: 1, arbitrary: others });
  return fc.tuple(fc.record(values), drawn).map(([own, other]) => Object.assign(own, other));
}

const bucket = { rate: fc.constantFrom("1 MB/s", "9 MB/s"), burst: fc.constantFrom("9 kB", "1 MB", "3 ms") };
const parent = fc.constantFrom("up", "top");
const match = maps(MATCH_SHAPE, { dscp: fc.nat(63) });
const grouped = { group: fc.constant("g"), weight: fc.nat(9), burst: fc.constant("9 kB") };
const documents = maps(FILE_SHAPE, {
  classes: fc.tuple(
    maps(CLASS_SHAPE, { name: fc.constant("a"), match, ...bucket, parent }),
    maps(CLASS_SHAPE, { name: fc.constant("b"), match, ...grouped }),
    maps(CLASS_SHAPE, { name: fc.constant("c"), parent }),
  ),
  nodes: fc.tuple(
    maps(NODE_SHAPE, { name: fc.constant("up"), ...bucket, parent: fc.constant("top") }),
    maps(NODE_SHAPE, { name: fc.constant("top"), ...bucket }),
  ),
  groups: fc.tuple(maps(GROUP_SHAPE, { name: fc.constant("g"), rate: fc.constant("1 MB/s") })),
});

test("every mistake is named in one line, with the place", async () => {
  const codes = new Map<string, number>();
  const property = fc.asyncProperty(documents, async (document) => {
    const outcome: unknown = await compileText(JSON.stringify(document, null, 1)).catch((error: unknown) => error);
    if (!(outcome instanceof Error)) {
      codes.set("compiled", (codes.get("compiled") ?? 0) + 1);
      return;
    }
    if (!(outcome instanceof ConfigError)) throw outcome;
    codes.set(outcome.code, (codes.get(outcome.code) ?? 0) + 1);
    expect(outcome.message).toMatch(/^(?:p\.yaml(?::\d+)?|[a-z]+\.txt:\d+): [^\r\n]+$/u);
  });
  await fc.assert(property, { numRuns: 5000, seed: 20_261_124 });
  expect([...codes.keys()].toSorted()).toEqual([...CODES, "compiled"]);
});
