/** What assembly/abi.ts lays out: portable constants, indices that do not collide, regions that do not overlap. */
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import * as abi from "../assembly/abi.ts";
import * as classifier from "../assembly/abi/classifier.ts";
import * as departures from "../assembly/abi/departures.ts";
import * as link from "../assembly/abi/link.ts";
import * as rewrite from "../assembly/abi/rewrite.ts";
import * as shaper from "../assembly/abi/shaper.ts";
import * as shards from "../assembly/abi/shards.ts";
import { pieceRows } from "../src/threads/exchange.ts";
import { codeOf } from "./support/scan.ts";

const FOLDER = new URL("../assembly/abi/", import.meta.url);
/** All parts as one: names and indices are unique across them. */
const text = [
  new URL("../assembly/abi.ts", import.meta.url),
  ...readdirSync(FOLDER).map((name) => new URL(name, FOLDER)),
]
  .map((file) => readFileSync(file, "utf8"))
  .join("\n");
const parts = [abi, classifier, departures, link, rewrite, shaper, shards];
const values = Object.assign({}, ...parts) as Readonly<Record<string, number>>;
const CACHE_PAGE_BYTES = 4096;

interface Constant {
  readonly name: string;
  readonly value: number;
  /** What is said behind it on its line. */
  readonly remark: string;
}

/** The constants whose names begin so, in the order of the file. */
function constants(prefix: string): Constant[] {
  return [...text.matchAll(/^export const (\w+) = [^;]+;(?: \/\/ (.*))?$/gmu)]
    .map(([, name = "", remark = ""]) => ({ name, value: values[name]!, remark }))
    .filter(({ name }) => name.startsWith(prefix));
}

function words(prefix: string): number[] {
  return constants(prefix)
    .filter(({ name }) => !name.endsWith("_WORDS"))
    .flatMap(({ value, remark }) => (remark.startsWith("three, by color") ? [value, value + 1, value + 2] : [value]));
}

function last(prefix: string): number {
  return Math.max(...words(prefix));
}

/** Bytes of a column's item, from its remark. */
function bytesOf({ name, remark }: Constant): number {
  if (remark.startsWith("KEY_BYTES")) return abi.KEY_BYTES;
  const [, bits] = /^u(8|16|32|64)\b/u.exec(remark) ?? [];
  if (bits === undefined) throw new Error(`${name} does not say how wide it is`);
  return Number(bits) / 8;
}

interface Region {
  readonly name: string;
  readonly start: number;
  readonly bytes: number;
}

/** Pairs of neighbors, in the order of their addresses, that share bytes. */
function overlaps(regions: readonly Region[]): string[] {
  const sorted = regions.toSorted((left, right) => left.start - right.start);
  return sorted.flatMap(({ name, start, bytes }, index) => {
    const next = sorted[index + 1];
    return next !== undefined && start + bytes > next.start ? [`${name} reaches into ${next.name}`] : [];
  });
}

describe("every line", () => {
  test("is a constant without a type, or a comment", () => {
    const other = codeOf(text)
      .split("\n")
      .map((line) => line.trim())
      .filter((line) => line !== "" && !/^export const [A-Z][A-Z\d_]* = -?(?:\d+|0x[\da-f]+);$/u.test(line));
    expect(other).toStrictEqual([]);
    expect(constants("").length).toBe(Object.keys(values).length);
  });

  test("holds literals below 2^31 only: asc reads larger ones as negative", () => {
    const literals = codeOf(text).matchAll(/\b(?:0x[\da-f]+|\d+)\b/giu);
    expect([...literals].map(([literal]) => Number(literal)).filter((value) => value >= 2 ** 31)).toStrictEqual([]);
  });
});

