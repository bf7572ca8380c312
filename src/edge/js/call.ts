/** One call in JavaScript: twin of assembly/edge/call.ts and outcome.ts, on integers of any size. */
import {
  ANSWER_BLOCKED,
  ANSWER_FULL,
  ON_FULL_ALLOW,
  POLICIES,
  POLICY_BYTES,
  POLICY_FIRST_SLOT,
  POLICY_SLOTS,
  RESULT,
  RESULT_REMAINING,
  RESULT_RESET,
  RESULT_RETRY,
  STATE,
  STATE_BLOCKED,
  STATE_UNIT,
  STATE_UNTRACKED,
} from "../../../assembly/edge/abi.ts";
import type { MarkingRule } from "../../types.ts";
import { BUCKET0, BUCKET1 } from "../../engine-js/exact/slotprogram.ts";
import type { Entry, WaitNs } from "../../engine-js/exact/slotprogram.ts";
import type { Views } from "../views.ts";
import { countState, type Clock } from "./counters.ts";
import { drainedIn, longer, remainingIn, type EdgeProgram } from "./program.ts";
import { Room } from "./room.ts";
import { roundedDown, roundedUp } from "./rounded.ts";
import { readHeld, writeHeld } from "./state.ts";
import type { Table } from "./table.ts";

const RED = 2;
const UNLIMITED = 2n ** 64n - 1n;

/** One slot of the call at hand. */
export interface Place {
  readonly program: EdgeProgram;
  readonly kind: number;
  readonly wordLo: number;
  readonly wordHi: number;
  /** Index of its state in the table; 0: the key is new. */
  state: number;
  readonly entry: Entry;
  readonly blockedNs: bigint | null;
  rule: MarkingRule;
}

/** What calls work on. */
export interface Parts extends Views {
  readonly table: Table;
  readonly clock: Clock;
  readonly isCompact: boolean;
  readonly onFull: number;
  readonly blocks: number;
  /** By index of the profile. */
  readonly programs: readonly EdgeProgram[];
}

