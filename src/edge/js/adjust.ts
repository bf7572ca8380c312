/** What changes a key beside calls, in JavaScript: twin of assembly/edge/adjust.ts. */
import {
  PROFILE_CHARGES,
  PROFILES,
  STATE,
  STATE_EVICTED,
  STATE_SATURATED,
  STATE_SWEEP,
  STATE_UNTRACKED,
} from "../../../assembly/edge/abi.ts";
import { PROFILE_BYTES, RULE_CHARGES0, RULE_CHARGES1 } from "../../../assembly/abi.ts";
import { unitsRuleOf } from "../../engine-js/units.ts";
import type { EdgeBucket } from "../profiles.ts";
import type { Calls, Parts } from "./call.ts";
import type { CompactRoom } from "./compactroom.ts";
import { countState } from "./counters.ts";
import { drainedIn, longer } from "./program.ts";
import { readHeld, writeBlock, writeHeld } from "./state.ts";

export class Adjustments {
  readonly #parts: Parts;
  readonly #calls: Calls;
  readonly #compactRoom: CompactRoom;

  constructor(parts: Parts, calls: Calls, compactRoom: CompactRoom) {
    this.#parts = parts;
    this.#calls = calls;
    this.#compactRoom = compactRoom;
  }

  /** Adds to the buckets that a call of this color is charged to. False when a new key finds no room. */
  charge(keyLo: number, keyHi: number, units: number, policy: number, color: number): boolean {
    const places = this.#calls.lookUp(keyLo, keyHi, policy);
    for (const { program, kind, entry } of places) {
      const charged = this.#charged(kind, color);
      const [first, second] = program.of.buckets;
      if ((charged & RULE_CHARGES0) !== 0) entry.level0 = this.#raised(first!, entry.level0, units);
      if ((charged & RULE_CHARGES1) !== 0) entry.level1 = this.#raised(second!, entry.level1, units);
    }
    if (this.#calls.keepAll(places)) return true;
    countState(this.#parts.words, STATE_UNTRACKED);
    return false;
  }

  #charged(kind: number, color: number): number {
    return this.#parts.bytes[PROFILES + kind * PROFILE_BYTES + PROFILE_CHARGES + color]!;
  }

  #raised(bucket: EdgeBucket, level: bigint, amount: number): bigint {
    const sum = level + costOf(bucket, amount);
    if (sum <= bucket.levelMax) return sum;
    countState(this.#parts.words, STATE_SATURATED);
    return level > bucket.levelMax ? level : bucket.levelMax;
  }

  /** Takes back from the buckets that a call of this color is charged to. */
  refund(keyLo: number, keyHi: number, units: number, policy: number, color: number): void {
    const places = this.#calls.lookUp(keyLo, keyHi, policy);
    for (const { program, kind, entry, state } of places) {
      if (state === 0) continue;
      const charged = this.#charged(kind, color);
      const [first, second] = program.of.buckets;
      if ((charged & RULE_CHARGES0) !== 0) entry.level0 = lowered(entry.level0, costOf(first!, units));
      if ((charged & RULE_CHARGES1) !== 0) entry.level1 = lowered(entry.level1, costOf(second!, units));
    }
    this.#calls.keepAll(places);
  }

  /** Refuses the key until the caller's `ns`, or for ever (null), and until it is drained. */
  block(keyLo: number, keyHi: number, ns: bigint | null, policy: number): boolean {
    const { clock, words } = this.#parts;
    if (!clock.isStarted) clock.start(0n);
    const forNs = ns === null ? null : clock.ahead(ns);
    if (forNs !== null && forNs <= 0n) return true;
    clock.stand();
    const places = this.#calls.lookUp(keyLo, keyHi, policy);
    const known = places.map(({ state }) => state !== 0);
    if (!this.#calls.makeRoomForAll(places, () => true)) {
      countState(words, STATE_UNTRACKED);
      return false;
    }
    for (const [index, place] of places.entries()) {
      const drained = known[index]! ? drainedIn(place.program, place.entry) : 0n;
      const waitNs = longer(forNs, longer(place.blockedNs, drained));
      writeBlock(this.#parts, place.state, waitNs === null ? null : clock.newest + waitNs);
    }
    return true;
  }

  /** The key starts afresh. */
  reset(keyLo: number, keyHi: number, policy: number): void {
    const { table } = this.#parts;
    for (const kind of this.#calls.kindsOf(policy)) {
      table.setWord(keyLo, keyHi, kind);
      table.removeWord(table.wordLo, table.wordHi);
    }
  }

  /** Drops drained flows from the next blocks; answers how many. */
  sweep(count: number): number {
    const { table, blocks, words } = this.#parts;
    const next = STATE / 4 + 2 * STATE_SWEEP;
    let dropped = 0;
    this.#compactRoom.begin();
    for (let left = Math.min(count, blocks); left > 0; left -= 1) {
      const block = table.blockAt(words[next]!);
      for (let index = 0; index < table.slotsPerBlock; index += 1) {
        // What moves back into an emptied place is looked at as well.
        while (table.isTaken(block, index) && this.#isDrained(block, index)) {
          table.removeAt(block, index);
          dropped += 1;
        }
      }
      words[next] = words[next]! + 1 === blocks ? 0 : words[next]! + 1;
    }
    countState(words, STATE_EVICTED, dropped);
    return dropped;
  }

  #isDrained(block: number, index: number): boolean {
    if (this.#parts.isCompact) return this.#compactRoom.isDrained(block, index);
    return this.#calls.room.leavesIn(block, index) === 0n;
  }

  /** All states drained to the meter's `time`, which is 0 from here on. */
  rebase(time: bigint): void {
    const { table, blocks, programs } = this.#parts;
    for (let number = 0; number < blocks; number += 1) {
      const block = table.blockAt(number);
      for (let index = 0; index < table.slotsPerBlock; index += 1) {
        if (!table.isTaken(block, index)) continue;
        const state = table.stateAt(block, index);
        const { of } = programs[table.kindOf(block, index)]!;
        const { entry, blockedNs } = readHeld(this.#parts, state, of, time);
        if (blockedNs !== 0n) writeBlock(this.#parts, state, blockedNs);
        else writeHeld(this.#parts, state, of, { ...entry, lastNs: 0n });
      }
    }
  }
}

function lowered(level: bigint, steps: bigint): bigint {
  return level > steps ? level - steps : 0n;
}

/** Level steps of an amount under the bucket's cost rule. */
function costOf({ costRule, levelPerUnit }: EdgeBucket, amount: number): bigint {
  const { lengthFactor, addend, least } = unitsRuleOf(costRule);
  return BigInt(Math.max(amount * lengthFactor + addend, least)) * levelPerUnit;
}
