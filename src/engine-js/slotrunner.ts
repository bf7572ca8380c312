import type { ClassStats, FlowRecord } from "../types.ts";
import type { EngineColumns } from "./columns.ts";
import type { Flows } from "./flows.ts";
import { hashKeys, type Secret } from "./hash.ts";
import type { Kernel } from "./kernel.ts";
import type { FlowLoop } from "./loops.ts";
import { COLOR_RED, NEVER_WORD, REASON_NONE, REASON_UNTRACKED } from "./outcome.ts";
import type { Runner } from "./runner.ts";
import type { Tally } from "./tally.ts";

/** Policies of one slot a flow: numbers in typed arrays, no BigInt and no object per packet. */
export class SlotRunner implements Runner {
  readonly #flows: Flows;
  readonly #kernel: Kernel;
  readonly #columns: EngineColumns;
  readonly #secret: Secret;
  readonly #untracked: Tally;

  constructor({ flows, kernel }: FlowLoop, columns: EngineColumns, secret: Secret, untracked: Tally) {
    this.#flows = flows;
    this.#kernel = kernel;
    this.#columns = columns;
    this.#secret = secret;
    this.#untracked = untracked;
  }

  get flowCount(): number {
    return this.#flows.table.flows;
  }

  get evictedFlows(): number {
    return this.#flows.evicted;
  }

  run(packetCount: number): void {
    const { records } = this.#flows;
    hashKeys(this.#columns.key, this.#columns.hashes, packetCount, this.#secret);
    this.#columns.reason.fill(REASON_NONE, 0, packetCount);
    let accounted = 0;
    let metered = this.#kernel.meter(0, packetCount);
    while (metered < packetCount) {
      // Records may change hands when room is made: the packets so far belong to the present owners.
      records?.account(this.#columns, accounted, metered);
      accounted = metered;
      if (!this.#flows.makeRoom(metered, this.#kernel)) {
        this.#refuseUntracked(metered);
        metered += 1;
      }
      metered = this.#kernel.meter(metered, packetCount);
    }
    records?.account(this.#columns, accounted, packetCount);
    if (this.#kernel.hasOneBucket) sayOneBucket(this.#columns, packetCount);
  }

  classStats(): readonly ClassStats[] {
    return [];
  }

  flows(): Iterable<FlowRecord> | null {
    return this.#flows.records?.list() ?? null;
  }

  #refuseUntracked(index: number): void {
    const { color, reason, delay, levels, records, length } = this.#columns;
    color[index] = COLOR_RED;
    reason[index] = REASON_UNTRACKED;
    if (delay.length > 0) delay.fill(NEVER_WORD, 2 * index, 2 * index + 2);
    for (const column of levels) column.fill(0, 2 * index, 2 * index + 2);
    records[index] = 0;
    this.#untracked.add(1, length[index]!);
  }
}

/** REASON_BUCKET (16) as a shift of COLOR_RED (2). */
const RED_TO_BUCKET_SHIFT = 3;

/** Gives red packets without a reason that of the one bucket. A byte in the packet loop would cost it 1.3 ns of 35. */
function sayOneBucket({ color, reason, colorWords, reasonWords }: EngineColumns, packetCount: number): void {
  for (let word = 0; word < packetCount / 4; word += 1) {
    if (reasonWords[word] === 0) {
      reasonWords[word] = colorWords[word]! << RED_TO_BUCKET_SHIFT;
      continue;
    }
    for (let index = 4 * word; index < 4 * word + 4; index += 1) {
      if (reason[index] === REASON_NONE) reason[index] = color[index]! << RED_TO_BUCKET_SHIFT;
    }
  }
}
