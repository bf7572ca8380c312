/**
 * The pure-JavaScript edge engine: for runtimes without WebAssembly, and the check of the core by other means. It keeps
 * the same bytes in the same places as assembly/edge, so that all that is around an engine works on either.
 */
import {
  ANSWER_COLOR_MASK,
  ARGUMENT_KEY,
  ARGUMENT_NOW,
  CALL_COLOR_SHIFT,
  CALL_POLICY_MASK,
  COUNTS,
  COUNTS_BYTES,
  COUNTS_CALLS,
  COUNTS_UNITS,
  KEY_TEXT,
  KEY_TEXT_BYTES_MAX,
  REFUSED,
  RESULT,
  RESULT_KEY,
  STATE,
  STATE_UNIT,
  UNUSUAL,
} from "../../../assembly/edge/abi.ts";
import { CONFIG } from "../../../assembly/abi.ts";
import type { EdgeEngine, EdgeFunctions } from "../engine.ts";
import type { EdgeProfile } from "../profiles.ts";
import { putNs } from "../time.ts";
import { viewsOf, type Views } from "../views.ts";
import { Adjustments } from "./adjust.ts";
import { Rows } from "./batch.ts";
import { Calls, type Parts } from "./call.ts";
import { CompactRoom } from "./compactroom.ts";
import { Clock, count } from "./counters.ts";
import { FastWay } from "./fast.ts";
import { programOf, type EdgeProgram } from "./program.ts";
import { roundedDown } from "./rounded.ts";
import { siphash } from "./siphash.ts";
import { Table } from "./table.ts";
import { Walk } from "./walk.ts";

/** An engine of its own in pure JavaScript. */
export function createJsEngine(bytes: number): EdgeEngine {
  return new JsEngine(bytes);
}

class JsEngine implements EdgeEngine, EdgeFunctions {
  readonly name = "js";
  readonly memory: { readonly buffer: ArrayBuffer };
  readonly #programs: EdgeProgram[] = [];
  readonly #views: Views;
  readonly #words: Uint32Array;
  readonly #doubles: Float64Array;
  readonly #secret: Uint32Array;
  readonly #text: Uint8Array;
  #table!: Table;
  #clock!: Clock;
  #calls!: Calls;
  #adjustments!: Adjustments;
  #fast!: FastWay;
  #rows!: Rows;
  #walk!: Walk;
  /** The nanoseconds of a call's time. */
  readonly #ns = new Uint32Array(2);
  #unitNs = 1;

  constructor(bytes: number) {
    const buffer = new ArrayBuffer(bytes);
    this.memory = { buffer };
    this.#views = viewsOf(buffer);
    this.#words = this.#views.words;
    this.#doubles = this.#views.doubles;
    this.#secret = new Uint32Array(buffer, CONFIG, 4);
    this.#text = new Uint8Array(buffer, KEY_TEXT, KEY_TEXT_BYTES_MAX);
  }

  /** Called without the engine in front, as exports of a module are. */
  readonly decideUsual = (key: number, units: number, policy: number): number => {
    const color = this.#fast.isOpen(policy) ? this.#fast.meter(key, 0, units, policy, false) : UNUSUAL;
    return color > 0 ? REFUSED : color;
  };

  readonly allowUsual = this.decideUsual;

  get functions(): EdgeFunctions {
    return this;
  }