describe("indices", () => {
  test.for(["STAT_", "SOURCE_"])("%s are unique, below their number, and leave no gap", (prefix) => {
    const used = words(prefix).toSorted((left, right) => left - right);
    expect(used).toStrictEqual(Array.from({ length: values[`${prefix}WORDS`]! }, (_, index) => index));
  });

  test.for([
    "CONFIG_",
    "KIND_",
    "BY_",
    "CAPTURE_",
    "FORMAT_",
    "COLOR_",
    "DECODE_",
    "PROFILE_",
    "BUCKET_",
    "KERNEL_",
    "REASON_",
    "CHARGE_",
    "ACTION_",
  ])("%s are unique", (prefix) => {
    const used = words(prefix);
    expect(used.length).toBeGreaterThan(1);
    expect(new Set(used).size).toBe(used.length);
  });
});

/** Columns of captures alone: they lie in the column of the caller's keys. */
function isOfCaptures({ name }: Region): boolean {
  return name in departures;
}

describe("columns of a batch", () => {
  const all = constants("COLUMN_").map((column) => {
    return {
      name: column.name,
      start: column.value,
      bytes: bytesOf(column) * abi.BATCH_PACKETS_MAX,
      item: bytesOf(column),
    };
  });
  const columns = all.filter((column) => !isOfCaptures(column));

  test("of captures alone lie where the caller's keys would", () => {
    const userKeys = { name: "the end of the keys", start: abi.COLUMN_FLOW, bytes: 0 };
    const within = all.filter(isOfCaptures);
    expect(Math.min(...within.map(({ start }) => start))).toBe(abi.COLUMN_USER_KEY);
    expect(overlaps([...within, userKeys])).toStrictEqual([]);
  });

  test("do not overlap and fit their set", () => {
    expect(columns.length).toBeGreaterThan(10);
    const ends = [
      { name: "the set's end", start: abi.COLUMNS_BYTES, bytes: 0 },
      { name: "the text", start: abi.TEXT - abi.BATCH, bytes: 0 },
    ];
    expect(overlaps([...columns, ...ends])).toStrictEqual([]);
  });

  test("are aligned to their items", () => {
    expect(columns.filter(({ start, item }) => (abi.BATCH + start) % Math.min(item, 8) !== 0)).toStrictEqual([]);
    expect(abi.COLUMNS_BYTES % 8).toBe(0);
  });

  test("do not alias: their addresses differ modulo a page", () => {
    const places = columns.map(({ start }) => start % CACHE_PAGE_BYTES);
    expect(new Set(places).size).toBe(places.length);
  });
});

describe("columns of batches that cores share", () => {
  const threads = Array.from({ length: shards.SHARDS_MAX - 1 }, (_, index) => index + 2);
  const pieces = threads.map((count) => pieceRows(shards.ROUND_PACKETS_MAX, count));
  const runRows = Math.max(...pieces.map((rows, index) => rows * threads[index]!));
  const columns = [...constants("PIECE_"), ...constants("RUN_")]
    .filter(({ name }) => name !== "PIECE_ROWS_STEP")
    .map((column) => {
      const rows = column.name.startsWith("PIECE_") ? Math.max(...pieces) : runRows;
      return { name: column.name, start: column.value, bytes: bytesOf(column) * rows };
    });

  test("do not overlap, and those that there are two of lie together", () => {
    expect(columns.length).toBe(22);
    const second = shards.HEADS + shards.ROUND_BYTES;
    const others = [
      { name: "the heads", start: shards.HEADS, bytes: shards.SHARDS_MAX * shards.HEAD_BYTES },
      { name: "the other round", start: second, bytes: shards.ROUND_BYTES },
      { name: "the end", start: shards.SHARD_BYTES, bytes: 0 },
    ];
    expect(overlaps([...columns, ...others])).toStrictEqual([]);
    expect(shards.HEAD_COUNTS + 4 * shards.SHARDS_MAX).toBeLessThanOrEqual(shards.HEAD_BYTES);
  });

  test("are aligned to a cache line, and rows fit in 16 bits", () => {
    expect(columns.filter(({ start }) => start % abi.LINE_BYTES !== 0)).toStrictEqual([]);
    expect(shards.ROUND_BYTES % abi.LINE_BYTES).toBe(0);
    expect(Math.max(...pieces)).toBeLessThanOrEqual(2 ** 16);
  });
});

