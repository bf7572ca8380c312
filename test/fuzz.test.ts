// Goal: no file makes the core trap, hang, lose a byte or read past the bytes it was given, in one piece or in many.
import { readdirSync, readFileSync } from "node:fs";
import { isDeepStrictEqual } from "node:util";
import { expect, test } from "vitest";
import { runCaptures } from "./support/capture.ts";
import { FORMATS, framesOf, START_NS, STEP_NS } from "./support/casewriter.ts";
import { LINK_CASES } from "./support/linkwriter.ts";
import { Dice, mutantOf } from "./support/mutate.ts";
import { comparable, MutateSession } from "./support/mutatesession.ts";
import { NgWriter } from "./support/ngwriter.ts";
import { concat, writePcap } from "./support/writer.ts";

const RUNS = 100_000;
const BLOCK_RUNS = 5000;
const LONG_RUNS = 1000;
const MERGES = 1000;

const FIXTURES = new URL("fixtures/", import.meta.url);
const FIXTURE_BYTES_MAX = 2000;

function fixtures(): Uint8Array[] {
  const names = readdirSync(FIXTURES).filter((name) => /\.pcap(?:ng)?$/.test(name));
  return names.map((name) => readFileSync(new URL(name, FIXTURES))).filter(({ length }) => length < FIXTURE_BYTES_MAX);
}

/** Few frames of each link type, each in a format of its own; interfaces of all kinds; the fixtures. */
function smallCaptures(): Uint8Array[] {
  const byLink = LINK_CASES.map((link, index) => {
    const { frames } = framesOf(link);
    const some = [0, 11, 22, 33].map((step) => frames[(step + index) % frames.length]!);
    const cut = some.map((frame, at) => ({ ...frame, bytes: frame.bytes.subarray(0, 24 + 12 * at + index) }));
    return FORMATS[index % FORMATS.length]!.write(link.link, index % 3 === 0 ? cut : some);
  });
  const [first, second] = framesOf(LINK_CASES[0]!).frames;
  const mixed = new NgWriter("big")
    .interface({ snapBytes: 64, resolution: { base: 2, exponent: 20 }, offsetSec: -5n })
    .interface({ link: 113, resolution: { base: 10, exponent: 12 } })
    .others()
    .packet(first!)
    .simplePacket(second!.bytes)
    .stamped(12_345n, first!.bytes, 1)
    .section()
    .interface()
    .oldPacket(second!);
  return [...byLink, ...fixtures(), mixed.done(), concat(writePcap([first!, second!]), new Uint8Array(100))];
}

/** Records and blocks longer than the window. */
function longCaptures(): Uint8Array[] {
  const { frames } = framesOf(LINK_CASES[0]!);
  const long = { timeNs: START_NS + STEP_NS, bytes: concat(frames[1]!.bytes, new Uint8Array(280_000)) };
  const writer = new NgWriter().interface().packet(frames[0]!).packet(long).packet(frames[2]!);
  writer.block(0xbad, new Uint8Array(300_000)).simplePacket(long.bytes).packet(frames[3]!);
  return [
    writePcap([frames[0]!, long, frames[2]!]),
    writePcap([long, frames[3]!, long], { order: "big", clock: "modified" }),
    writer.done(),
  ];
}

const SMALL = smallCaptures();
const LONG = longCaptures();
const POISONS = [0x00, 0xff, 0x45, 0x60, 0x0a];

/**
 * Meters the mutant of each seed twice: by the build for users and by the one with assertions, over other leftovers in
 * the window, and in other pieces.
 */
function fuzz(bases: readonly Uint8Array[], seeds: Iterable<number>): void {
  const sessions = [new MutateSession("release", 0x00), new MutateSession("debug", 0xff)] as const;
  for (const seed of seeds) {
    const mutant = mutantOf(bases, seed);
    const dice = new Dice(~seed);
    const poison = dice.below(POISONS.length);
    const chunkBytes = chunkFor(mutant, dice);
    try {
      const whole = sessions[0].run(mutant, { poison: POISONS[poison]!, chunkBytes: Infinity });
      const pieces = sessions[1].run(mutant, { poison: POISONS[(poison + 1) % POISONS.length]!, chunkBytes });
      if (Buffer.compare(whole, pieces) !== 0) throw new Error(`answers differ when fed ${chunkBytes} bytes at a time`);
    } catch (error) {
      throw new Error(`seed ${seed}, ${mutant.length} bytes: ${(error as Error).message}`, { cause: error });
    }
  }
}

function chunkFor(mutant: Uint8Array, dice: Dice): number {
  return dice.pick([1 + Math.ceil(mutant.length / 64), 17, 61, 4096, Infinity]);
}

function* range(start: number, count: number): Generator<number> {
  for (let seed = start; seed < start + count; seed += 1) yield seed;
}

test.each([...range(0, RUNS / BLOCK_RUNS)])(
  `${BLOCK_RUNS} mutants, block %d`,
  (block) => expect(() => fuzz(SMALL, range(block * BLOCK_RUNS, BLOCK_RUNS))).not.toThrow(),
  60_000,
);

test(`${LONG_RUNS} mutants of captures longer than the window`, () => {
  expect(() => fuzz(LONG, range(2_000_000, LONG_RUNS))).not.toThrow();
}, 60_000);

test(`${MERGES} merges of four mutants`, () => {
  for (const merge of range(3_000_000, MERGES)) {
    const captures = [...range(4 * merge, 4)].map((seed) => mutantOf(SMALL, seed));
    const dice = new Dice(merge);
    const whole = runCaptures(captures, { build: "release" });
    const pieces = runCaptures(captures, { chunkBytes: captures.map((capture) => chunkFor(capture, dice)) });
    const [left, right] = [whole, pieces].map(({ rows, colors, stats, counters }) => ({
      rows,
      colors,
      stats,
      counters: counters.map((words) => comparable(words)),
    }));
    expect({ merge, same: isDeepStrictEqual(left, right) }).toEqual({ merge, same: true });
  }
}, 60_000);

/** Mutants that once showed a fault; other small captures would make others of these seeds (see captures.test.ts too). */
test.each([
  { fault: "a zero record with a dialect's field behind it was read for ever", seed: 445 },
  { fault: "the dialect was chosen by as much as had come", seed: 5 },
])("$fault", ({ seed }) => expect(() => fuzz(SMALL, [seed])).not.toThrow());
