// Policies that are metered over millions of packets: one a kind, and one a way in which the pure-JS engine runs them.
import { ZERO, fraction } from "../../src/reference/rational.ts";
import type { BucketDefinition, Check, CostRule, DualMode, MeterDefinition, Policy } from "../../src/types.ts";
import { classPolicyOf, compiledWithPeers, entryOf, meteredClass } from "./classpolicies.ts";
import { compiledFromDefinition } from "./profile.ts";
import { weightedPolicy, type Share } from "./weightedpolicies.ts";

export interface StreamRow {
  readonly name: string;
  readonly policy: Policy;
  /** Which loop of the pure-JS engine runs it: float64 for one bucket, two or a counter; words; BigInt. */
  readonly loop: "NarrowKernel" | "NarrowPairKernel" | "NarrowCounterKernel" | "WideKernel" | "PathRunner";
  readonly packets: number;
  readonly flows: number;
  readonly gapMeanNs: number;
  readonly hasYellow: boolean;
}

const BYTES: CostRule = { cost: "bytes", overheadBytes: 0, minLengthBytes: 0 };
const FRAME: CostRule = { cost: "bytes", overheadBytes: 24, minLengthBytes: 84 };
const PACKETS: CostRule = { cost: "packets", overheadBytes: 0, minLengthBytes: 0 };

type Amount = bigint | readonly [bigint, bigint];

function amount(value: Amount) {
  return typeof value === "bigint" ? fraction(value) : fraction(...value);
}

function bucket(ratePerSec: Amount, depth: Amount, costRule = BYTES, check: Check = "post"): BucketDefinition {
  const held = amount(depth);
  return { check, ratePerSec: amount(ratePerSec), depth: held, threshold: held, initialLevel: ZERO, costRule };
}

function one(ratePerSec: Amount, depth: Amount, costRule = BYTES, check: Check = "post"): Policy {
  return compiledFromDefinition({ kind: "bucket", bucket: bucket(ratePerSec, depth, costRule, check) });
}

function dual(mode: DualMode, tags: boolean): Policy {
  const [peak, sustained] = [bucket(250_000n, 4000n), bucket(100_000n, 20_000n)];
  return compiledFromDefinition({ kind: "dual", peak, sustained, mode, tags });
}

/** Flows of two kinds below nodes of 32, below one root; the third class is blocked, the last one passes. */
function tree(): Policy {
  const meters: MeterDefinition[] = [
    { kind: "bucket", bucket: bucket(4_000_000n, 9000n) },
    { kind: "srtcm", committed: bucket(2_000_000n, 6000n), excess: bucket(0n, 6000n), isAware: true },
    {
      kind: "mef",
      committed: bucket(60_000_000n, 30_000n),
      excess: bucket(9_000_003n, 30_000n),
      isCoupled: true,
      isAware: true,
    },
    { kind: "bucket", bucket: bucket([700_000_000n, 3n], 200_000n, FRAME) },
  ];
  const [plain, marked, node, root] = meters.map((definition, index) =>
    entryOf(index + 1, compiledWithPeers(definition, [])),
  );
  return classPolicyOf("all-or-none", [
    meteredClass("plain", [plain!, node!, root!]),
    meteredClass("marked", [marked!, node!, root!]),
    { name: "blocked", action: "block", path: [] },
    { name: "rest", action: "pass", path: [] },
  ]);
}

function share(weight: bigint, depth: bigint): Share {
  return { group: 0, weight, depth: fraction(depth), overheadBytes: 0 };
}

function weighted(): Policy {
  return weightedPolicy([fraction(1_000_000_000n)], [share(1n, 6000n), share(2n, 9000n), share(5n, 3000n)]);
}

const COLORED = { committed: bucket(125_000n, 15_000n), excess: bucket(0n, 9000n), isAware: true };
const WIDE = { committed: bucket([824_072n, 7n], [100_000_003n, 3n]), excess: bucket(77_777n, 40_000_001n) };
const FIVE = [
  bucket(900_000n, 9000n),
  bucket(1000n, [25n, 2n], PACKETS),
  bucket(600_000n, 20_000n, FRAME),
  bucket([2_000_001n, 2n], 12_000n, BYTES, "overdraft"),
  bucket(700n, 30n, PACKETS, "pre"),
];

function row(
  name: string,
  loop: StreamRow["loop"],
  policy: Policy,
  sizes: readonly [number, number, number],
): StreamRow {
  const [packets, flows, gapMeanNs] = sizes;
  return { name, loop, policy, packets, flows, gapMeanNs, hasYellow: false };
}

function colored(...given: Parameters<typeof row>): StreamRow {
  return { ...row(...given), hasYellow: true };
}

function meter(definition: MeterDefinition): Policy {
  return compiledFromDefinition(definition);
}

/** Packets, flows, mean gap in ns. */
export const STREAM_ROWS: readonly StreamRow[] = [
  row("one bucket, many flows", "NarrowKernel", one(125_000n, 15_000n), [2_000_000, 200_000, 40]),
  row("one bucket, odd rate", "NarrowKernel", one(1_250_003n, 9000n, FRAME), [1_000_000, 1000, 700]),
  row(
    "one bucket, packets, pre",
    "NarrowKernel",
    one([65_998n, 61n], [7n, 2n], PACKETS, "pre"),
    [1_000_000, 50_000, 20],
  ),
  row("one bucket, large depth", "WideKernel", one([824_072n, 7n], [100_000_003n, 3n]), [1_250_000, 100, 100_000]),
  row("one bucket, terabytes", "WideKernel", one(2n ** 44n, 2n ** 33n), [1_500_000, 20, 3]),
  colored("srtcm, aware", "NarrowPairKernel", meter({ kind: "srtcm", ...COLORED }), [1_500_000, 100_000, 60]),
  colored(
    "trtcm",
    "NarrowPairKernel",
    meter({ kind: "trtcm", peak: bucket(250_000n, 12_000n), committed: bucket(90_000n, 9000n), isAware: false }),
    [1_000_000, 5000, 800],
  ),
  colored("dual, tags", "NarrowPairKernel", dual("coordinated", true), [500_000, 5000, 1000]),
  row("dual, sequential", "NarrowPairKernel", dual("sequential", false), [500_000, 5000, 1000]),
  row("dual, independent", "NarrowPairKernel", dual("independent", false), [500_000, 5000, 1000]),
  row(
    "turner",
    "NarrowCounterKernel",
    meter({ kind: "turner", bucket: bucket(400_000n, 9000n), cap: fraction(20_000n) }),
    [500_000, 3000, 700],
  ),
  row(
    "event counter",
    "NarrowCounterKernel",
    meter({ kind: "event-counter", bucket: bucket(300n, 9n, PACKETS), cap: fraction(12n), clear: fraction(2n) }),
    [500_000, 3000, 1000],
  ),
  colored(
    "mef, coupled, large depths",
    "PathRunner",
    meter({ kind: "mef", ...WIDE, isCoupled: true, isAware: true }),
    [400_000, 100, 100_000],
  ),
  row("multi, five buckets", "PathRunner", meter({ kind: "multi", buckets: FIVE }), [400_000, 1000, 1000]),
  colored("a tree of three levels", "PathRunner", tree(), [500_000, 2000, 3000]),
  row("weighted", "PathRunner", weighted(), [300_000, 60, 700]),
];
