// What packets are like before the policy is known: gaps and lengths are named relative to its buckets.
import * as fc from "fast-check";

export const TIME_MAX = 2n ** 64n - 1n;

/** Few, so that flows are shared; extremes, and strides that a weak hash would pile up. */
export const KEYS = [0n, TIME_MAX, 1n, 2n ** 32n, 2n ** 63n, 2n ** 16n, 2n ** 17n, 3n * 2n ** 48n, 0xffff_ffffn];
const ORIGINS = [0n, 1n, 1_700_000_000_000_000_000n, 2n ** 62n, 2n ** 63n - 500n, TIME_MAX - 5000n, TIME_MAX];

const GAPS = [
  "tie",
  "tie",
  "tie",
  "ns",
  "unit",
  "unitUp",
  "level",
  "levelUp",
  "part",
  "part",
  "ready",
  "ready",
  "almostReady",
  "seconds",
  "far",
  "back",
  "farBack",
  "end",
] as const;
const LONG_GAPS = new Set<Move["gap"]>(["seconds", "far", "farBack", "end"]);
const LENGTHS = [
  "zero",
  "one",
  "small",
  "mtu",
  "part",
  "part",
  "part",
  "level",
  "belowLevel",
  "aboveLevel",
  "max",
] as const;

/** What a packet is like, before the policy is known. */
export interface Move {
  readonly gap: (typeof GAPS)[number];
  readonly length: (typeof LENGTHS)[number];
  readonly factor: bigint;
  /** Picks the bucket and the level of it that gap and length are derived from. */
  readonly edge: number;
  readonly level: number;
  readonly key: number;
  readonly nodes: readonly [number, number, number];
  readonly colorIn: number;
  readonly class: number;
}

/** Some packets are spread over so many classes; what a policy has not got is its last one. */
const CLASSES_SPREAD = 12;
const node = fc.nat(2);
const moves: fc.Arbitrary<Move> = fc.record({
  gap: fc.constantFrom(...GAPS),
  length: fc.constantFrom(...LENGTHS),
  factor: fc.bigInt(1n, 2000n),
  edge: fc.nat(15),
  level: fc.nat(5),
  key: fc.nat(KEYS.length - 1),
  nodes: fc.tuple(node, node, node),
  colorIn: fc.constantFrom(0, 0, 0, 0, 1, 1, 2, 3, 255),
  class: fc.oneof(
    { weight: 7, arbitrary: fc.constantFrom(0, 0, 0, 1, 1, 2, 3) },
    { weight: 2, arbitrary: fc.nat(CLASSES_SPREAD - 1) },
    { weight: 1, arbitrary: fc.constant(65_535) },
  ),
});

/** What the packets of a trace have in common, and each of them. */
export interface Script {
  readonly originNs: bigint;
  /** How many of the keys occur. */
  readonly keyCount: number;
  readonly moves: readonly Move[];
}

interface Parts {
  readonly origins: readonly bigint[];
  readonly keyCounts: readonly number[];
  readonly packetsMin: number;
  readonly packetsMax: number;
}

function scriptsOf(
  each: fc.Arbitrary<Move>,
  { origins, keyCounts, packetsMin, packetsMax }: Parts,
): fc.Arbitrary<Script> {
  return fc.record({
    originNs: fc.constantFrom(...origins),
    keyCount: fc.constantFrom(...keyCounts),
    moves: fc.array(each, { minLength: packetsMin, maxLength: packetsMax, size: "max" }),
  });
}

/** Anything goes. */
export function scripts(packetsMax: number): fc.Arbitrary<Script> {
  return scriptsOf(moves, { origins: ORIGINS, keyCounts: [1, 2, 4, KEYS.length], packetsMin: 1, packetsMax });
}

/** Packets that are spread evenly over many classes. */
export function spreadScripts(packetsMin: number, packetsMax: number): fc.Arbitrary<Script> {
  const spread = fc
    .tuple(moves, fc.nat(CLASSES_SPREAD - 1))
    .map(([one, index]) => Object.assign({}, one, { class: index }));
  return scriptsOf(spread, { origins: ORIGINS, keyCounts: [1, 2, 4], packetsMin, packetsMax });
}

/** Scripts of one number each: they take no time to draw, and shrink in their length only. */
export function drawnScripts(packetsMax: number): fc.Arbitrary<Script> {
  const gaps = GAPS.filter((gap) => !LONG_GAPS.has(gap));
  const lengths = LENGTHS.filter((length) => length !== "max");
  const parts = { seed: fc.integer({ min: 1, max: 0xffff_ffff }), packets: fc.integer({ min: 1, max: packetsMax }) };
  return fc.record(parts).map(({ seed, packets }) => {
    let state = seed;
    const below = (limit: number): number => {
      state ^= state << 13;
      state ^= state >>> 17;
      state ^= state << 5;
      return (state >>> 0) % limit;
    };
    const drawn = Array.from({ length: packets }, (): Move => {
      const [gap, length] = [gaps[below(gaps.length)]!, lengths[below(lengths.length)]!];
      const [factor, edge, level, key] = [BigInt(1 + below(2000)), below(16), below(6), below(KEYS.length)];
      return { gap, length, factor, edge, level, key, nodes: [0, 0, 0], colorIn: 0, class: 0 };
    });
    return { originNs: BigInt(below(2)), keyCount: KEYS.length, moves: drawn };
  });
}

/** Room is left to scale: no gap and no length is large by itself. */
export function gentleScripts(packetsMax: number): fc.Arbitrary<Script> {
  const gentle = moves.map((one): Move => {
    const isLong = LONG_GAPS.has(one.gap) || one.length === "max";
    return isLong ? Object.assign({}, one, { gap: "ns", length: "small" }) : one;
  });
  return scriptsOf(gentle, { origins: [0n, 1n, 10n ** 9n], keyCounts: [1, 2, 4], packetsMin: 1, packetsMax });
}