export class Calls {
  readonly room: Room;
  readonly #parts: Parts;
  /** There was no room for the new slots of the call: each time they are new again. */
  #isHomeless = false;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.room = new Room(parts);
  }

  /** Indexes of the profiles that a call under a policy goes through. */
  kindsOf(policy: number): Uint8Array {
    const { bytes } = this.#parts;
    const at = POLICIES + policy * POLICY_BYTES;
    return bytes.subarray(at + POLICY_FIRST_SLOT, at + POLICY_FIRST_SLOT + bytes[at + POLICY_SLOTS]!);
  }

  /** Meters one call at the clock and writes its outcome. Answers ANSWER_*. */
  meter(keyLo: number, keyHi: number, units: number, policy: number, colorIn: number): number {
    const places = this.lookUp(keyLo, keyHi, policy);
    this.#isHomeless = false;
    const answer = judgeAll(places, units, colorIn);
    if ((answer & ANSWER_BLOCKED) !== 0) countState(this.#parts.words, STATE_BLOCKED);
    else {
      // Of several slots none is charged when one refuses, but flows that begin with less than a full bucket begin now.
      const charges = answer !== RED || places.length === 1;
      if (charges) for (const place of places) charge(place, units);
      this.#isHomeless = !this.keepAll(places);
      if (this.#isHomeless && charges) return this.#untracked(answer, places, units, colorIn);
    }
    const retryNs = this.#putOutcome(places, units, colorIn);
    if (retryNs !== 0n && places.length > 1) this.#waitForRoom(retryNs, places, units);
    return answer;
  }

  /** What a call would be answered; changes nothing. */
  peek(keyLo: number, keyHi: number, units: number, policy: number, colorIn: number): number {
    const places = this.lookUp(keyLo, keyHi, policy);
    const answer = judgeAll(places, units, colorIn);
    const isNew = places.some(({ state }) => state === 0);
    this.#isHomeless = isNew && !this.room.hasRoom(newOf(places, hasToBeKept), places);
    const retryNs = this.#putOutcome(places, units, colorIn);
    if (!isNew) return answer;
    if ((answer & ANSWER_BLOCKED) !== 0 || (answer === RED && places.length > 1)) {
      this.#waitForRoom(retryNs, places, units);
      return answer;
    }
    for (const place of places) charge(place, units);
    return this.room.hasRoom(newOf(places, hasToBeKept), places) ? answer : this.#refusedRoom(answer, places);
  }

  /** The largest cost that fits on drained slots. */
  most(policy: number): bigint {
    const fresh: Entry = { lastNs: 0n, level0: 0n, level1: 0n, isAlarmed: false, share: null };
    let most = UNLIMITED;
    for (const kind of this.kindsOf(policy)) {
      const left = remainingIn(this.#parts.programs[kind]!, fresh, 0);
      if (left < most) most = left;
    }
    return most;
  }

  /** The slots of a call, drained to the clock; those of new keys are as flows begin. */
  lookUp(keyLo: number, keyHi: number, policy: number): Place[] {
    const { table, clock, programs } = this.#parts;
    const nowNs = clock.time;
    return Array.from(this.kindsOf(policy), (kind): Place => {
      const program = programs[kind]!;
      table.setWord(keyLo, keyHi, kind);
      const { wordLo, wordHi } = table;
      const state = table.find();
      const held =
        state === 0
          ? { entry: program.program.begin(nowNs), blockedNs: 0n }
          : readHeld(this.#parts, state, program.of, nowNs);
      return { program, kind, wordLo, wordHi, state, ...held, rule: program.program.rules[0]! };
    });
  }

  /** Writes all slots that are not blocked into the table; new ones that are not as fresh first get room: all or none. */
  keepAll(places: readonly Place[]): boolean {
    if (places.some(({ state }) => state === 0) && !this.makeRoomForAll(places, hasToBeKept)) return false;
    for (const { state, blockedNs, program, entry } of places) {
      if (state !== 0 && blockedNs === 0n) writeHeld(this.#parts, state, program.of, entry);
    }
    return true;
  }

  /** Places in the table for the new slots that need one, all or none. */
  makeRoomForAll(places: readonly Place[], needsRoom: (place: Place) => boolean): boolean {
    const { table } = this.#parts;
    const needed = newOf(places, needsRoom);
    if (!this.room.hasRoom(needed, places)) return false;
    this.room.clear();
    for (const { wordLo, wordHi, kind } of needed) table.take(wordLo, wordHi, kind);
    // Evictions have moved states.
    for (const place of places) place.state = table.findWord(place.wordLo, place.wordHi);
    return true;
  }

  /** No room for a call that was judged and charged. */
  #untracked(answer: number, places: readonly Place[], units: number, colorIn: number): number {
    countState(this.#parts.words, STATE_UNTRACKED);
    this.#putOutcome(places, units, colorIn);
    return this.#refusedRoom(answer, places);
  }

  /** Let through without a trace, or refused until there is room. */
  #refusedRoom(answer: number, places: readonly Place[]): number {
    const { doubles, onFull } = this.#parts;
    if (onFull !== ON_FULL_ALLOW) {
      const wait = answer === RED ? null : this.room.roomIn(newOf(places, hasToBeKept), places, 0n);
      this.#put(0n, wait, wait);
      return RED | ANSWER_FULL;
    }
    if (answer === RED) doubles[RESULT / 8 + RESULT_RETRY] = Infinity;
    return answer | ANSWER_FULL;
  }

  /** The outcome over all slots: the least that is left, the longest waits. Answers the ns until the call would not be red. */
  #putOutcome(places: readonly Place[], units: number, colorIn: number): WaitNs {
    let remaining = UNLIMITED;
    let retryNs: WaitNs = 0n;
    let resetNs: WaitNs = 0n;
    for (const place of places) {
      const { program, entry, blockedNs, rule } = place;
      const left = blockedNs === 0n ? remainingIn(program, entry, colorIn) : 0n;
      if (left < remaining) remaining = left;
      if (rule.color === RED || blockedNs !== 0n) {
        const delayNs = this.#isHomeless && place.state === 0 ? null : delayOf(place, units, colorIn);
        retryNs = longer(retryNs, sum(blockedNs, delayNs));
      }
      resetNs = longer(resetNs, sum(blockedNs, drainedIn(program, entry)));
    }
    this.#put(remaining, retryNs, resetNs);
    return retryNs;
  }

  /** When the others of several slots allow the call, the new ones need places. */
  #waitForRoom(retryNs: WaitNs, places: readonly Place[], units: number): void {
    const { doubles, onFull } = this.#parts;
    if (retryNs === null || onFull === ON_FULL_ALLOW || places.every(({ state }) => state !== 0)) return;
    for (const place of places) if (place.state === 0) charge(place, units);
    const wait = this.room.roomIn(newOf(places, hasToBeKept), places, retryNs);
    doubles[RESULT / 8 + RESULT_RETRY] = this.#inUnits(wait);
  }

  #put(remaining: bigint, retryNs: WaitNs, resetNs: WaitNs): void {
    const { doubles } = this.#parts;
    doubles[RESULT / 8 + RESULT_REMAINING] = roundedDown(remaining);
    doubles[RESULT / 8 + RESULT_RETRY] = this.#inUnits(retryNs);
    doubles[RESULT / 8 + RESULT_RESET] = this.#inUnits(resetNs);
  }

  /** Whole units of the caller's time, rounded up, seen from the call at hand. */
  #inUnits(ns: WaitNs): number {
    if (ns === null) return Infinity;
    if (ns === 0n) return 0;
    const unitNs = this.#parts.wides[STATE / 8 + STATE_UNIT]!;
    return roundedUp((ns + this.#parts.clock.lagNs + unitNs - 1n) / unitNs);
  }
}

function sum(first: WaitNs, then: WaitNs): WaitNs {
  return first === null || then === null ? null : first + then;
}

function newOf(places: readonly Place[], needsRoom: (place: Place) => boolean): readonly Place[] {
  return places.filter((place) => place.state === 0 && needsRoom(place));
}

/** A slot that is as new needs no place in the table. */
function hasToBeKept({ program, entry }: Place): boolean {
  return entry.level0 !== 0n || entry.level1 !== 0n || entry.isAlarmed || !program.beginsDrained;
}

/** Asks each slot; the worst color counts. */
function judgeAll(places: readonly Place[], units: number, colorIn: number): number {
  let answer = 0;
  let isBlocked = false;
  for (const place of places) {
    const { program } = place.program;
    const fits = program.fits(place.entry, units);
    place.rule = program.rules[4 * colorIn + ((fits & BUCKET0) !== 0 ? 2 : 0) + ((fits & BUCKET1) !== 0 ? 1 : 0)]!;
    answer = Math.max(answer, place.rule.color);
    if (place.blockedNs !== 0n) isBlocked = true;
  }
  return isBlocked ? RED | ANSWER_BLOCKED : answer;
}

function charge({ program: { program }, entry, rule }: Place, units: number): void {
  const buckets = (rule.charges[0] ? BUCKET0 : 0) | (rule.charges[1] ? BUCKET1 : 0);
  program.charge(entry, units, buckets);
}

/** Ns until the call would not be red; null: never. */
function delayOf({ program: { program }, entry }: Place, units: number, colorIn: number): WaitNs {
  const [wait0, wait1] = program.waits(entry, units);
  const isRed = (fits: number) => program.rules[4 * colorIn + fits]!.color === RED;
  let delay: WaitNs = null;
  const take = (wait: WaitNs) => {
    if (wait !== null && (delay === null || wait < delay)) delay = wait;
  };
  if (!isRed(2)) take(wait0);
  if (!isRed(1)) take(wait1);
  if (!isRed(3)) take(longer(wait0, wait1));
  return delay;
}
