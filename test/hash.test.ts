// Goal: each hash is the one it claims to be, and none shows in a verdict or makes a packet's work unbounded.
import { describe, expect, test } from "vitest";
import {
  BATCH,
  CONFIG_INTEGER_KEYS,
  COLUMN_HASH,
  PROBE_LINES_MAX,
  STAT_FLOWS,
  STAT_MOVED_LINES,
  STAT_TABLE_LINES,
  STAT_UNTRACKED_PACKETS,
} from "../assembly/abi.ts";
import { readFileSync } from "node:fs";
import { Random } from "../bench/random.ts";
import { type CoreExports, instantiateCore } from "../src/core/instance.ts";
import { configureCore } from "../src/core/setup.ts";
import { viewsOf } from "../src/core/views.ts";
import { compilePolicy } from "../src/policies.ts";

const MASK = 2n ** 64n - 1n;
const SECRET = [0x0302_0100, 0x0706_0504, 0x0b0a_0908, 0x0f0e_0d0c] as const;
const K0 = 0x0706_0504_0302_0100n;
const K1 = 0x0f0e_0d0c_0b0a_0908n;
const MULTIPLIERS = [0xff51_afd7_ed55_8ccdn, 0xc4ce_b9fe_1a85_ec53n] as const;
/** A table of 2^14 lines: its index is the top 14 bits of a hash. */
const FIRST_LINES = 16_384;

const builds = ["core.wasm", "core.scalar.wasm", "core.debug.wasm"].map(
  (name) => [name, new WebAssembly.Module(readFileSync(new URL(`../build/${name}`, import.meta.url)))] as const,
);

function createCore(module: WebAssembly.Module, trustedKeys: boolean, maxFlows = 1 << 20): CoreExports {
  const core = instantiateCore(module);
  const policy = compilePolicy({ meter: "token-bucket", rate: "1 kbit/s", burst: "150 B" });
  configureCore(core, { policy, maxFlows, secret: SECRET, records: false, delays: false, trustedKeys });
  viewsOf(core.memory).config[CONFIG_INTEGER_KEYS] = 1n;
  expect(core.initialize()).toBe(1);
  return core;
}

/** Meters one packet a key, all at the same time; answers their colors. */
function runKeys(core: CoreExports, keys: readonly bigint[], bytes = 100): number[] {
  const { key, length, time } = viewsOf(core.memory);
  new BigUint64Array(key.buffer, key.byteOffset).set(keys);
  length.fill(bytes, 0, keys.length);
  time.fill(0, 0, 2 * keys.length);
  core.run(keys.length);
  return [...viewsOf(core.memory).color.subarray(0, keys.length)];
}

function hashesOf(core: CoreExports, keys: readonly bigint[]): bigint[] {
  runKeys(core, keys);
  return [...new BigUint64Array(core.memory.buffer, BATCH + COLUMN_HASH, keys.length)];
}

function randomKeys(count: number, seed: number): bigint[] {
  const random = new Random(seed);
  return Array.from({ length: count }, () => (BigInt(random.word()) << 32n) | BigInt(random.word()));
}

function rotl(value: bigint, bits: bigint): bigint {
  return ((value << bits) | (value >> (64n - bits))) & MASK;
}

/** SipHash-1-3 of eight bytes, from the paper. */
function siphash(key: bigint): bigint {
  let [v0, v1, v2, v3] = [
    K0 ^ 0x736f_6d65_7073_6575n,
    K1 ^ 0x646f_7261_6e64_6f6dn,
    K0 ^ 0x6c79_6765_6e65_7261n,
    K1 ^ 0x7465_6462_7974_6573n,
  ];
  const round = () => {
    v0 = (v0 + v1) & MASK;
    v1 = rotl(v1, 13n) ^ v0;
    v0 = rotl(v0, 32n);
    v2 = (v2 + v3) & MASK;
    v3 = rotl(v3, 16n) ^ v2;
    v0 = (v0 + v3) & MASK;
    v3 = rotl(v3, 21n) ^ v0;
    v2 = (v2 + v1) & MASK;
    v1 = rotl(v1, 17n) ^ v2;
    v2 = rotl(v2, 32n);
  };
  for (const block of [key, 8n << 56n]) {
    v3 ^= block;
    round();
    v0 ^= block;
  }
  v2 ^= 0xffn;
  for (let index = 0; index < 3; index += 1) round();
  return v0 ^ v1 ^ v2 ^ v3;
}

function mixed(key: bigint): bigint {
  const first = ((key ^ K0 ^ ((key ^ K0) >> 33n)) * MULTIPLIERS[0]) & MASK;
  const second = ((first ^ (first >> 33n) ^ K1) * MULTIPLIERS[1]) & MASK;
  return second ^ (second >> 33n);
}

