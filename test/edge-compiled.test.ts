// Goal: a meter that was compiled elsewhere and handed on as JSON is the meter of its options; what is not such a text, or
// does not belong to it, is refused in one line.
import { expect, test } from "vitest";
import { EDGE_ABI_VERSION } from "../assembly/edge/abi.ts";
import { compileMeter, createMeter } from "../src/edge/entry.node.ts";
import { createMeter as createCompiled, restoreMeter } from "../src/edge/entry.compiled.node.ts";
import type { CompiledMeter, EdgeMeter, MeterOptions, PolicyInput } from "../src/edge/types.ts";
import { drawer, POLICIES, SEED } from "./support/edge.ts";

const GROUP = [
  { name: "second", meter: "token-bucket", cost: "packets", rate: "10 packets/s", burst: "10 packets" },
  { name: "hour", meter: "gcra", cost: "packets", increment: "3 s", limit: "5 min" },
  { name: "both", all: ["second", "hour"] },
] as const;

const CASES: readonly MeterOptions[] = [
  ...POLICIES.map((policy: PolicyInput): MeterOptions => ({ policies: [policy], maxFlows: 50, seed: SEED })),
  { policies: GROUP, maxFlows: 80, seed: SEED, key: "string", time: "us", onFull: "evict-oldest" },
  { policies: GROUP, maxFlows: 80, seed: SEED, clockStep: Infinity, costParts: 10, replaceable: true, batchRows: 16 },
];

/** As a file of JSON, or a text in a bundle, has it. */
function handedOn(options: MeterOptions): CompiledMeter {
  return JSON.parse(JSON.stringify(compileMeter(options))) as CompiledMeter;
}

function answers(meter: EdgeMeter, calls: number, seed: number): readonly unknown[] {
  const draw = drawer(seed);
  const answered = Array.from({ length: calls }, (_, call) => {
    const key = meter.key === "string" ? `key ${draw(100)}` : draw(100);
    return meter.decide(key, call * 40, draw(3), draw(meter.policies.length));
  });
  const { engine: _, ...counted } = meter.stats();
  return [...answered, counted, meter.policies.map((_name, policy) => meter.quotas(policy))];
}

test.each(CASES.map((options) => ({ options, name: JSON.stringify(options) })))("$name", ({ options }) => {
  const [meter, compiled] = [createMeter(options), createCompiled(handedOn(options))];
  expect(answers(compiled, 600, 1)).toEqual(answers(meter, 600, 1));
  const restored = restoreMeter(handedOn(options), meter.snapshot({ maxChunk: 4000 }));
  expect([...restored.entries()]).toEqual([...meter.entries()]);
  expect(restored.decide(meter.key === "string" ? "new" : 7, 30_000)).toEqual(
    meter.decide(meter.key === "string" ? "new" : 7, 30_000),
  );
});

const USUAL: MeterOptions = { policies: [GROUP[0]], maxFlows: 10 };

test("a seed may be given when the meter is made", () => {
  const meters = [SEED, undefined].map((seed) => createCompiled(handedOn(USUAL), seed === undefined ? {} : { seed }));
  for (const meter of meters) expect(meter.decide("a", 0).remaining).toBe(9);
});

test("what is no compiled meter of this version is refused", () => {
  const compiled = handedOn(USUAL);
  const changed = { ...compiled, settings: compiled.settings.replace('"maxFlows":10', '"maxFlows":11') };
  for (const wrong of [changed, { ...compiled, weirMeter: EDGE_ABI_VERSION + 1 }, {}, USUAL]) {
    expect(() => createCompiled(wrong as CompiledMeter)).toThrow(
      /^compiled meter "version .+": must be what compileMeter of version \d+ answered, unchanged; compile it again$/u,
    );
  }
});

test("a snapshot of another meter is refused, and a policy cannot be replaced by one that would have to be read", () => {
  const compiled = handedOn(USUAL);
  const chunks = createMeter({ ...USUAL, maxFlows: 20 }).snapshot();
  expect(() => restoreMeter(compiled, chunks)).toThrow("snapshot: is of a meter of other options or policies");
  expect(() => createCompiled(compiled).setPolicy("second", GROUP[0], "as-is", 0)).toThrow(
    'policy "second": cannot be replaced in weir-meter/compiled, which reads no policies; import from weir-meter',
  );
});

test("options that cannot be are told where the meter is compiled", () => {
  expect(() => compileMeter({ ...USUAL, maxFlows: 0 })).toThrow('maxFlows "0": must be a whole number from 1 to');
});
