// Goal: where times go back and forth, `weir police --red drop` meters each packet at the clock of those that passed before
// it, so that what it writes is metered again as it was and nothing is refused.
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { COLOR_RED } from "../../assembly/abi.ts";
import { hasPassedClock } from "../../src/police/clock.ts";
import { createFlowMeter } from "../../src/reference/flowmeters.ts";
import type { Color, CompiledPolicy, Policy } from "../../src/types.ts";
import { runCapture } from "../support/capture.ts";
import { disorderedFrames, FORGETFUL, pcapngOf, UNFORGETFUL, type DisorderedFrame } from "../support/disorder.ts";
import { actionsOf, policed } from "../support/policed.ts";
import { compileText } from "../support/policytext.ts";

const RUNS = 120;
const SEED = 20_260_404;
/** AF12 arrives yellow, AF13 red. */
const COLORS_IN: ReadonlyMap<number, Color> = new Map([
  [12, 1],
  [14, 2],
]);

/** What becomes of each frame that is metered, and what is written. */
interface Expected {
  readonly timesNs: readonly bigint[];
  readonly kept: readonly DisorderedFrame[];
  readonly earlier: bigint;
}

type Judge = (frame: DisorderedFrame, nowNs: bigint, kept: readonly DisorderedFrame[]) => Color;

/** The clock of what passes, as a few lines; `colorOf` is asked in order, and sees what passed before. */
function expected(frames: readonly DisorderedFrame[], skipOther: boolean, colorOf: Judge): Expected {
  const timesNs: bigint[] = [];
  const kept: DisorderedFrame[] = [];
  let [carriedNs, newestNs, earlier] = [0n, 0n, 0n];
  for (const frame of frames) {
    const ownNs = frame.hasTime ? frame.timeNs : 0n;
    const nowNs = ownNs > carriedNs ? ownNs : carriedNs;
    if (ownNs > newestNs) newestNs = ownNs;
    const isMetered = frame.hasIp || !skipOther;
    if (isMetered) timesNs.push(frame.hasTime ? frame.timeNs : nowNs);
    if (isMetered && nowNs < newestNs) earlier += 1n;
    if (isMetered && colorOf(frame, nowNs, kept) === COLOR_RED) continue;
    kept.push(frame);
    carriedNs = nowNs;
  }
  return { timesNs, kept, earlier };
}

/** The definition, of which a refused packet's next state is forgotten. */
function twinOf(policy: CompiledPolicy): Judge {
  const meter = createFlowMeter(policy.definition, "all-or-none", () => {
    throw new Error("no groups here");
  });
  const states = new Map<string, unknown>();
  return ({ source, hasIp, dscp, originalBytes }, nowNs) => {
    const key = hasIp ? source : "other";
    const packet = { lengthBytes: originalBytes!, colorIn: (hasIp ? COLORS_IN.get(dscp) : undefined) ?? 0 };
    const { color, next } = meter.offer(states.get(key) ?? meter.fresh(nowNs), packet, nowNs);
    if (color !== COLOR_RED) states.set(key, next);
    return color;
  };
}

/** What `weir meter` makes of a packet behind those that passed. */
function meterBehind(policy: Policy, skipOther: boolean): Judge {
  return (frame, _, kept) => {
    const { colors } = runCapture(pcapngOf([...kept, frame]), { policy, skipOther, build: "release" });
    return colors.at(-1) as Color;
  };
}

interface How {
  readonly skipOther: boolean;
  readonly delays: boolean;
  readonly chunkBytes: number;
}

const how: fc.Arbitrary<How> = fc.record({
  skipOther: fc.boolean(),
  delays: fc.boolean(),
  chunkBytes: fc.constantFrom(Infinity, 1, 97, 1000),
});

/** Answers how many packets were metered before the newest time. */
async function check(policy: Policy, frames: readonly DisorderedFrame[], { skipOther, delays, chunkBytes }: How) {
  const capture = pcapngOf(frames);
  const options = { policy, skipOther, build: "release" } as const;
  const colorOf = policy.meter === "classes" ? meterBehind(policy, skipOther) : twinOf(policy as CompiledPolicy);
  const { timesNs, kept, earlier } = expected(frames, skipOther, colorOf);
  const left = await policed(capture, { ...options, delays, chunkBytes });
  expect(left.timesNs).toEqual(timesNs);
  expect(left.earlier).toBe(earlier);
  expect(Buffer.compare(left.bytes, pcapngOf(kept))).toBe(0);
  expect(runCapture(left.bytes, options).colors).toEqual(left.colors.filter((color) => color !== COLOR_RED));
  if (earlier === 0n) expect(left.colors).toEqual(runCapture(capture, options).colors);
  return earlier;
}

function laterBy(frame: DisorderedFrame, ns: bigint): DisorderedFrame {
  return { ...frame, timeNs: frame.timeNs + ns };
}

describe("what passes is metered again as it was", () => {
  test.each(FORGETFUL)("%s", async (text) => {
    const policy = await compileText(text);
    expect(hasPassedClock(policy, actionsOf({}))).toBe(true);
    let earlier = 0n;
    const property = fc.asyncProperty(disorderedFrames(24), how, async (frames, each) => {
      earlier += await check(policy, frames, each);
    });
    await fc.assert(property, { numRuns: RUNS, seed: SEED });
    expect(earlier).toBeGreaterThan(0n);
  });

  test("in captures of several batches, wherever they are cut", async () => {
    const policy = await compileText(FORGETFUL[0]);
    const frames = fc.sample(disorderedFrames(500), { numRuns: 1, seed: SEED })[0]!;
    const many = Array.from({ length: 9000 }, (_, index) => frames[index % frames.length]!);
    const ordered = many.map((frame, index) => laterBy(frame, BigInt(index) * 100_000_000n));
    for (const bytes of [Infinity, 5000]) {
      for (const skipOther of [false, true]) {
        const each = { skipOther, delays: false, chunkBytes: bytes };
        expect(await check(policy, ordered, each)).toBeGreaterThan(0n);
      }
    }
  });
});

test.each(UNFORGETFUL)("a refused packet counts, and carries the clock: %s", async (text) => {
  const policy = await compileText(text);
  expect(hasPassedClock(policy, actionsOf({}))).toBe(false);
  const property = fc.asyncProperty(disorderedFrames(24), how, async (frames, { skipOther, delays, chunkBytes }) => {
    const capture = pcapngOf(frames);
    const { colors, earlier } = await policed(capture, { policy, skipOther, delays, chunkBytes, build: "release" });
    expect({ colors, earlier }).toEqual({
      colors: runCapture(capture, { policy, skipOther, build: "release" }).colors,
      earlier: 0n,
    });
  });
  await fc.assert(property, { numRuns: 20, seed: SEED });
});

test("red that passes carries the clock", async () => {
  const policy = await compileText(FORGETFUL[0]);
  for (const red of ["pass", "dscp:cs1", "ecn"]) expect(hasPassedClock(policy, actionsOf({ red }))).toBe(false);
});
