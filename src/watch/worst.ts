/**
 * The worst flows so far, without ever going through all of them at once: each look takes a part of the records, as far
 * as its time goes. At about 65 ns a flow, a look of 5 ms sees all of 70,000 flows; a million take 14 looks.
 */
import { RECORD_BYTE_COUNTS, STAT_RECORDS } from "../../assembly/abi.ts";
import type { CaptureMeter } from "../trace/meter.ts";
import type { LiveView } from "./view.ts";

/** Records between two looks at the clock. */
const STRIDE = 2048;
const TWO_32 = 2 ** 32;
/** Flows that are kept by each order. */
export const WORST_MAX = 100;

/** By refused bytes, by all bytes, by how full the fullest bucket is now. */
export const ORDERS = ["red bytes", "bytes", "level"] as const;
export type Order = (typeof ORDERS)[number];

interface Candidate {
  readonly index: number;
  readonly score: number;
  /** Decides among equals. */
  readonly second: number;
}

function byScore(left: Candidate, right: Candidate): number {
  return right.score - left.score || right.second - left.second || left.index - right.index;
}

/** A 64-bit counter as two words: exact below 2^53 bytes, and no BigInt for each of millions of flows. */
function wide(words: Uint32Array, at: number): number {
  return words[at + 1]! * TWO_32 + words[at]!;
}

/** Keeps the best candidates of those it was shown, which come by rising index. */
class Best {
  #kept: Candidate[] = [];
  #leastScore = -Infinity;
  #leastSecond = -Infinity;

  take(index: number, score: number, second: number): void {
    // Nearly all end here, so nothing is made of them.
    if (score < this.#leastScore || (score === this.#leastScore && second <= this.#leastSecond)) return;
    this.#kept.push({ index, score, second });
    if (this.#kept.length < 4 * WORST_MAX) return;
    this.#kept = this.#kept.toSorted(byScore).slice(0, WORST_MAX);
    const least = this.#kept.at(-1)!;
    this.#leastScore = least.score;
    this.#leastSecond = least.second;
  }

  get indexes(): number[] {
    return this.#kept
      .toSorted(byScore)
      .slice(0, WORST_MAX)
      .map(({ index }) => index);
  }
}

type Ranking = Readonly<Record<Order, Best>>;

function emptyRanking(): Ranking {
  return { "red bytes": new Best(), bytes: new Best(), level: new Best() };
}

/** Goes round and round over the records of a meter. */
export class WorstFlows {
  readonly #meter: CaptureMeter;
  readonly #view: LiveView;
  /** Of the last whole round. */
  #settled: Ranking | undefined;
  #running = emptyRanking();
  #next = 1;
  #flows = 0;
  #flowsCounted = 0;
  #instances = new Map<string, number>();
  #instancesCounted: ReadonlyMap<string, number> = new Map();

  constructor(meter: CaptureMeter, view: LiveView) {
    this.#meter = meter;
    this.#view = view;
  }

  /** Flows in the last whole round, or so far in the first. */
  get flows(): number {
    return this.#settled === undefined ? this.#flows : this.#flowsCounted;
  }

  /** Instances of a node of classes, as far as counted. */
  instancesOf(node: string): number {
    return (this.#settled === undefined ? this.#instances : this.#instancesCounted).get(node) ?? 0;
  }

  /** Looks at records until a round is whole or the time is over. */
  look(nowNs: number, budgetMs: number): void {
    const endMs = performance.now() + budgetMs;
    const { stats, words } = this.#meter.views;
    const end = Number(stats[STAT_RECORDS]);
    while (this.#next < end) {
      const until = Math.min(end, this.#next + STRIDE);
      for (let index = this.#next; index < until; index += 1) this.#visit(index, words, nowNs);
      this.#next = until;
      if (performance.now() >= endMs && this.#next < end) return;
    }
    this.#settle();
  }

  /** Looks at all of them, however long it takes. */
  lookAtAll(nowNs: number): void {
    this.#begin();
    this.look(nowNs, Infinity);
  }

  #visit(index: number, words: Uint32Array, nowNs: number): void {
    const { core, labels } = this.#meter;
    if (core.isFreeRecord(index)) return;
    const label = labels?.[core.entryOf(index)];
    if (label?.kind === "node") {
      this.#instances.set(label.name, (this.#instances.get(label.name) ?? 0) + 1);
      return;
    }
    this.#flows += 1;
    for (const order of ORDERS) this.#rank(this.#running[order], order, index, words, nowNs);
  }

  #rank(best: Best, order: Order, index: number, words: Uint32Array, nowNs: number): void {
    const at = (this.#meter.core.recordAt(index) + RECORD_BYTE_COUNTS) >>> 2;
    const red = wide(words, at + 4);
    const bytes = wide(words, at) + wide(words, at + 2) + red;
    if (order === "red bytes") best.take(index, red, bytes);
    else if (order === "bytes") best.take(index, bytes, red);
    else if (this.#view.levels !== undefined) best.take(index, this.#view.levels.fullness(index, nowNs), red);
  }

  #settle(): void {
    this.#settled = this.#running;
    this.#flowsCounted = this.#flows;
    this.#instancesCounted = this.#instances;
    this.#begin();
  }

  #begin(): void {
    this.#running = emptyRanking();
    this.#flows = 0;
    this.#instances = new Map();
    this.#next = 1;
  }

  /** Record indexes of the worst, judged by what they have now. */
  worst(order: Order, most: number, nowNs: number): number[] {
    const now = new Best();
    const seen = new Set([...(this.#settled?.[order].indexes ?? []), ...this.#running[order].indexes]);
    const { words } = this.#meter.views;
    for (const index of [...seen].toSorted((left, right) => left - right)) {
      // Flows that were dropped while drained have gone.
      if (!this.#meter.core.isFreeRecord(index)) this.#rank(now, order, index, words, nowNs);
    }
    return now.indexes.slice(0, most);
  }
}
