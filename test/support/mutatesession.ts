/**
 * Meters many mutants in one instance, for a fresh one each costs more than the mutant. What a capture leaves behind
 * is its reader's state, which is put back; the flow table stays, so sessions that are compared meter the same mutants.
 */
import {
  BATCH,
  BATCH_PACKETS_MAX,
  CAPTURE_TRUNCATED,
  COLUMN_CLOCK,
  COLUMN_COLOR,
  COLUMN_FLOW,
  COLUMN_FRAME,
  COLUMN_HASH,
  COLUMN_KEY,
  COLUMN_LENGTH,
  COLUMN_OTHER,
  COLUMN_TIME,
  COLUMNS_BYTES,
  DECODE_DONE,
  INTERFACES_MAX,
  KEY_BYTES,
  SOURCE_STATUS,
  SOURCE_TRAILING_BYTES,
  STAT_EARLIEST,
  STAT_NEWEST,
  WINDOW_BYTES,
} from "../../assembly/abi.ts";
import { type CoreBuild, coreModule } from "../../src/core/module.node.ts";
import { CaptureMeter } from "../../src/trace/meter.ts";
import { accountedBytes, POLICY } from "./capture.ts";
import { concat } from "./writer.ts";

/** What a row is made of: offset and bytes a row. */
const COLUMNS: readonly (readonly [number, number])[] = [
  [COLUMN_TIME, 8],
  [COLUMN_CLOCK, 8],
  [COLUMN_HASH, 8],
  [COLUMN_LENGTH, 4],
  [COLUMN_FLOW, 4],
  [COLUMN_FRAME, 4],
  [COLUMN_COLOR, 1],
  [COLUMN_OTHER, 1],
  [COLUMN_KEY, KEY_BYTES],
];
const INTERFACE_BYTES = 24;
const INTERFACES_POISONED = 64;

/** How a capture is fed. */
export interface Feeding {
  /** What lies in the window where the capture does not. */
  readonly poison: number;
  readonly chunkBytes: number;
}

export class MutateSession {
  readonly #meter: CaptureMeter;
  readonly #source: number;
  readonly #window: number;
  readonly #fresh: Uint8Array;

  constructor(build: CoreBuild, poison: number) {
    this.#meter = new CaptureMeter(coreModule(build), {
      policy: POLICY,
      keying: { by: "5-tuple" },
      captureCount: 1,
      maxFlows: 1024,
      secret: [1, 2, 3, 4],
      records: false,
      delays: false,
      skipOther: false,
    });
    this.#source = this.#meter.counters(0).byteOffset;
    this.#window = this.#meter.core.spaceAt(0);
    const { bytes } = this.#meter.views;
    this.#fresh = bytes.slice(this.#source, this.#window);
    bytes.fill(poison, BATCH, BATCH + COLUMNS_BYTES);
    bytes.fill(poison, this.#window, this.#interfaces + INTERFACES_MAX * INTERFACE_BYTES);
  }

  /** Where the capture's interfaces lie: behind its window and its own columns. */
  get #interfaces(): number {
    return this.#window + WINDOW_BYTES + COLUMNS_BYTES;
  }

  /** All that the core answers, as bytes. Throws when bytes go missing or the core asks for what it cannot want. */
  run(capture: Uint8Array, { poison, chunkBytes }: Feeding): Uint8Array {
    const { bytes } = this.#meter.views;
    bytes.set(this.#fresh, this.#source);
    bytes.fill(poison, this.#window, this.#window + WINDOW_BYTES);
    bytes.fill(poison, this.#interfaces, this.#interfaces + INTERFACES_POISONED * INTERFACE_BYTES);
    // The clock is the whole run's; each mutant begins its own.
    this.#meter.views.stats[STAT_NEWEST] = 0n;
    this.#meter.views.stats[STAT_EARLIEST] = 2n ** 64n - 1n;
    const answers: Uint8Array[] = [];
    const fedBytes = this.#feedAll(capture, chunkBytes, answers);
    const counters = this.#meter.counters(0);
    // The sum is exact, not one modulo 2^64: no counter went below 0 on the way.
    if (accountedBytes(counters) !== BigInt(fedBytes)) {
      throw new Error(`${fedBytes} bytes fed, ${accountedBytes(counters)} accounted for`);
    }
    answers.push(copyOf(comparable(counters)), copyOf(this.#meter.views.stats));
    return concat(...answers);
  }

  #feedAll(capture: Uint8Array, chunkBytes: number, answers: Uint8Array[]): number {
    const { core } = this.#meter;
    let fedBytes = 0;
    for (let isEnded = false; ;) {
      const answer = core.decodeBatch();
      if (answer < 0) {
        const packets = core.meterDecoded();
        if (packets < BATCH_PACKETS_MAX && answer !== DECODE_DONE) throw new Error(`a batch of ${packets} packets`);
        answers.push(this.#rows(packets));
        if (answer === DECODE_DONE) return fedBytes;
        continue;
      }
      const space = this.#meter.space(0);
      if (isEnded || space.length === 0) throw new Error("input wanted after the end, or into a full window");
      const chunk = capture.subarray(fedBytes, fedBytes + Math.min(chunkBytes, space.length));
      space.set(chunk);
      core.feed(0, chunk.length);
      fedBytes += chunk.length;
      isEnded = chunk.length === 0;
    }
  }

  #rows(packets: number): Uint8Array {
    const { bytes } = this.#meter.views;
    const columns = COLUMNS.map(([offset, width]) => bytes.subarray(BATCH + offset, BATCH + offset + packets * width));
    return concat(...columns);
  }
}

/** Behind damage nothing is read, so how much of it counts as trailing depends on how much had been fed by then. */
export function comparable(counters: readonly bigint[] | BigUint64Array): BigUint64Array {
  const words = BigUint64Array.from(counters);
  if (words[SOURCE_STATUS]! > BigInt(CAPTURE_TRUNCATED)) words[SOURCE_TRAILING_BYTES] = 0n;
  return words;
}

function copyOf(words: BigUint64Array): Uint8Array {
  return new Uint8Array(words.slice().buffer);
}
