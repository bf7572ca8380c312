// Goal: whatever a file holds, what is policed of it is its own bytes in their order: all up to where reading stopped
// when packets pass, and less exactly the records of those that are dropped; and the pieces fed change nothing.
import { expect, test } from "vitest";
import { CAPTURE_ENDED, SOURCE_DAMAGE_OFFSET, SOURCE_STATUS } from "../assembly/abi.ts";
import { compilePolicy } from "../src/policies.ts";
import { runCapture } from "./support/capture.ts";
import { FORMATS, framesOf, START_NS, STEP_NS } from "./support/casewriter.ts";
import { LINK_CASES } from "./support/linkwriter.ts";
import { Dice, mutantOf } from "./support/mutate.ts";
import { NgWriter } from "./support/ngwriter.ts";
import { policed, type PoliceCase } from "./support/policed.ts";
import { concat, writePcap } from "./support/writer.ts";

const SMALL_RUNS = 700;
const LONG_RUNS = 150;
const TIMEOUT_MS = 120_000;

/** About half of a case's 2 kB packets are red. */
const policy = compilePolicy({ meter: "token-bucket", rate: "4 kbit/s", burst: "5 kB" });
const PASSES: PoliceCase = { policy, keying: { by: "all" }, red: "pass" };
const NO_RED: PoliceCase = { ...PASSES, red: "drop" };
const NO_GREEN: PoliceCase = { ...PASSES, green: "drop" };
const NOTHING: PoliceCase = { ...PASSES, green: "drop", red: "drop" };

function smallCaptures(): Uint8Array[] {
  const byLink = LINK_CASES.map((link, index) => {
    const { frames } = framesOf(link, 3, index);
    return FORMATS[index % FORMATS.length]!.write(link.link, frames.slice(0, 8));
  });
  const { frames } = framesOf(LINK_CASES[0]!);
  return [...byLink, concat(writePcap(frames.slice(0, 5)), new Uint8Array(100))];
}

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

/** Bytes of the file up to where reading stopped. */
function readableBytes(capture: Uint8Array): number {
  const [counters] = runCapture(capture, { build: "release" }).counters;
  return Number(counters![SOURCE_STATUS]) === CAPTURE_ENDED ? capture.length : Number(counters![SOURCE_DAMAGE_OFFSET]);
}

/** Throws when what is written is not as it must be. */
async function check(mutant: Uint8Array, chunkBytes: number): Promise<void> {
  const bytesOf = async (how: PoliceCase) => Buffer.from((await policed(mutant, how)).bytes);
  const passed = await bytesOf({ ...PASSES, chunkBytes });
  if (!passed.equals(mutant.subarray(0, readableBytes(mutant)))) throw new Error("what passes is not what was read");
  const left = await bytesOf({ ...NO_RED, chunkBytes });
  if (!left.equals(await bytesOf({ ...NO_RED, build: "release" }))) throw new Error("the pieces fed change the output");
  const [green, red, none] = [left.length, (await bytesOf(NO_GREEN)).length, (await bytesOf(NOTHING)).length];
  if (green + red !== passed.length + none) throw new Error("the parts do not make up the whole");
}

async function fuzz(bases: readonly Uint8Array[], first: number, runs: number): Promise<void> {
  for (let seed = first; seed < first + runs; seed += 1) {
    const mutant = mutantOf(bases, seed);
    const chunkBytes = new Dice(~seed).pick([1 + Math.ceil(mutant.length / 64), 17, 61, 4096, Infinity]);
    try {
      await check(mutant, mutant.length > 100_000 ? Math.max(chunkBytes, 4096) : chunkBytes);
    } catch (error) {
      throw new Error(`seed ${seed}, ${mutant.length} bytes, fed ${chunkBytes}: ${(error as Error).message}`, {
        cause: error,
      });
    }
  }
}

test(
  `${SMALL_RUNS} mutants`,
  async () => {
    await expect(fuzz(smallCaptures(), 0, SMALL_RUNS)).resolves.toBeUndefined();
  },
  TIMEOUT_MS,
);

test(
  `${LONG_RUNS} mutants of captures longer than the window`,
  async () => {
    await expect(fuzz(longCaptures(), 1_000_000, LONG_RUNS)).resolves.toBeUndefined();
  },
  TIMEOUT_MS,
);