/** Inverse of an odd number modulo 2^64 (Newton: each step doubles the bits that are right). */
function inverse(odd: bigint): bigint {
  let found = odd;
  for (let step = 0; step < 5; step += 1) found = (found * (2n - odd * found)) & MASK;
  return found;
}

/** The key whose cheap hash this is: what an adversary could do who has learned the secret. */
function keyWithMixed(hash: bigint): bigint {
  const second = ((hash ^ (hash >> 33n)) * inverse(MULTIPLIERS[1])) & MASK;
  const first = second ^ K1;
  const start = ((first ^ (first >> 33n)) * inverse(MULTIPLIERS[0])) & MASK;
  return start ^ (start >> 33n) ^ K0;
}

describe.each(builds)("%s", (_, module) => {
  test.each([1, 2, 5, 6, 7, 11, 12, 4096])("%i integer keys have the SipHash-1-3 of the paper", (count) => {
    const keys = randomKeys(count, count);
    expect(hashesOf(createCore(module, false), keys)).toStrictEqual(keys.map(siphash));
  });

  test("trusted keys have the keyed finalizer, which can be undone", () => {
    const keys = randomKeys(999, 5);
    const hashes = hashesOf(createCore(module, true), keys);
    expect(hashes).toStrictEqual(keys.map(mixed));
    expect(hashes.map(keyWithMixed)).toStrictEqual(keys);
  });

  test("the verdict is the same under both", () => {
    const keys = randomKeys(2000, 6).flatMap((key) => [key, key & 0xffn]);
    const colors = runKeys(createCore(module, false), keys);
    expect(colors.filter((color) => color !== 0).length).toBeGreaterThan(1000);
    expect(runKeys(createCore(module, true), keys)).toStrictEqual(colors);
  });
});

test.each([0n, 8n, 16n, 32n, 44n, 50n])("trusted keys that differ from bit %i on spread over the lines", (shift) => {
  const keys = Array.from({ length: 4096 }, (_, index) => (BigInt(index) << shift) & MASK);
  const lines = new Map<bigint, number>();
  for (const hash of hashesOf(createCore(builds[0]![1], true), keys)) {
    lines.set(hash >> 50n, (lines.get(hash >> 50n) ?? 0) + 1);
  }
  // 4096 balls in 16384 boxes: 3624 boxes are expected to have one, and eight in one have a chance of 1e-5.
  expect(lines.size).toBeGreaterThan(3500);
  expect(Math.max(...lines.values())).toBeLessThan(8);
});

test("keys that all belong into one line take 63 lines and no more: the rest is refused, counted, and harms nobody", () => {
  const core = createCore(builds[0]![1], true);
  const others = randomKeys(1000, 7);
  runKeys(core, others);
  // All of one home line, in this table and in any larger one.
  const crowd = Array.from({ length: 4000 }, (_, index) => keyWithMixed((77n << 50n) | BigInt(index)));
  const room = 2 * PROBE_LINES_MAX;
  const colors = runKeys(core, crowd);
  const tracked = Number(viewsOf(core.memory).stats[STAT_FLOWS]!) - others.length;
  expect(tracked).toBeLessThanOrEqual(room);
  expect(tracked).toBeGreaterThan(room - 20);
  expect(colors.filter((color) => color === 0).length).toBe(tracked);
  expect(viewsOf(core.memory).stats[STAT_UNTRACKED_PACKETS]).toBe(BigInt(crowd.length - tracked));
  // The table did not grow for them: that would not have parted them.
  expect(viewsOf(core.memory).stats[STAT_TABLE_LINES]).toBe(BigInt(FIRST_LINES));
  expect(viewsOf(core.memory).stats[STAT_MOVED_LINES]).toBe(0n);
  expect(runKeys(core, others), "each has had one packet of 100 bytes: the second does not fit").toStrictEqual(
    others.map(() => 2),
  );
});

test("where keys that crowd one line bring growth forward, packets behind them in the block find their flows", () => {
  const core = createCore(builds[0]![1], true);
  const others = randomKeys(5000, 8);
  for (const keys of [others.slice(0, 2500), others.slice(2500)]) runKeys(core, keys, 50);
  // Half of them a line further on in a table of twice the lines: enough to part them.
  const crowd = Array.from({ length: 112 }, (_, index) => {
    return keyWithMixed((77n << 50n) | (BigInt(index & 1) << 49n) | BigInt(index));
  });
  const known = others.slice(0, 100);
  const colors = runKeys(core, [...crowd, ...known]);
  expect(viewsOf(core.memory).stats[STAT_TABLE_LINES]).toBe(BigInt(2 * FIRST_LINES));
  expect(colors.filter((color) => color !== 0)).toStrictEqual([]);
  expect(viewsOf(core.memory).stats[STAT_FLOWS]).toBe(BigInt(others.length + crowd.length));
  expect(runKeys(core, known), "their 150 bytes are spent").toStrictEqual(known.map(() => 2));
});
