/** How many flows a capture will come to, foretold while it is metered: the table grows to that size in fewer steps. */
import {
  CONFIG_CLASSES,
  CONFIG_COMPACT,
  CONFIG_FLOWS_EXPECTED,
  CONFIG_FLOWS_MAX,
  EARLY_GROWTH,
  STAT_FLOWS,
  STAT_PACKETS,
  STAT_TABLE_LINES,
} from "../../assembly/abi.ts";
import type { CaptureMeter } from "./meter.ts";

/**
 * A table that is half full grows by so much at most: a capture that only began with new flows has 512 bytes for each, not
 * 64. It is not more than what makes a table grow at once, so that this one fills first.
 */
const GROWTH_MAX = EARLY_GROWTH;
/**
 * Foretold of the first packets at most, of compact flows: tables of 32 MiB, whose pages take 17 ms should they not be
 * needed after all. Others take twice that, and their records hold them up more than a table in steps does.
 */
const EARLY_FLOWS_MAX = 2 ** 20;
/**
 * Nor, beyond doubling, to more flows than a capture usually has, since there may be any number while no packet repeats a
 * flow: one to so many packets of all, but tables of few flows (8 MiB) are taken whatever is said.
 */
const PACKETS_PER_FLOW = 16;
const FEW_FLOWS = 2 ** 17;
/** Looks at a table while it fills from one half to the whole: more often changes the forecast by less than a hundredth. */
const LOOKS = 32;
/** Each halves what is not known of the flows: below a thousandth of the table. */
const HALVINGS = 16;

/** Bytes of the captures so far and altogether; null where a pipe does not tell. */
export interface BytesRead {
  readonly doneBytes: number;
  readonly totalBytes: number | null;
}

export class FlowForecast {
  readonly #meter: Pick<CaptureMeter, "views">;
  /** Packets of classes come to several flows each; and who says what to expect knows better. */
  readonly #isWanted: boolean;
  readonly #isCompact: boolean;
  /** At the load at which the table grows. */
  readonly #flowsPerLine: bigint;
  /** Until there are so many, nothing new can be said. */
  #flowsNext = 0;

  /** For a meter whose first packets are about to come. */
  constructor(meter: Pick<CaptureMeter, "views">) {
    this.#meter = meter;
    const { config } = meter.views;
    this.#isCompact = config[CONFIG_COMPACT] !== 0n;
    this.#flowsPerLine = this.#isCompact ? 2n : 1n;
    this.#isWanted = config[CONFIG_CLASSES] === 0n && config[CONFIG_FLOWS_EXPECTED] === 0n;
  }

  /**
   * Looks at what has come before a table that is half full grows, and before that where far more compact flows may come
   * than the table is for. Pipes are not foretold.
   */
  update(bytesRead: () => BytesRead): void {
    if (!this.#isWanted) return;
    const { stats, config } = this.#meter.views;
    const flows = Number(stats[STAT_FLOWS]);
    if (flows < this.#flowsNext) return;
    const usual = Number(stats[STAT_TABLE_LINES]! * this.#flowsPerLine);
    const packets = Number(stats[STAT_PACKETS]! + stats[STAT_PACKETS + 1]! + stats[STAT_PACKETS + 2]!);
    const isHalfFull = 2 * flows >= usual;
    if (isHalfFull) this.#flowsNext = flows + usual / 2 / LOOKS;
    // Half of so many are of known flows: there are hardly more than have come.
    if (!isHalfFull && (!this.#isCompact || packets > usual)) return;
    const { doneBytes, totalBytes } = bytesRead();
    if (totalBytes === null || doneBytes === 0) return;
    const packetsInAll = (packets * totalBytes) / doneBytes;
    const likely = Math.ceil(packetsInAll / PACKETS_PER_FLOW);
    const atHalf = Math.min(Math.max(2 * usual, FEW_FLOWS, likely), GROWTH_MAX * usual);
    const most = Math.min(isHalfFull ? atHalf : Math.min(likely, EARLY_FLOWS_MAX), Number(config[CONFIG_FLOWS_MAX]));
    const atOnceFrom = isHalfFull ? 0 : EARLY_GROWTH * usual;
    if (most <= atOnceFrom) return;
    const foretold = seenOf(populationOf(flows, packets, most), packetsInAll);
    if (foretold > atOnceFrom) config[CONFIG_FLOWS_EXPECTED] = BigInt(foretold);
  }
}

/**
 * How many flows, all as busy, show `flows` of them in `packets` packets: between these and `most`. Where some are
 * busier, as is usual, fewer of the rest are foretold than will come, and the table doubles as without a forecast.
 */
function populationOf(flows: number, packets: number, most: number): number {
  let [low, high] = [Math.min(flows, most), most];
  for (let halving = 0; halving < HALVINGS; halving += 1) {
    const middle = (low + high) / 2;
    if (seenOf(middle, packets) < flows) low = middle;
    else high = middle;
  }
  return high;
}

/** Flows of a population, all as busy, that are expected to be among the first `packets` packets. */
function seenOf(population: number, packets: number): number {
  return Math.ceil(population * -Math.expm1(-packets / population));
}
