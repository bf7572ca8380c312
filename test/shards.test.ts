/** Engines of several threads: whatever they answer is what one thread answers. */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { setImmediate as turn } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import type { PolicyInput } from "../src/index.ts";
import type { CompiledPolicy, EngineOptions, FlowRecord, MeterEngine } from "../src/types.ts";
import { Dice } from "./support/mutate.ts";

/** As it is installed: threads run what has been built. */
const LIBRARY = new URL("../dist/src/index.js", import.meta.url);
const weir = (await import(LIBRARY.href)) as typeof import("../src/index.ts");

const PACKETS = 40_000;
const FLOWS = 700;
const SECRET = [11, 22, 33, 44] as const;

interface Trace {
  readonly time: Uint32Array;
  readonly key: Uint32Array;
  readonly length: Uint32Array;
  readonly colorIn: Uint8Array;
}

/**
 * Late packets, too, a few or most of them; keys that differ in their upper words only, and some that differ in few bits.
 */
function traceOf(seed: number, lateOf20 = 1): Trace {
  const dice = new Dice(seed);
  const time = new BigUint64Array(PACKETS);
  const key = new Uint32Array(2 * PACKETS);
  let nowNs = 1_700_000_000_000_000_000n;
  for (let index = 0; index < PACKETS; index += 1) {
    nowNs += BigInt(dice.below(2000));
    time[index] = dice.below(20) < lateOf20 ? nowNs - BigInt(dice.below(90_000)) : nowNs;
    const flow = dice.below(FLOWS);
    key[2 * index + (flow & 1)] = flow << (flow % 7);
  }
  return {
    time: new Uint32Array(time.buffer),
    key,
    length: Uint32Array.from({ length: PACKETS }, () => 40 + dice.below(1460)),
    colorIn: Uint8Array.from({ length: PACKETS }, () => dice.below(4)),
  };
}

/** All that an engine says of a trace, in batches of `most` packets. */
function outcome(engine: MeterEngine, trace: Trace, most: number) {
  const hashes = Array.from({ length: 5 }, () => createHash("sha256"));
  for (let from = 0; from < PACKETS; from += most) {
    const to = Math.min(PACKETS, from + most);
    engine.batch.time.set(trace.time.subarray(2 * from, 2 * to));
    engine.batch.key.set(trace.key.subarray(2 * from, 2 * to));
    engine.batch.length.set(trace.length.subarray(from, to));
    engine.batch.colorIn.set(trace.colorIn.subarray(from, to));
    engine.run(to - from);
    const { color, delay, reason, levels } = engine.batch;
    const columns = [color.subarray(0, to - from), reason.subarray(0, to - from)];
    const pairs = [delay, ...levels].map((column) => column.subarray(0, 2 * (to - from)));
    for (const [index, column] of [...columns, ...pairs].entries()) hashes[index]!.update(column);
  }
  return { digests: hashes.map((hash) => hash.digest("hex")), stats: engine.stats() };
}

function byKey(records: Iterable<FlowRecord>): FlowRecord[] {
  return [...records].toSorted((left, right) => (left.key < right.key ? -1 : 1));
}

const POLICIES: readonly PolicyInput[] = [
  { meter: "token-bucket", rate: "5 Mbit/s", burst: "4 kB" },
  { meter: "srtcm", cir: "5 Mbit/s", cbs: "3 kB", ebs: "9 kB", colorAware: true },
  { meter: "trtcm", cir: "2 Mbit/s", cbs: "3 kB", pir: "4 Mbit/s", pbs: "9 kB" },
  { meter: "multi", buckets: ["2 Mbit/s 9 kB", "4 Mbit/s 6 kB", "6 Mbit/s 3 kB"] },
];

