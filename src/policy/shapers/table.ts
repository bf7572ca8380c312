/** One row a shaper. Validation, the compiler, the command's options and help, and the docs all read this table. */

import type { Cost, ShaperName } from "../../types.ts";
import type { ParamRow } from "../params.ts";
import { defineLeakyBucket, defineTicks, defineTokenBucket, defineTwoRate } from "./define.ts";
import type { DefineShaper } from "./define.ts";
import * as param from "./params.ts";

export interface ShaperRow {
  readonly name: ShaperName;
  readonly summary: string;
  /** Where the algorithm is defined. */
  readonly spec: string;
  readonly params: readonly ParamRow[];
  /** Those that have to be given. */
  readonly needed: readonly ParamRow[];
  /** At least one of them has to be given. */
  readonly bounds: readonly ParamRow[];
  /** The only cost it has, where it is not any. */
  readonly onlyCost?: Cost;
  readonly define: DefineShaper;
}

export const SHAPERS: readonly ShaperRow[] = [
  {
    name: "leaky-bucket",
    summary: "a queue that is sent at the rate; a packet is dropped if the queue has no room for it",
    spec: "FIFO queue with a finite buffer; with count fluid it drops what meter leaky-bucket refuses",
    params: [param.RATE, param.QUEUE, param.COUNT, param.MAX_DELAY],
    needed: [param.RATE],
    bounds: [param.QUEUE, param.MAX_DELAY],
    define: defineLeakyBucket,
  },
  {
    name: "token-bucket",
    summary: "a burst passes at once, then packets leave at the rate; what waits is bounded",
    spec: "greedy shaper (J.-Y. Le Boudec, P. Thiran, Network Calculus); tc-tbf without a peak rate",
    params: [param.RATE, param.DEPTH, param.LIMIT, param.MAX_DELAY],
    needed: [param.RATE, param.DEPTH],
    bounds: [param.LIMIT, param.MAX_DELAY],
    define: defineTokenBucket,
  },
  {
    name: "two-rate",
    summary: "a packet leaves as soon as both a committed and a peak bucket hold its tokens",
    spec: "TSpec of RFC 2215; tc-tbf with a peak rate",
    params: [param.CIR, param.CBS, param.PIR, param.PBS, param.LIMIT, param.MAX_DELAY],
    needed: [param.CIR, param.CBS, param.PIR, param.PBS],
    bounds: [param.LIMIT, param.MAX_DELAY],
    define: defineTwoRate,
  },
  {
    name: "tick-packets",
    summary: "a finite queue; each tick sends a packet, or so many",
    spec: "A. S. Tanenbaum, Computer Networks: leaky bucket of fixed-size packets",
    params: [param.TICK, param.QUANTUM, param.LIMIT, param.IMMEDIATE],
    needed: [param.TICK],
    bounds: [param.LIMIT],
    onlyCost: "packets",
    define: defineTicks,
  },
  {
    name: "tick-bytes",
    summary: "a finite queue; each tick sends packets of so many bytes in all, and the residue is lost",
    spec: "A. S. Tanenbaum, Computer Networks: byte-counting leaky bucket",
    params: [param.TICK, param.QUANTUM, param.LIMIT, param.CARRY, param.IMMEDIATE],
    needed: [param.TICK, param.QUANTUM],
    bounds: [param.LIMIT],
    onlyCost: "bytes",
    define: defineTicks,
  },
];
