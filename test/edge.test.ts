// The edge library by its contract, on every engine: memory, keys, times, full tables, adjustments, errors.
import { describe, expect, test } from "vitest";
import { libraryOf } from "../src/edge/create.ts";
import { readInFull } from "../src/edge/fullpolicy.ts";
import type { Meter } from "../src/edge/meter.ts";
import { restoreFrom } from "../src/edge/snapshot.ts";
import type { MeterOptions } from "../src/edge/types.ts";
import { ConfigError } from "../src/errors.ts";
import { drawer, edgeMeter, EDGE_ENGINES, POLICIES, SEED, makerOn } from "./support/edge.ts";

const TEN: MeterOptions = {
  policies: [{ meter: "token-bucket", rate: "10 packets/s", burst: "5 packets" }],
  maxFlows: 1000,
};
const NOW = 1_700_000_000_000;

describe.for(EDGE_ENGINES)("$name", (engine) => {
  const meterWith = (changes: Partial<MeterOptions> = {}) => edgeMeter(engine, { ...TEN, ...changes });
  const restore = (given: Uint8Array[]) => () => restoreFrom(given, {}, makerOn(engine));

  test("decides, and says what is left, when to come again, and when all is forgotten", () => {
    const meter = meterWith();
    const answers = [0, 0, 0, 0, 0, 0].map(() => meter.decide("bob", NOW));
    expect(answers.map(({ allowed }) => allowed)).toEqual([true, true, true, true, true, false]);
    expect(answers[4]).toMatchObject({ color: 0, limit: 5, remaining: 0, retryAfter: 0, resetAfter: 500 });
    expect(answers[5]).toMatchObject({ color: 2, limit: 5, remaining: 0, retryAfter: 100, resetAfter: 500 });
    expect(meter.decide("bob", NOW + 99).retryAfter).toBe(1);
    expect(meter.allows("bob", NOW + 100)).toBe(true);
    expect(meter.allows("eve", NOW + 100)).toBe(true);
  });

  test("a cost above the burst says never and changes nothing; a refused call consumes nothing", () => {
    const meter = meterWith();
    expect(meter.decide(1, NOW, 6)).toMatchObject({
      allowed: false,
      retryAfter: Infinity,
      remaining: 5,
      resetAfter: 0,
    });
    expect(meter.stats().flows).toBe(0);
    meter.decide(1, NOW, 3);
    expect(meter.decide(1, NOW, 3)).toMatchObject({ allowed: false, remaining: 2, retryAfter: 100 });
    expect(meter.decide(1, NOW, 2).allowed).toBe(true);
  });

  test("peek tracks no key", () => {
    const meter = meterWith();
    expect(meter.peek("bob", NOW)).toMatchObject({ allowed: true, remaining: 5 });
    expect(meter.stats()).toMatchObject({ flows: 0, inserted: 0 });
  });

  test("several limits on one key are charged all or none", () => {
    const meter = meterWith({
      policies: [
        { name: "second", meter: "token-bucket", rate: "5 packets/s", burst: "5 packets" },
        { name: "hour", meter: "token-bucket", rate: "8 packets/h", burst: "8 packets" },
        { name: "both", all: ["second", "hour"] },
      ],
    });
    for (let call = 0; call < 5; call += 1) expect(meter.decide(7, NOW, 1, 2).allowed).toBe(true);
    expect(meter.decide(7, NOW, 1, 2)).toMatchObject({ allowed: false, retryAfter: 200 });
    expect(meter.peek(7, NOW, 1, 1).remaining).toBe(3);
    for (let call = 0; call < 3; call += 1) expect(meter.decide(7, NOW + 1000, 1, 2).allowed).toBe(true);
    // The hour refuses now; the second is not charged for it.
    expect(meter.decide(7, NOW + 1000, 1, 2)).toMatchObject({ allowed: false, limit: 5 });
    expect(meter.peek(7, NOW + 1000, 1, 0).remaining).toBe(2);
  });

  test.for([
    ["u32", [0, 1, 0xffff_ffff]],
    ["u64", [0, 2 ** 40, Number.MAX_SAFE_INTEGER, 2n ** 64n - 1n]],
    ["string", ["", "a", "a".repeat(20), "ä€😀", "x".repeat(16_384)]],
    ["bytes", [new Uint8Array(0), Uint8Array.of(0), Uint8Array.of(0, 0), new Uint8Array(16_384)]],
    ["any", [7, "7", Uint8Array.of(7), 2n ** 63n]],
  ] as const)("keys of kind %s are apart from each other", ([key, keys]) => {
    const meter = meterWith({ key });
    for (const one of keys) for (let call = 0; call < 5; call += 1) expect(meter.allows(one, NOW)).toBe(true);
    for (const one of keys) expect(meter.allows(one, NOW)).toBe(false);
    expect(meter.stats().flows).toBe(keys.length);
  });

  test("a 5-tuple is one key however its addresses are written, and each of its parts counts", () => {
    const meter = meterWith({ key: "5-tuple" });
    const tuple = {
      protocol: 6,
      source: "2001:db8::1",
      destination: "2001:db8::2",
      sourcePort: 1,
      destinationPort: 80,
    };
    meter.decide(tuple, NOW, 5);
    const long = { ...tuple, source: "2001:0db8:0:0:0:0:0:0001" };
    expect(meter.allows(long, NOW)).toBe(false);
    for (const [name, value] of Object.entries({ ...tuple, protocol: 17, sourcePort: 2, destinationPort: 81 })) {
      if (typeof value === "number")
        expect([name, meter.allows({ ...tuple, [name]: value }, NOW)]).toEqual([name, true]);
    }
    const four = { ...tuple, source: "192.0.2.1", destination: "192.0.2.2" };
    meter.decide(four, NOW, 5);
    expect(meter.allows({ ...four, source: "::ffff:192.0.2.1", destination: "::ffff:192.0.2.2" }, NOW)).toBe(false);
  });

  test("entries give the keys back", () => {
    const meter = meterWith({ key: "u32" });
    const keys = [0, 1, 77, 0xffff_ffff];
    for (const key of keys) meter.decide(key, NOW, 2);
    const found = [...meter.entries()].toSorted((left, right) => Number(left.key) - Number(right.key));
    expect(found).toEqual(keys.map((key) => ({ key, policy: 0, used: [2], blockedFor: 0 })));
  });

  test("a charge goes into debt, which has to drain; a refund gives back", () => {
    const meter = meterWith();
    expect(meter.charge("bob", 25, NOW)).toBe(true);
    expect(meter.decide("bob", NOW)).toMatchObject({ allowed: false, remaining: 0, retryAfter: 2100 });
    meter.refund("bob", 20, NOW);
    expect(meter.decide("bob", NOW)).toMatchObject({ allowed: false, retryAfter: 100 });
    meter.refund("bob", 100, NOW);
    expect(meter.peek("bob", NOW).remaining).toBe(5);
  });

  test("a charge beyond what a level holds is cut and counted", () => {
    const meter = meterWith();
    meter.charge("bob", 0xffff_ffff, NOW);
    expect(meter.stats().saturated).toBe(1);
    expect(meter.decide("bob", NOW).retryAfter).toBeGreaterThan(1e9);
  });

  test("a block refuses until its end and until the key is drained; reset lifts it", () => {
    const meter = meterWith();
    meter.decide("bob", NOW, 5);
    expect(meter.block("bob", NOW + 200)).toBe(true);
    expect(meter.decide("bob", NOW)).toMatchObject({ allowed: false, blocked: true, retryAfter: 500, remaining: 0 });
    expect(meter.decide("bob", NOW + 499).blocked).toBe(true);
    expect(meter.decide("bob", NOW + 500)).toMatchObject({ allowed: true, remaining: 4 });
    meter.block("bob", NOW + 10_000);
    meter.block("bob", NOW + 5000);
    expect(meter.decide("bob", NOW + 9999).retryAfter).toBe(1);
    meter.block("eve", Infinity);
    expect(meter.decide("eve", NOW + 1e9)).toMatchObject({ blocked: true, retryAfter: Infinity });
    meter.reset("eve");
    expect(meter.decide("eve", NOW + 1e9)).toMatchObject({ allowed: true, remaining: 4 });
    expect(meter.stats().blocked).toBe(4);
  });

  test("a policy is replaced with its state: in parts, as it is, or afresh", () => {
    const next = { meter: "token-bucket", rate: "10 packets/s", burst: "50 packets" } as const;
    const left = (how: "proportional" | "as-is" | "reset") => {
      const meter = meterWith();
      meter.decide("bob", NOW, 4);
      meter.setPolicy(0, next, how, NOW + 100);
      return [meter.peek("bob", NOW + 100).remaining, meter.peek("eve", NOW + 100).remaining];
    };
    expect([left("proportional"), left("as-is"), left("reset")]).toEqual([
      [20, 50],
      [47, 50],
      [50, 50],
    ]);
  });

  test("evict-drained: only drained keys leave, a new key is refused until one may, and all of it is counted", () => {
    const meter = meterWith({ maxFlows: 10 });
    for (let key = 0; key < 10; key += 1) meter.decide(key, NOW, key + 1 > 5 ? 5 : key + 1);
    const refused = meter.decide("new", NOW);
    expect(refused).toMatchObject({ allowed: false, tracked: false, retryAfter: 100 });
    expect(meter.peek(0, NOW).remaining).toBe(4);
    expect(meter.decide("new", NOW + 99).tracked).toBe(false);
    expect(meter.decide("new", NOW + 100)).toMatchObject({ allowed: true, tracked: true });
    expect(meter.stats()).toMatchObject({ flows: 10, evicted: 1, forgotten: 0, untracked: 2 });
  });

  test("evict-oldest, allow and deny do what they say, and count it", () => {
    const filled = (onFull: "evict-oldest" | "allow" | "deny") => {
      const meter = meterWith({ maxFlows: 10, onFull });
      for (let key = 0; key < 10; key += 1) meter.decide(key, NOW + key, 5);
      return meter;
    };
    const oldest = filled("evict-oldest");
    expect(oldest.decide("new", NOW + 10)).toMatchObject({ allowed: true, tracked: true });
    expect(oldest.peek(0, NOW + 10).remaining).toBe(5);
    expect(oldest.stats()).toMatchObject({ forgotten: 1, untracked: 0 });
    const open = filled("allow");
    expect(open.decide("new", NOW + 10, 5)).toMatchObject({ allowed: true, tracked: false });
    expect(open.decide("new", NOW + 10, 5)).toMatchObject({ allowed: true, tracked: false });
    expect(open.stats()).toMatchObject({ flows: 10, untracked: 2 });
    const closed = filled("deny");
    expect(closed.decide("new", NOW + 1e6)).toMatchObject({ allowed: false, tracked: false, retryAfter: Infinity });
    expect(closed.sweep(NOW + 1e6)).toBe(10);
    expect(closed.decide("new", NOW + 1e6)).toMatchObject({ allowed: true, tracked: true });
  });

  test("a table as full as it gets finds every key, and sweeps them all", () => {
    const meter = meterWith({ maxFlows: 5000, key: "u32" });
    for (let key = 0; key < 5000; key += 1) expect(meter.decide(key, NOW, 3).tracked).toBe(true);
    for (let key = 0; key < 5000; key += 1) expect(meter.peek(key, NOW).remaining).toBe(2);
    expect(meter.sweep(NOW + 299)).toBe(0);
    for (let key = 0; key < 5000; key += 2) meter.decide(key, NOW + 299);
    expect(meter.sweep(NOW + 300)).toBe(2500);
    for (let key = 0; key < 5000; key += 1) expect(meter.peek(key, NOW + 300).remaining).toBe(key % 2 === 0 ? 4 : 5);
  });

  test("a batch answers as its rows one by one", () => {
    const policies = POLICIES.slice(0, 2);
    const [one, many] = [meterWith({ policies }), meterWith({ policies })];
    const batch = many.batch(64);
    let allowed = 0;
    for (let row = 0; row < 64; row += 1) {
      batch.setKey(row, `key ${row % 7}`);
      batch.time[row] = NOW + row * 8;
      batch.cost[row] = 1 + (row % 2);
      batch.policy[row] = row % 2;
    }
    const tally = many.run(batch, 64, { outcomes: true });
    for (let row = 0; row < 64; row += 1) {
      const answer = one.decide(`key ${row % 7}`, NOW + row * 8, 1 + (row % 2), row % 2);
      allowed += +answer.allowed;
      expect([batch.color[row], batch.remaining[row], batch.retryAfter[row], batch.resetAfter[row]]).toEqual([
        answer.color,
        answer.remaining,
        answer.retryAfter,
        answer.resetAfter,
      ]);
    }
    expect(tally).toEqual({ green: allowed, yellow: 0, red: 64 - allowed });
  });

  test("a batch with a row that cannot be changes nothing", () => {
    const meter = meterWith();
    const batch = meter.batch(3);
    batch.time.set([NOW, Number.NaN, NOW]);
    expect(() => meter.run(batch, 3)).toThrow("row 1: now NaN: must be a number of ms from 0 to");
    batch.time[1] = NOW;
    batch.policy[2] = 1;
    expect(() => meter.run(batch, 3)).toThrow("row 2: policy 1: must be a whole number from 0 to 0");
    expect(() => meter.run(batch, 4)).toThrow("run: rows 4: must be a whole number from 0 to 3");
    expect(() => meterWith().run(batch, 3)).toThrow("this batch is another meter's");
    expect(meter.stats().flows).toBe(0);
  });

  test.for([
    [{ key: "u32" }, (meter: Meter) => meter.decide(-1, NOW), "key -1: must be a whole number from 0 to 4294967295"],
    [{ key: "u32" }, (meter: Meter) => meter.decide("x", NOW), "key x: must be a whole number from 0 to 4294967295"],
    [{}, (meter: Meter) => meter.decide(0.5, NOW), "key 0.5: must be a whole number from 0 to 2^53 - 1, a bigint"],
    [{}, (meter: Meter) => meter.decide("x".repeat(16_385), NOW), "key of up to 16385 bytes: must be at most 16384"],
    [{}, (meter: Meter) => meter.decide("x", Number.NaN), "now NaN: must be a number of ms from 0 to 4611686018427"],
    [{}, (meter: Meter) => meter.decide("x", -1), "now -1: must be a number of ms"],
    [
      {},
      (meter: Meter) => meter.decide("x", NOW, 0.6),
      "cost 0.6: must be a whole number from 0 to 4294967295; costParts",
    ],
    [{}, (meter: Meter) => meter.decide("x", NOW, -1), "cost -1: must be a whole number"],
    [{}, (meter: Meter) => meter.decide("x", NOW, 1, 1), "policy 1: must be a whole number from 0 to 0"],
    [{}, (meter: Meter) => meter.charge("x", 1, NOW, 0, 1), "color 1: policy 0 charges no call of this color"],
    [{}, (meter: Meter) => meter.shardOf("x", 0), "shards 0: must be a whole number from 1 to 1000000"],
  ] as const)("refuses an argument that is none: %#", ([changes, call, message]) => {
    const meter = meterWith(changes);
    expect(() => call(meter)).toThrow(message);
    expect(meter.stats()).toMatchObject({ flows: 0, untracked: 0 });
  });

  test("a snapshot that is damaged, incomplete or another's is refused", () => {
    const meter = meterWith({ maxFlows: 5000 });
    for (let key = 0; key < 2000; key += 1) meter.decide(key, NOW);
    const chunks = meter.snapshot({ maxChunk: 8000 });
    expect(chunks.every(({ length }) => length <= 8000)).toBe(true);
    expect(restore(chunks.toReversed())().stats().flows).toBe(2000);
    for (const at of [0, 9, 13, 17, 21, 60, 5000]) {
      const damaged = chunks.map((chunk) => chunk.slice());
      damaged[0]![at]! ^= 1;
      expect(restore(damaged)).toThrow(/^chunk \d+: (?:is|belongs)/u);
    }
    expect(restore(chunks.slice(1))).toThrow("chunk 0 of");
    expect(restore([chunks[0]!, ...chunks])).toThrow("missing or given twice");
    expect(restore([chunks[0]!.subarray(0, 100)])).toThrow("chunk 0: is damaged");
    meter.decide("x", NOW);
    expect(restore([...chunks.slice(0, -1), meter.snapshot({ maxChunk: 8000 }).at(-1)!])).toThrow(/another snapshot/u);
  });

  test("a restored meter counts the time in between, unless it is told not to", () => {
    const meter = meterWith();
    meter.decide("bob", NOW, 5);
    const chunks = meter.snapshot();
    expect(restoreFrom(chunks, {}, makerOn(engine)).peek("bob", NOW + 200).remaining).toBe(2);
    const rebased = restoreFrom(chunks, { now: NOW + 1e9 }, makerOn(engine));
    expect(rebased.peek("bob", NOW + 1e9).remaining).toBe(0);
    expect(rebased.peek("bob", NOW + 1e9 + 200).remaining).toBe(2);
  });

  test("memory is what it was at creation", () => {
    const meter = meterWith({ maxFlows: 1000, key: "u32" });
    const { buffer } = meter.engine.memory;
    const { memoryBytes } = meter.stats();
    for (let key = 0; key < 20_000; key += 1) meter.decide(key, NOW + 20 * key);
    expect(meter.engine.memory.buffer).toBe(buffer);
    expect(meter.stats().memoryBytes).toBe(memoryBytes);
  });
});