/** An engine of two threads that has run once, and the one of them that is not this one. */
async function runningShards(): Promise<{ engine: Pick<MeterEngine, "run">; worker: Terminable }> {
  // Threads of the tests before are announced late.
  await turn();
  const workers: Terminable[] = [];
  process.once("worker", (worker: Terminable) => workers.push(worker));
  const engine = weir.createShardedEngine({ ...optionsFor(POLICIES[0]!), threads: 2 });
  engine.run(1);
  await turn();
  return { engine, worker: workers[0]! };
}

interface Terminable {
  terminate(): Promise<number>;
}

function optionsFor(
  input: PolicyInput,
  extras: Partial<Omit<EngineOptions, "policy">> = {},
): EngineOptions & { policy: CompiledPolicy } {
  const policy = weir.compilePolicy(input);
  return { policy, maxFlows: 100_000, secret: SECRET, records: true, delays: true, ...extras };
}

describe("2, 3 and 4 threads answer what 1 answers", () => {
  const trace = traceOf(1);

  test.each([1, 12])("compact flows, %i of 20 packets late: colors and totals", (lateOf20) => {
    const late = traceOf(3, lateOf20);
    const options = optionsFor(POLICIES[0]!, { records: false, delays: false });
    const one = weir.createEngine(options);
    const expected = outcome(one, late, one.batchPacketsMax);
    for (const threads of [1, 2, 3, 4]) {
      const engine = weir.createShardedEngine({ ...options, compact: true, threads });
      expect(outcome(engine, late, engine.batchPacketsMax)).toStrictEqual(expected);
      engine.close();
    }
  });

  test.each(POLICIES)("$meter: colors, reasons, delays, totals, flows", (input) => {
    const options = optionsFor(input);
    const one = weir.createEngine(options);
    const expected = outcome(one, trace, one.batchPacketsMax);
    expect(expected.stats.regressions).toBeGreaterThan(0n);
    expect(expected.stats.red.packets).toBeGreaterThan(0n);
    for (const threads of [1, 2, 3, 4]) {
      const engine = weir.createShardedEngine({ ...options, threads });
      expect(engine.threads).toBe(threads);
      expect(outcome(engine, trace, engine.batchPacketsMax)).toStrictEqual(expected);
      expect(byKey(engine.flows())).toStrictEqual(byKey(one.flows()));
      engine.close();
    }
  });

  test("levels, in batches of any size, colors only", () => {
    const options = optionsFor(POLICIES[2]!, { levels: true, records: false, delays: false });
    const expected = outcome(weir.createEngine(options), trace, 4096);
    const engine = weir.createShardedEngine({ ...options, threads: 2 });
    expect(outcome(engine, trace, 777)).toStrictEqual(expected);
    expect(() => [...engine.flows()]).toThrow("records: false");
    engine.close();
  });

  test.each([1, 2, 3, 7, 17])("batches of any size in %s threads, most packets late", (threads) => {
    const late = traceOf(threads, 18);
    const options = optionsFor(POLICIES[1]!, { delays: threads === 3, records: threads === 7 });
    const expected = outcome(weir.createEngine(options), late, 4096);
    expect(expected.stats.regressions).toBeGreaterThan(BigInt(PACKETS / 2));
    const [small, large] = [333, PACKETS].map((batchPackets) =>
      weir.createShardedEngine({ ...options, threads, batchPackets }),
    );
    expect(small!.batchPacketsMax).toBe(333);
    expect(outcome(small!, late, 333)).toStrictEqual(expected);
    expect(large!.batchPacketsMax).toBe(PACKETS);
    expect(outcome(large!, late, PACKETS)).toStrictEqual(expected);
    small!.close();
    large!.close();
  });

  test("a batch of the size that is asked for, with levels, colors read by one bucket only for its reasons", () => {
    const options = optionsFor(POLICIES[0]!, { levels: true });
    const expected = outcome(weir.createEngine(options), trace, 4096);
    for (const threads of [1, 2]) {
      const engine = weir.createShardedEngine({ ...options, threads, batchPackets: 20_000 });
      expect(outcome(engine, trace, 20_000)).toStrictEqual(expected);
      engine.close();
    }
  });

  test("no packets, and a batch that is too long", () => {
    const engine = weir.createShardedEngine({ ...optionsFor(POLICIES[0]!), threads: 2 });
    engine.run(0);
    expect(engine.stats()).toMatchObject({ flows: 0, green: { packets: 0n } });
    expect([...engine.flows()]).toStrictEqual([]);
    expect(() => engine.run(engine.batchPacketsMax + 1)).toThrow("run(16385): a batch holds 0 to 16384 packets");
    engine.close();
  });

  test("both threads have about half of the flows, whatever the pattern of their keys", () => {
    for (const stride of [1, 4096, 2 ** 20]) {
      const engine = weir.createShardedEngine({ ...optionsFor(POLICIES[0]!), threads: 2 });
      for (let index = 0; index < 10_000; index += 1) {
        engine.batch.key[2 * index] = index * stride;
        engine.batch.key[2 * index + 1] = (index * stride) / 2 ** 32;
      }
      engine.run(10_000);
      // The flows of the caller's own thread come first.
      const keys = [...engine.flows()].map(({ key }) => key);
      const other = keys.findIndex((key, index) => index > 0 && key < keys[index - 1]!);
      expect(keys.length).toBe(10_000);
      expect(other).toBeGreaterThan(4700);
      expect(other).toBeLessThan(5300);
      engine.close();
    }
  });
});

