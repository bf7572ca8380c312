/**
 * The worst flows so far, without ever going through all of them at once: each look takes a part of the records, as far
 * as its time goes. Up to about 100,000 flows a look sees all; a million take about a second.
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

/** Keeps the best candidates of those it was shown. */
class Best {
  #kept: Candidate[] = [];
  #least = -Infinity;

  take(candidate: Candidate): void {
    if (candidate.score < this.#least) return;
    this.#kept.push(candidate);
    if (this.#kept.length < 4 * WORST_MAX) return;
    this.#kept = this.#kept.toSorted(byScore).slice(0, WORST_MAX);
    this.#least = this.#kept.at(-1)!.score;
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
    const end = Number(this.#meter.views.stats[STAT_RECORDS]);
    while (this.#next < end) {
      const until = Math.min(end, this.#next + STRIDE);
      for (let index = this.#next; index < until; index += 1) this.#visit(index, nowNs);
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

  #visit(index: number, nowNs: number): void {
    const { core, labels } = this.#meter;
    if (core.isFreeRecord(index)) return;
    const label = labels?.[core.entryOf(index)];
    if (label?.kind === "node") {
      this.#instances.set(label.name, (this.#instances.get(label.name) ?? 0) + 1);
      return;
    }
    this.#flows += 1;
    const { red, bytes } = this.#bytesOf(index);
    this.#running["red bytes"].take({ index, score: red, second: bytes });
    this.#running.bytes.take({ index, score: bytes, second: red });
    const { levels } = this.#view;
    if (levels !== undefined) this.#running.level.take({ index, score: levels.fullness(index, nowNs), second: red });
  }

  /** 64-bit counters as two words: exact below 2^53 bytes, and no BigInt for each of millions of flows. */
  #bytesOf(index: number): { readonly red: number; readonly bytes: number } {
    const { words } = this.#meter.views;
    const at = (this.#meter.core.recordAt(index) + RECORD_BYTE_COUNTS) >>> 2;
    const wide = (word: number) => words[word + 1]! * TWO_32 + words[word]!;
    const red = wide(at + 4);
    return { red, bytes: wide(at) + wide(at + 2) + red };
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
    const seen = new Set([...(this.#settled?.[order].indexes ?? []), ...this.#running[order].indexes]);
    const candidates = [...seen]
      // Flows that were dropped while drained have gone.
      .filter((index) => !this.#meter.core.isFreeRecord(index))
      .map((index): Candidate => {
        const { red, bytes } = this.#bytesOf(index);
        if (order === "bytes") return { index, score: bytes, second: red };
        if (order === "red bytes") return { index, score: red, second: bytes };
        return { index, score: this.#view.levels?.fullness(index, nowNs) ?? 0, second: red };
      });
    return candidates
      .toSorted(byScore)
      .slice(0, most)
      .map(({ index }) => index);
  }
}