test.for(["evict-drained", "evict-oldest", "deny", "allow"] as const)(
  "engines agree on who leaves a table of which part is searched, to the nanosecond: %s",
  (onFull) => {
    // Seven and three level steps drain in a nanosecond: waits are quotients with a rest.
    const policies = [7, 3].map((rate) => ({
      meter: "token-bucket" as const,
      rate: `${rate} packets/s`,
      burst: "3 packets",
    }));
    const meters = EDGE_ENGINES.map((row) =>
      edgeMeter(row, { policies, maxFlows: 600, key: "u32", time: "ns", onFull }),
    );
    const draw = drawer(1);
    let now = 0;
    for (let call = 0; call < 12_000; call += 1) {
      now += draw(500_000);
      const [key, cost, policy] = [draw(4000), draw(4), draw(2)];
      const until = now + draw(1e9);
      if (draw(200) === 0) for (const meter of meters) meter.block(key, until, policy);
      const [first, ...others] = meters.map((meter) => meter.decide(key, now, cost, policy));
      for (const other of others) expect(other).toEqual(first);
    }
    const [stats, ...others] = meters.map((meter) => Object.assign(meter.stats(), { engine: "", memoryBytes: 0 }));
    for (const other of others) expect(other).toEqual(stats);
    expect(stats).toMatchObject({ flows: 600, regressions: 0 });
    expect(stats!.evicted + stats!.forgotten > 1000).toBe(onFull !== "deny");
    expect(stats!.forgotten > 1000).toBe(onFull === "evict-oldest");
    expect(stats!.untracked > 1000).toBe(onFull !== "evict-oldest");
  },
);

