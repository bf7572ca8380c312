/** What a core has counted of a capture while it decoded, on its way to the core that meters. */
import {
  CAPTURE_OPEN,
  SOURCE_DAMAGE_OFFSET,
  SOURCE_STATUS,
  SOURCE_UNKNOWN_LINK,
  SOURCE_WORDS,
  STAT_OTHER_BYTES,
  STAT_OTHER_PACKETS,
  STAT_SHORT_KEYS,
} from "../../assembly/abi.ts";
import type { CaptureMeter } from "../trace/meter.ts";

const CAPTURE = 0;
/** Counted where frames are decoded, in whatever order. */
const STATS = [STAT_OTHER_PACKETS, STAT_OTHER_BYTES, STAT_SHORT_KEYS] as const;
/** A core's counters from the first of those to the last are copied together; the others among them mean nothing here. */
const STATS_FROM = Math.min(...STATS);
const STATS_END = Math.max(...STATS) + 1;
/** Those of a capture before its status are sums, but for the link type, which its first frame tells. */
const SUMS = Array.from({ length: SOURCE_STATUS }, (_, counter) => counter).filter((c) => c !== SOURCE_UNKNOWN_LINK);
const WORDS = SOURCE_WORDS + STATS_END - STATS_FROM;
const OPEN = BigInt(CAPTURE_OPEN);

export const COUNTS_BYTES = WORDS * BigUint64Array.BYTES_PER_ELEMENT;

/** Counters of a capture, SOURCE_*, then those of the core; places for them are behind the batches of a ring. */
export class DecodedCounts {
  readonly #words = new BigUint64Array(WORDS);
  /** In each batch. Made once: a long capture has thousands of batches. */
  readonly #places = new Map<Uint8Array, BigUint64Array>();
  readonly #batchBytes: number;
  /** The meter's own, and its memory when they were made. */
  #inside: { readonly source: BigUint64Array; readonly stats: BigUint64Array } | undefined;
  #longs: BigUint64Array | undefined;

  /** Behind `batchBytes` of each batch. */
  constructor(batchBytes: number) {
    this.#batchBytes = batchBytes;
  }

  /** Forgets what the meter has counted of its capture: its header is another one's to count. */
  static clear(meter: CaptureMeter): void {
    meter.counters(CAPTURE).fill(0n, 0, SOURCE_STATUS);
  }

  /** Writes the meter's to their place in the batch. */
  save(meter: CaptureMeter, batch: Uint8Array): void {
    const place = this.#placeIn(batch);
    const { longs, stats } = meter.views;
    if (longs !== this.#longs) {
      this.#longs = longs;
      this.#inside = { source: meter.counters(CAPTURE), stats: stats.subarray(STATS_FROM, STATS_END) };
    }
    place.set(this.#inside!.source);
    place.set(this.#inside!.stats, SOURCE_WORDS);
  }

  /** Takes them over from there. */
  load(batch: Uint8Array): void {
    this.#words.set(this.#placeIn(batch));
  }

  /** The capture has come to its end there. */
  get isEnded(): boolean {
    return this.#words[SOURCE_STATUS] !== OPEN;
  }

  /** Adds them to those of another meter, which has decoded the rest, the first frame too. */
  addTo(meter: CaptureMeter): void {
    const own = meter.counters(CAPTURE);
    for (const counter of SUMS) own[counter]! += this.#words[counter]!;
    for (const stat of STATS) meter.views.stats[stat]! += this.#words[SOURCE_WORDS + stat - STATS_FROM]!;
    if (!this.isEnded) return;
    for (const word of [SOURCE_STATUS, SOURCE_DAMAGE_OFFSET]) own[word] = this.#words[word]!;
  }

  #placeIn(batch: Uint8Array): BigUint64Array {
    let words = this.#places.get(batch);
    if (words === undefined) {
      words = new BigUint64Array(batch.buffer, batch.byteOffset + this.#batchBytes, WORDS);
      this.#places.set(batch, words);
    }
    return words;
  }
}
