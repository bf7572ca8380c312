// Goal: whatever policy is put in the place of another, and however state is carried over, an edge meter answers what the
// definitions say of that state, on every engine, in either form of table, and through snapshots in between.
import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { Meter } from "../../src/edge/meter.ts";
import { restoreFrom } from "../../src/edge/snapshot.ts";
import type { Color, Inherit, PolicyInput } from "../../src/edge/types.ts";
import { drawer, edgeMeter, EDGE_ENGINES, makerOn } from "../support/edge.ts";
import { EdgeModel } from "../support/edgemodel.ts";

const SEED = 20_260_102;
const CALLS = 120;
const KEYS = 5;
const HOW: readonly Inherit[] = ["proportional", "as-is", "reset"];

/** Rates, bursts and others of each meter and check, in every mode that matters to state. */
const FAMILIES: readonly (readonly PolicyInput[])[] = [
  [
    { meter: "token-bucket", rate: "10 packets/s", burst: "5 packets" },
    { meter: "token-bucket", rate: "333 packets/s", burst: "40 packets" },
    { meter: "token-bucket", rate: "12.3456789 packets/s", burst: "7 packets" },
    { meter: "token-bucket", rate: "65537 packets/s", burst: "3 packets" },
  ],
  [
    { meter: "leaky-bucket", rate: "7 packets/s", burst: "5 packets", initial: "50%" },
    { meter: "leaky-bucket", rate: "70 packets/s", burst: "9 packets" },
    { meter: "leaky-bucket", rate: "17 packets/s", burst: "6 packets", initial: "100%" },
  ],
  [
    { meter: "gcra", increment: "100 ms", limit: "300 ms", cost: "packets" },
    { meter: "gcra", increment: "7 ms", limit: "300 ms", cost: "packets" },
  ],
  [
    { meter: "token-bucket", rate: "10 packets/s", burst: "5 packets", check: "overdraft" },
    { meter: "token-bucket", rate: "3 packets/s", burst: "8 packets", check: "overdraft" },
  ],
  [
    { meter: "turner", rate: "10 packets/s", burst: "5 packets", cap: "8 packets" },
    { meter: "turner", rate: "13 packets/s", burst: "3 packets", cap: "4 packets" },
  ],
  [
    { meter: "event-counter", rate: "10 packets/s", alarm: 5, clear: 2, cap: "9 packets" },
    { meter: "event-counter", rate: "30 packets/s", alarm: 8, clear: 1, cap: "9 packets" },
  ],
  [
    { meter: "dual", peakRate: "20 packets/s", peakBurst: "3 packets", rate: "10 packets/s", burst: "8 packets" },
    { meter: "dual", peakRate: "90 packets/s", peakBurst: "5 packets", rate: "19 packets/s", burst: "4 packets" },
  ],
  [
    { meter: "srtcm", cir: "10 packets/s", cbs: "5 packets", ebs: "4 packets", colorAware: true },
    { meter: "srtcm", cir: "33 packets/s", cbs: "2 packets", ebs: "9 packets", colorAware: true },
  ],
  [
    { meter: "trtcm", cir: "10 packets/s", cbs: "5 packets", pir: "20 packets/s", pbs: "6 packets" },
    { meter: "trtcm", cir: "3 packets/s", cbs: "9 packets", pir: "70 packets/s", pbs: "4 packets" },
  ],
  [
    { meter: "trtcm-4115", cir: "10 packets/s", cbs: "5 packets", eir: "3 packets/s", ebs: "6 packets" },
    { meter: "trtcm-4115", cir: "70 packets/s", cbs: "3 packets", eir: "90 packets/s", ebs: "2 packets" },
  ],
  [
    { meter: "mef", cir: "10 packets/s", cbs: "5 packets", eir: "3 packets/s", ebs: "6 packets", coupling: "on" },
    { meter: "mef", cir: "11 packets/s", cbs: "4 packets", eir: "7 packets/s", ebs: "9 packets", coupling: "on" },
  ],
  [
    { meter: "multi", buckets: ["10 packets/s 5 packets", "100 packets/min 30 packets", "1000 packets/h 100 packets"] },
    { meter: "multi", buckets: ["7 packets/s 9 packets", "30 packets/min 20 packets", "900 packets/h 50 packets"] },
  ],
];

