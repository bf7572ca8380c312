/** The policies that are measured side by side. */
import { compilePolicy, compileShaper } from "../src/policies.ts";
import type { PathEntry, Policy } from "../src/types.ts";
import { contractOf } from "./workload.ts";

/** The meter that all others are compared with. */
export const ONE_BUCKET = "one bucket (token-bucket)";
export const MARKERS = ["srtcm", "trtcm", "trtcm-4115", "mef, coupled"] as const;
export const THREE_LEVELS = "tree of three levels";
/** In pure JavaScript: its colors must be those of the core. */
export const JS_MARKER = "srtcm, pure JavaScript";

/** Nodes of the second level of a tree. */
export const SUBSCRIBERS = 10_000;

/** A policy to be measured. */
export interface Row {
  readonly name: string;
  readonly policy: Policy;
  readonly isJs?: boolean;
}

/** Each flow's contract as in the other topics; a second bucket is twice as fast or twice as deep. */
export function meterRows(flows: number): Row[] {
  const rate = `${contractOf(flows).bytesPerSec} B/s`;
  const double = `${2 * contractOf(flows).bytesPerSec} B/s`;
  const [burst, twice] = ["2000 B", "4000 B"];
  const one = { rate, burst };
  const buckets = [`${rate},${burst}`, `${double},${burst}`, `${double},${twice}`, "100 packets/s,10 packets"];
  const plain = compilePolicy({ meter: "token-bucket", ...one });
  const wide = (share: number) =>
    compilePolicy({
      meter: "token-bucket",
      rate: `${(contractOf(flows).bytesPerSec * flows) / share} B/s`,
      burst: "4 MB",
    });
  return [
    { name: ONE_BUCKET, policy: plain },
    { name: "srtcm", policy: compilePolicy({ meter: "srtcm", cir: rate, cbs: burst, ebs: twice }) },
    { name: "trtcm", policy: compilePolicy({ meter: "trtcm", cir: rate, cbs: burst, pir: double, pbs: twice }) },
    {
      name: "trtcm-4115",
      policy: compilePolicy({ meter: "trtcm-4115", cir: rate, cbs: burst, eir: rate, ebs: twice }),
    },
    {
      name: "mef, coupled",
      policy: compilePolicy({ meter: "mef", cir: rate, cbs: burst, eir: rate, ebs: twice, coupling: "on" }),
    },
    {
      name: "dual, coordinated",
      policy: compilePolicy({ meter: "dual", "peak-rate": double, "peak-burst": burst, rate, burst: twice }),
    },
    { name: "turner", policy: compilePolicy({ meter: "turner", ...one }) },
    { name: "multi of 4 buckets", policy: compilePolicy({ meter: "multi", buckets }) },
    { name: "tree of one level", policy: treeOf([plain]) },
    { name: "tree of two levels", policy: treeOf([plain, wide(SUBSCRIBERS)]) },
    { name: THREE_LEVELS, policy: treeOf([plain, wide(SUBSCRIBERS), wide(1)]) },
    { name: "weighted", policy: compilePolicy({ meter: "weighted", rate: `${contractOf(1).bytesPerSec} B/s`, burst }) },
    { name: JS_MARKER, policy: compilePolicy({ meter: "srtcm", cir: rate, cbs: burst, ebs: twice }), isJs: true },
  ];
}

function treeOf(policies: readonly ReturnType<typeof compilePolicy>[]): Policy {
  const path = policies.map((policy, node): PathEntry => {
    return { nodeId: node + 1, name: `level ${node + 1}`, keying: { by: "5-tuple" }, policy };
  });
  const classes = [{ name: "all", action: "meter" as const, path }];
  return { meter: "classes", length: "frame", charge: "all-or-none", classes, matches: [], warnings: [] };
}

/** Meter and shaper of one contract: they refuse and drop the same packets. */
export const FLUID = "leaky-bucket, fluid";
/** Queues of whole packets behind the rate of that meter. */
export const OF_BYTES = "leaky-bucket, bytes";
export const OF_PACKETS = "leaky-bucket, packets";
export const LEAKY_METER = "meter leaky-bucket";
export const TOKENS = "token-bucket";
export const TWO_RATE = "two-rate";
export const OF_TICKS = "tick-bytes";
/** Two buckets of which a packet has to fit both: the contract of two rates. */
export const DUAL_METER = "meter dual";
/** In pure JavaScript: its colors must be those of the core. */
export const JS_FLUID = "leaky-bucket, fluid, pure JavaScript";

/** The contract of the meters, or of so many times as many flows; what may wait beside a bucket is twice its depth. */
export function shaperRows(flows: number, shared = 1): Row[] {
  const { bytesPerSec } = contractOf(flows * shared);
  const rate = `${bytesPerSec} B/s`;
  const queue = { rate, burst: "2000 B" };
  const limit = "4000 B";
  const peak = { rate: `${2 * bytesPerSec} B/s`, burst: "1600 B" };
  const fluid = compileShaper({ shaper: "leaky-bucket", ...queue });
  // As many bytes in a tick as the rate sends in it.
  const tick = `${Math.round(2e12 / bytesPerSec)} ns`;
  return [
    { name: LEAKY_METER, policy: compilePolicy({ meter: "leaky-bucket", ...queue }) },
    {
      name: DUAL_METER,
      policy: compilePolicy({ meter: "dual", "peak-rate": peak.rate, "peak-burst": peak.burst, ...queue }),
    },
    { name: FLUID, policy: fluid },
    { name: OF_BYTES, policy: compileShaper({ shaper: "leaky-bucket", ...queue, count: "bytes" }) },
    { name: OF_PACKETS, policy: compileShaper({ shaper: "leaky-bucket", rate, burst: "3 packets" }) },
    { name: TOKENS, policy: compileShaper({ shaper: "token-bucket", ...queue, limit }) },
    {
      name: TWO_RATE,
      policy: compileShaper({
        shaper: "two-rate",
        cir: rate,
        cbs: queue.burst,
        pir: peak.rate,
        pbs: peak.burst,
        limit,
      }),
    },
    { name: OF_TICKS, policy: compileShaper({ shaper: "tick-bytes", tick, quantum: "2000 B", limit }) },
    { name: JS_FLUID, policy: fluid, isJs: true },
  ];
}
