// Goal: batches that touch the lines of a compact table, by storing a zero where there must be one, change no state: a
// place that holds more than that, whatever brought it there, keeps them from touching.
import { expect, test } from "vitest";
import { STATE, STATE_TOUCHABLE, STATE_WORDS } from "../assembly/edge/abi.ts";
import type { Meter } from "../src/edge/meter.ts";
import { restoreFrom } from "../src/edge/snapshot.ts";
import { edgeMeter, EDGE_ENGINES, makerOn } from "./support/edge.ts";

/** So many that some lines are full: the touched byte is that of a line's last place. */
const KEYS = 400;
const TEN = { meter: "token-bucket", cost: "packets", rate: "10 packets/s", burst: "10 packets" } as const;

function touches({ engine }: Meter): boolean {
  return new BigUint64Array(engine.memory.buffer, STATE, STATE_WORDS)[STATE_TOUCHABLE] === 1n;
}

function meters(policy: object = TEN): Meter[] {
  return EDGE_ENGINES.map((row) => edgeMeter(row, { policies: [policy], maxFlows: KEYS, key: "u32", batchRows: KEYS }));
}

/** One call of every key, in one batch. */
function runAll(meter: Meter, now: number): void {
  const batch = meter.batch(KEYS);
  for (let row = 0; row < KEYS; row += 1) batch.key[row] = row;
  batch.time.fill(now);
  batch.cost.fill(1);
  meter.run(batch, KEYS);
}

/** What every key would be answered. */
function answers(meter: Meter, now: number): readonly unknown[] {
  return Array.from({ length: KEYS }, (_, key) => meter.peek(key, now));
}

test("a usual meter touches, and its state is that of calls one by one", () => {
  for (const meter of meters()) {
    const [single] = meters();
    expect(touches(meter)).toBe(true);
    for (let now = 0; now < 500; now += 50) {
      runAll(meter, now);
      for (let key = 0; key < KEYS; key += 1) single!.decide(key, now);
    }
    expect(answers(meter, 500)).toEqual(answers(single!, 500));
  }
});

test.each([
  { name: "for a while", until: 90_000 },
  { name: "for two years", until: 63_072_000_000 },
  { name: "for ever", until: Infinity },
])("keys that are blocked $name stay so through batches, of a restored meter as well", ({ until }) => {
  for (const [index, meter] of meters().entries()) {
    runAll(meter, 0);
    for (let key = 0; key < KEYS; key += 1) meter.block(key, until);
    expect(touches(meter)).toBe(false);
    const other = EDGE_ENGINES[(index + 1) % EDGE_ENGINES.length]!;
    const restored = restoreFrom(meter.snapshot(), {}, makerOn(other));
    for (const each of [meter, restored]) {
      runAll(each, 10);
      const [blocked, ...rest] = answers(each, 10);
      expect(blocked).toMatchObject({ blocked: true, retryAfter: until - 10 });
      for (const answer of rest) expect(answer).toEqual(blocked);
    }
  }
});

test.each([
  {
    name: "a drain of 65,536 steps a nanosecond",
    policy: { ...TEN, rate: "65536 GB/s", burst: "1 GB", cost: "bytes" },
  },
  {
    name: "room for debt of 2^61 steps",
    policy: { meter: "gcra", cost: "packets", increment: "100 ms", limit: "1 s" },
  },
])("$name: does not touch, and does not after its policy was replaced", ({ policy }) => {
  for (const meter of meters(policy)) {
    expect(meter.layout.isCompact).toBe(true);
    expect(touches(meter)).toBe(false);
    runAll(meter, 0);
    meter.setPolicy(0, TEN, "reset", 0);
    expect(touches(meter)).toBe(false);
  }
});

test("a policy that comes later and does not keep below: no touch from then on", () => {
  for (const meter of meters()) {
    runAll(meter, 0);
    meter.setPolicy(0, { ...TEN, rate: "4097 GB/s", burst: "1 GB", cost: "bytes" }, "as-is", 0);
    expect(touches(meter)).toBe(false);
  }
});

test("years later the clock has begun anew, and levels are what they are", () => {
  const yearMs = 31_557_600_000;
  for (const meter of meters()) {
    for (let year = 0; year < 10; year += 1) {
      runAll(meter, year * yearMs);
      runAll(meter, year * yearMs);
      expect(touches(meter)).toBe(true);
      const found = answers(meter, year * yearMs) as { readonly remaining: number }[];
      expect(new Set(found.map(({ remaining }) => remaining))).toEqual(new Set([8]));
    }
  }
});