  layOut(base: number, blocks: number, isCompact: number, kinds: number, onFull: number): void {
    const { buffer } = this.memory;
    this.#table = new Table(buffer, base, blocks, isCompact !== 0, kinds);
    this.#clock = new Clock(this.#words, (time) => this.#adjustments.rebase(time));
    const parts: Parts = {
      ...this.#views,
      table: this.#table,
      clock: this.#clock,
      isCompact: isCompact !== 0,
      onFull,
      blocks,
      programs: this.#programs,
    };
    this.#calls = new Calls(parts);
    const compactRoom = new CompactRoom(parts);
    this.#adjustments = new Adjustments(parts, this.#calls, compactRoom);
    this.#fast = new FastWay(parts, compactRoom);
    this.#walk = new Walk(parts);
    this.#rows = new Rows(buffer, {
      meter: (keyLo, keyHi, nsLo, nsHi, units, call) => this.#meterAt(keyLo, keyHi, nsLo, nsHi, units, call),
      peek: (keyLo, keyHi, nsLo, nsHi, units, call) => this.#peekAt(keyLo, keyHi, nsLo, nsHi, units, call),
    });
  }

  setProfile(index: number, profile: EdgeProfile): void {
    this.#programs[index] = programOf(profile);
  }

  refresh(): void {
    this.#unitNs = this.#words[STATE / 4 + 2 * STATE_UNIT]!;
    this.#fast.refresh();
  }

  mostUnits(policy: number): number {
    return roundedDown(this.#calls.most(policy));
  }

  decideNow(keyLo: number, keyHi: number, units: number, call: number): number {
    this.#clock.stand();
    return this.#meterNow(keyLo, keyHi, units, call);
  }

  moves(): number {
    putNs(this.#ns, 0, this.#doubles[ARGUMENT_NOW / 8]!, this.#unitNs);
    return +this.#clock.moves(this.#ns[0]!, this.#ns[1]!);
  }

  decideNs(units: number, call: number): number {
    return this.#meterAt(this.#keyLo, this.#keyHi, this.#nsLo, this.#nsHi, units, call);
  }

  #meterAt(keyLo: number, keyHi: number, nsLo: number, nsHi: number, units: number, call: number): number {
    this.#clock.advance(nsLo, nsHi);
    return this.#meterNow(keyLo, keyHi, units, call);
  }

  #meterNow(keyLo: number, keyHi: number, units: number, call: number): number {
    const policy = call & CALL_POLICY_MASK;
    if (this.#clock.lagNs === 0n && this.#fast.isOpen(policy)) {
      const color = this.#fast.meter(keyLo, keyHi, units, policy, true);
      if (color >= 0) return color;
    }
    const answer = this.#calls.meter(keyLo, keyHi, units, policy, call >>> CALL_COLOR_SHIFT);
    const counts = (COUNTS + policy * COUNTS_BYTES) / 4 + 2 * (answer & ANSWER_COLOR_MASK);
    count(this.#words, counts + COUNTS_CALLS / 4, 1);
    count(this.#words, counts + COUNTS_UNITS / 4, units);
    return answer;
  }

  peekNs(units: number, call: number): number {
    return this.#peekAt(this.#keyLo, this.#keyHi, this.#nsLo, this.#nsHi, units, call);
  }

  #peekAt(keyLo: number, keyHi: number, nsLo: number, nsHi: number, units: number, call: number): number {
    this.#clock.look(nsLo, nsHi);
    return this.#calls.peek(keyLo, keyHi, units, call & CALL_POLICY_MASK, call >>> CALL_COLOR_SHIFT);
  }

  chargeNs(units: number, call: number): number {
    this.#clock.advance(this.#nsLo, this.#nsHi);
    const policy = call & CALL_POLICY_MASK;
    return +this.#adjustments.charge(this.#keyLo, this.#keyHi, units, policy, call >>> CALL_COLOR_SHIFT);
  }

  refundNs(units: number, call: number): void {
    this.#clock.advance(this.#nsLo, this.#nsHi);
    const policy = call & CALL_POLICY_MASK;
    this.#adjustments.refund(this.#keyLo, this.#keyHi, units, policy, call >>> CALL_COLOR_SHIFT);
  }

  blockUntil(isForever: number, policy: number): number {
    const until = isForever === 0 ? (BigInt(this.#nsHi) << 32n) | BigInt(this.#nsLo) : null;
    return +this.#adjustments.block(this.#keyLo, this.#keyHi, until, policy);
  }

  resetKey(policy: number): void {
    this.#adjustments.reset(this.#keyLo, this.#keyHi, policy);
  }

  sweepBlocks(blocks: number): number {
    this.#clock.advance(this.#nsLo, this.#nsHi);
    return this.#adjustments.sweep(blocks);
  }

  identify(length: number): void {
    siphash(this.#secret, this.#text, length, this.#words, RESULT / 4 + 2 * RESULT_KEY);
  }

  placeWord(wordLo: number, wordHi: number, kind: number): number {
    const known = this.#table.findWord(wordLo, wordHi);
    return 4 * (known === 0 ? this.#table.take(wordLo, wordHi, kind) : known);
  }

  nextSlot(isFirst: number): number {
    return +this.#walk.next(isFirst !== 0);
  }

  wrongRow(rows: number): number {
    return this.#rows.wrongRow(rows);
  }

  runRows(rows: number, mode: number): void {
    this.#rows.run(rows, mode, this.#unitNs);
  }

  get #keyLo(): number {
    return this.#words[ARGUMENT_KEY / 4]!;
  }

  get #keyHi(): number {
    return this.#words[ARGUMENT_KEY / 4 + 1]!;
  }

  get #nsLo(): number {
    return this.#words[ARGUMENT_NOW / 4]!;
  }

  get #nsHi(): number {
    return this.#words[ARGUMENT_NOW / 4 + 1]!;
  }
}