describe("fixed addresses", () => {
  const regions = [
    { name: "STATS", start: abi.STATS, bytes: 8 * abi.STAT_WORDS },
    { name: "CONFIG", start: abi.CONFIG, bytes: 8 * (last("CONFIG_") + 1) },
    { name: "PROFILE", start: abi.PROFILE, bytes: abi.PROFILE_BYTES },
    { name: "RECORD_CHUNKS", start: abi.RECORD_CHUNKS, bytes: 4 * abi.CHUNKS_MAX },
    { name: "KEY_CHUNKS", start: abi.KEY_CHUNKS, bytes: 4 * abi.CHUNKS_MAX },
    // Its length is the arena's affair; what follows it bounds it there.
    { name: "FREE_REGIONS", start: abi.FREE_REGIONS, bytes: 8 },
    { name: "BATCH", start: abi.BATCH, bytes: abi.COLUMNS_BYTES },
    { name: "TEXT", start: abi.TEXT, bytes: abi.TEXT_BYTES },
    { name: "ARENA_BASE", start: abi.ARENA_BASE, bytes: 0 },
  ];

  test("do not overlap, and begin above the compiler's data", () => {
    expect(overlaps(regions)).toStrictEqual([]);
    expect(Math.min(...regions.map(({ start }) => start))).toBe(abi.FIXED_BASE);
  });

  test("lie in the memory that a module starts with", () => {
    const config = readFileSync(new URL("../asconfig.json", import.meta.url), "utf8");
    const { options } = JSON.parse(config) as { options: { initialMemory: number } };
    expect(abi.ARENA_BASE).toBeLessThanOrEqual(options.initialMemory * 65_536);
  });

  test("are aligned: words to 8 bytes, lines to a line", () => {
    expect(regions.filter(({ start }) => start % 8 !== 0)).toStrictEqual([]);
    for (const line of [abi.BATCH, abi.ARENA_BASE]) expect(line % abi.LINE_BYTES).toBe(0);
  });
});

test("buckets fit their profile, and a profile's fields its length", () => {
  const bucketBytes = last("BUCKET_") + 8;
  expect(abi.PROFILE_BUCKET0 + bucketBytes).toBeLessThanOrEqual(abi.PROFILE_BUCKET1);
  expect(abi.PROFILE_BUCKET1 + bucketBytes).toBeLessThanOrEqual(abi.PROFILE_GROUP);
  expect(abi.PROFILE_TICKS_PER_LEVEL + 8).toBeLessThanOrEqual(abi.PROFILE_BYTES);
  expect(abi.PROFILE_RULES + 12).toBeLessThanOrEqual(abi.PROFILE_CAP);
  expect(abi.CLASS_REFUSED + 16 * abi.PATH_NODES_MAX).toBeLessThanOrEqual(abi.CLASS_BYTES);
});

test("keys, slots and records fit where they are kept", () => {
  expect(Math.max(abi.KEY_PREFIX, abi.KEY_KIND, abi.KEY_LENGTH)).toBeLessThan(abi.KEY_BYTES);
  // Two IPv6 addresses, two ports, a protocol.
  expect(abi.KEY_PREFIX).toBeGreaterThanOrEqual(16 + 16 + 2 + 2 + 1);
  expect(abi.LINE_BYTES % abi.SLOT_BYTES).toBe(0);
  expect(abi.RECORD_LAST + 8).toBe(abi.RECORD_BYTES);
  expect(abi.RECORD_PACKETS + 24).toBe(abi.RECORD_BYTE_COUNTS);
  expect(abi.RECORD_BYTE_COUNTS + 24).toBe(abi.RECORD_FIRST);
});