describe("what cannot be", () => {
  test.each([0, 1.5, 65, Number.NaN])("%s threads", (threads) => {
    expect(() => weir.createShardedEngine({ ...optionsFor(POLICIES[0]!), threads })).toThrow(
      `threads "${threads}": must be a whole number from 1 to 64`,
    );
  });

  test.each([0, 1.5, 2 ** 26 + 1, Number.NaN])("batches of %s packets", (batchPackets) => {
    const options = { ...optionsFor(POLICIES[0]!), threads: 2, batchPackets };
    expect(() => weir.createShardedEngine(options)).toThrow(
      `batchPackets "${batchPackets}": must be a whole number from 1 to 67108864`,
    );
  });

  test("a closed engine", () => {
    const engine = weir.createShardedEngine({ ...optionsFor(POLICIES[0]!), threads: 2 });
    engine.close();
    expect(() => engine.run(1)).toThrow("threads: one of them failed (the engine was closed)");
  });

  test("a thread that has died", async () => {
    const { engine, worker } = await runningShards();
    await worker.terminate();
    expect(() => engine.run(1)).toThrow(weir.WorkerError);
    expect(() => engine.run(1)).toThrow("threads: one of them failed (it ended early)");
  });

  test("a thread that dies while it is waited for", async () => {
    const { engine, worker } = await runningShards();
    const ended = worker.terminate();
    const startMs = performance.now();
    expect(() => engine.run(16_384)).toThrow("threads: one of them failed (no answer)");
    expect(performance.now() - startMs).toBeLessThan(20_000);
    expect(() => engine.run(1)).toThrow("threads: one of them failed (no answer)");
    await ended;
  });
});

test("an engine that is left alone keeps no process alive, nor does one whose first run is under way", () => {
  const script = `
    import { compilePolicy, createShardedEngine } from ${JSON.stringify(LIBRARY.href)};
    const policy = compilePolicy({ meter: "token-bucket", rate: "1 Mbit/s", burst: "9 kB" });
    const options = { policy, maxFlows: 99, secret: [1, 2, 3, 4], records: false, delays: false, threads: 2 };
    createShardedEngine(options);
    createShardedEngine(options).run(1);
    console.log("ran");`;
  const { status, stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "--eval", script], {
    encoding: "utf8",
    timeout: 20_000,
    cwd: fileURLToPath(new URL("..", import.meta.url)),
  });
  expect({ status, stdout, stderr }).toStrictEqual({ status: 0, stdout: "ran\n", stderr: "" });
});