/** Those that a key may be under afresh ("reset") take the place of each other: one bucket pair each. */
const SINGLE: readonly PolicyInput[] = FAMILIES.slice(0, -1).flat();

function chargesRefused({ meter }: PolicyInput): boolean {
  return meter === "turner" || meter === "event-counter";
}

test("every meter, replaced by others again and again, equals the definition of its state", () => {
  const counts = { calls: 0, replaced: 0, tooLarge: 0, refused: 0 };
  const play = (family: readonly PolicyInput[], seed: number) => {
    const draw = drawer(seed);
    let policy = family[draw(family.length)]!;
    const model = new EdgeModel(policy);
    const options = { policies: [policy], maxFlows: 64, time: "ns", key: "u32", replaceable: draw(2) === 0 } as const;
    let meters = EDGE_ENGINES.map((row) => edgeMeter(row, options));
    let nowNs = 1_700_000_000_000_000_000n;
    for (let call = 0; call < CALLS; call += 1) {
      nowNs += BigInt(draw(4) === 0 ? draw(400_000_000) : draw(30)) + (draw(200) === 0 ? 2n ** 57n / 1000n : 0n);
      const dice = draw(12);
      if (dice === 0) {
        const others = family.length > 1 && draw(4) > 0 ? family : SINGLE;
        const how = others === family ? HOW[draw(HOW.length)]! : "reset";
        const next = others[draw(others.length)]!;
        if (others === SINGLE && family.at(-1)!.meter === "multi") continue;
        if (
          meters[0]!.layout.isCompact &&
          !edgeMeter(EDGE_ENGINES[0]!, { ...options, policies: [next] }).layout.isCompact
        ) {
          // Refused as a whole: what follows finds everything as it was.
          const replace = (meter: Meter) => () => meter.setPolicy(0, next, how, nowNs + 10n ** 18n);
          for (const meter of meters)
            expect(replace(meter)).toThrow(/needs places of 32 bytes; .* replaceable: true$/u);
          counts.tooLarge += 1;
          continue;
        }
        policy = next;
        model.setPolicy(next, how, nowNs);
        for (const meter of meters) meter.setPolicy(0, next, how, nowNs);
        counts.replaced += 1;
        // From another family on, only its own may follow with state.
        if (others === SINGLE) family = FAMILIES.find((members) => members.includes(next))!;
      } else if (dice === 1) {
        const chunks = meters.map((meter) => meter.snapshot({ maxChunk: 3000 }));
        meters = EDGE_ENGINES.map((row, index) => restoreFrom(chunks[(index + 1) % chunks.length]!, {}, makerOn(row)));
      } else {
        const [key, cost, color] = [draw(KEYS), draw(10) === 0 ? 20 : draw(4), draw(3) as Color];
        const [expected, delayNs] = model.decide(key, nowNs, cost, color);
        for (const meter of meters) {
          const answer = meter.decide(key, nowNs, cost, 0, color);
          const where = `${meter.engine.name} call ${call} under ${JSON.stringify(policy)}`;
          expect(answer.color, where).toBe(expected);
          if (chargesRefused(policy) || expected !== 2) continue;
          expect(answer.retryAfter, where).toBe(delayNs === null ? Infinity : Number(delayNs));
        }
        counts.calls += 1;
        counts.refused += +(expected === 2);
      }
    }
  };
  fc.assert(fc.property(fc.constantFrom(...FAMILIES), fc.nat(), play), { numRuns: 160, seed: SEED });
  expect(counts.calls).toBeGreaterThan(12_000);
  expect(counts.replaced).toBeGreaterThan(600);
  expect(counts.tooLarge).toBeGreaterThan(40);
  expect(counts.refused).toBeGreaterThan(1000);
});