describe("the library", () => {
  const library = libraryOf({ js: EDGE_ENGINES[1]!.make }, readInFull);

  test.for([
    [{ policies: [], maxFlows: 1 }, 'policies "0 of them": must be a list of 1 to 64 policies'],
    [{ ...TEN, maxFlows: 0 }, 'maxFlows "0": must be a whole number from 1 to 67108864'],
    [{ ...TEN, key: "u31" }, 'key "u31": is none of any, u32, u64, string, bytes, 5-tuple'],
    [{ ...TEN, engine: "wasm" }, 'engine "wasm": is not in this entry; weir-meter/js'],
    [{ ...TEN, policies: [{ meter: "weighted", rate: "1 packets/s", burst: "1 packets" }] }, "policy 0: meter"],
    [{ ...TEN, policies: [{ name: "slow", meter: "token-bucket", rate: "1" }] }, "slow: burst: is missing"],
    [{ ...TEN, policies: [...TEN.policies, { all: ["nobody"] }] }, 'policy 1: all "nobody": is none of policy 0'],
    [{ ...TEN, policies: [POLICIES[6], { all: [0] }] }, 'policy 1: all "turner": charges what it refuses'],
  ] as const)("refuses options that cannot be: %#", ([options, message]) => {
    expect(() => library.createMeter(options as unknown as MeterOptions)).toThrow(ConfigError);
    expect(() => library.createMeter(options as unknown as MeterOptions)).toThrow(message);
  });

  test("draws its own seed at the first call, not before", () => {
    const [one, two] = [library.createMeter(TEN), library.createMeter(TEN)];
    expect([one.allows("bob", NOW), two.allows("bob", NOW)]).toEqual([true, true]);
    const hashes = [one, two].map((meter) => [...meter.entries()][0]!.key);
    expect(hashes[0]).not.toBe(hashes[1]);
  });

  test("shards do not depend on the meter, and few keys move when one is added", () => {
    const [one, two] = [library.createMeter({ ...TEN, seed: SEED }), library.createMeter(TEN)];
    const counts = Array.from({ length: 8 }, () => 0);
    let moved = 0;
    for (let key = 0; key < 8000; key += 1) {
      const shard = one.shardOf(`key ${key}`, 8);
      expect(two.shardOf(`key ${key}`, 8)).toBe(shard);
      counts[shard]! += 1;
      const next = one.shardOf(`key ${key}`, 9);
      if (next === shard) continue;
      moved += 1;
      expect(next).toBe(8);
    }
    expect(Math.min(...counts)).toBeGreaterThan(850);
    expect(Math.max(...counts)).toBeLessThan(1150);
    expect(moved / 8000).toBeCloseTo(1 / 9, 1);
  });
});
