// Goal: nobody can tell that packets of flows that are not near are metered behind the others of their block.
import { describe, expect, test } from "vitest";
import { CHUNK_RECORDS_BITS } from "../assembly/abi.ts";
import { Random, scramble } from "../bench/random.ts";
import { type CoreEngine, createCoreEngine } from "../src/core/engine.ts";
import { coreModule } from "../src/core/module.node.ts";
import { compilePolicy } from "../src/policies.ts";
import { createReferenceEngine } from "../src/reference/meter.ts";
import type { CompiledPolicy, FlowRecord } from "../src/types.ts";
import { engineOptions } from "./support/engines.ts";
import { type Packet, runPackets } from "./support/run.ts";

const MAX_FLOWS = 1 << 18;
/** What one chunk of records has, but for the one of untracked packets. */
const CHUNK_FLOWS = (1 << CHUNK_RECORDS_BITS) - 1;
const NEWCOMERS = 64;
const NOW_NS = 1_000_000n;
/** The bucket holds 1000 bytes and takes eight milliseconds to drain. */
const BYTES = 900;
const TOO_LARGE_BYTES = 1001;

const METERS = [
  ["one bucket", compilePolicy({ meter: "token-bucket", rate: "1 Mbit/s", burst: "1000 B" })],
  ["two buckets", compilePolicy({ meter: "srtcm", cir: "1 Mbit/s", cbs: "1000 B", ebs: "1000 B" })],
] as const;

const options = (policy: CompiledPolicy) =>
  engineOptions(policy, { maxFlows: MAX_FLOWS, expectedFlows: MAX_FLOWS, records: true, delays: false, levels: false });

function packetsOf(keys: readonly bigint[], timeNs: bigint, length: number): Packet[] {
  return keys.map((key) => ({ key, timeNs, length }));
}

function keysFrom(first: number, count: number): bigint[] {
  return Array.from({ length: count }, (_, index) => BigInt(scramble(first + index)));
}

/** Drained flows as many as one chunk of records has, in a table that they do not fill; then memory ends. */
function createFullEngine(policy: CompiledPolicy): CoreEngine {
  const engine = createCoreEngine(coreModule(), options(policy));
  runPackets(engine, packetsOf(keysFrom(0, CHUNK_FLOWS), 0n, 0));
  for (let bytes = 2 ** 31; bytes >= 64; bytes /= 2) while (engine.core.reserve(bytes) !== 0);
  return engine;
}

/** Keys of the flows that newcomers take the places of when nobody else sends. */
function victimsOf(policy: CompiledPolicy, newcomers: readonly Packet[]): bigint[] {
  const engine = createFullEngine(policy);
  const before = [...engine.flows()].map(({ key }) => key);
  runPackets(engine, newcomers);
  const after = new Set([...engine.flows()].map(({ key }) => key));
  return before.filter((key) => !after.has(key));
}

function packetsIn({ green, yellow, red }: FlowRecord): bigint {
  return green.packets + yellow.packets + red.packets;
}

function bytesOf({ green, yellow, red }: FlowRecord): bigint {
  return green.bytes + yellow.bytes + red.bytes;
}

describe.each(METERS)("%s", (_, policy) => {
  const newcomers = packetsOf(keysFrom(CHUNK_FLOWS, NEWCOMERS), NOW_NS, BYTES);
  const victims = victimsOf(policy, newcomers);

  test.each([
    { length: BYTES, afterNs: 1n, name: "later" },
    { length: BYTES, afterNs: 0n, name: "at the same time" },
    { length: TOO_LARGE_BYTES, afterNs: 1n, name: "which can never conform" },
    { length: 0, afterNs: 0n, name: "of no length at the same time" },
  ])("where memory has ended, no flow is dropped that a packet behind the new one used: $name", (packet) => {
    expect(victims.length).toBeGreaterThanOrEqual(NEWCOMERS);
    const used = packetsOf(victims, NOW_NS + packet.afterNs, packet.length);
    const again = packetsOf(victims, NOW_NS + 2n, BYTES);
    const batches = [[...newcomers, ...used], again];
    const engine = createFullEngine(policy);
    const reference = createReferenceEngine(options(policy));
    for (const batch of batches) {
      expect(runPackets(engine, batch).colors).toStrictEqual(runPackets(reference, batch).colors);
    }
    const expected = new Map(again.map(({ key }) => [key, BigInt(packet.length + BYTES)]));
    for (const { key } of newcomers) expected.set(key, BigInt(BYTES));
    const flows = [...engine.flows()].filter((record) => bytesOf(record) !== 0n);
    expect(new Map(flows.map((record) => [record.key, bytesOf(record)]))).toStrictEqual(expected);
    const isNew = new Set(newcomers.map(({ key }) => key));
    expect(flows.filter((record) => isNew.has(record.key) && packetsIn(record) !== 1n)).toStrictEqual([]);
  });

  test("totals of flows are those of packets metered one by one", () => {
    const random = new Random(20_261_125);
    const packets = Array.from({ length: 200_000 }, (_unused, index) => ({
      timeNs: BigInt(index) * 1000n,
      length: random.below(TOO_LARGE_BYTES + 1),
      key: BigInt(scramble(random.below(3) === 0 ? random.below(45_000) : random.below(3000))),
    }));
    const [alone, together] = [[1], []].map((cuts) => {
      const engine = createCoreEngine(coreModule(), { ...options(policy), expectedFlows: 0 });
      const { colors, stats } = runPackets(engine, packets, cuts);
      return { colors, stats, flows: [...engine.flows()] };
    });
    expect(together).toStrictEqual(alone);
  });
});
