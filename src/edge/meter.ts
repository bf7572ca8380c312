/** The meter: checks what it is given, asks the engine, and puts its answers into words. */
import {
  ANSWER_COLOR_MASK,
  ARGUMENT_NOW,
  ARGUMENTS,
  CALL_COLOR_SHIFT,
  COLUMN_FAST,
  COLUMNS,
  RESULT,
  RESULT_REMAINING,
  RESULT_RESET,
  RESULT_WORDS,
  UNUSUAL,
} from "../../assembly/edge/abi.ts";
import type { Color } from "../types.ts";
import { EdgeBatch } from "./batch.ts";
import { checkCharged } from "./charged.ts";
import { unitsOf } from "./cost.ts";
import { engineOf, type EdgeEngine, type EdgeFunctions, type EngineMaker } from "./engine.ts";
import { createDecision, putDecision } from "./decision.ts";
import { entriesOf } from "./entries.ts";
import { inherit } from "./inherit.ts";
import { identityOf, type Identity } from "./keys.ts";
import { formOf, layoutOf, type Layout } from "./layout.ts";
import { ON_FULL, type Settings } from "./options.ts";
import type { EdgePolicy } from "./profiles.ts";
import { quotasOf } from "./quota.ts";
import { checkSeed, drawnSeed } from "./seed.ts";
import { snapshotOf } from "./snapshot.ts";
import { shardOf } from "./shard.ts";
import { statsOf } from "./stats.ts";
import { Times } from "./time.ts";
import type * as types from "./types.ts";
import { viewsOf, type Views } from "./views.ts";
import { outside } from "./whole.ts";
import { isQuick, writeFast, writeClockEnd, writePolicy, writeSecret, writeSlot, writeState } from "./write.ts";

// Compiled in, where imports are read anew for each call.
const IS_UNUSUAL = UNUSUAL;
const REMAINING = RESULT_REMAINING;
const RESET = RESULT_RESET;
/** Instead of a largest cost: the policy has no shortest way. */
const NO_COST = -1;

export class Meter implements types.EdgeMeter {
  readonly policies: readonly string[];
  readonly key: types.KeyKind;
  readonly time: types.TimeUnit;
  readonly settings: Settings;
  readonly layout: Layout;
  readonly engine: EdgeEngine;
  readonly views: Views;
  readonly keys: Identity;
  readonly times: Times;
  /** Of each limit: its first slot, and what its slots run; undefined for groups. */
  readonly limits: ({ readonly firstSlot: number; policy: EdgePolicy } | undefined)[];
  /** Undefined until it is drawn. */
  seed: readonly number[] | undefined;
  // Only declared: fields that are written once, and not made as undefined before, are constants to V8 where the meter is.
  declare private readonly functions: EdgeFunctions;
  declare private readonly usual: EdgeFunctions["decideUsual"];
  declare private readonly usualAllow: EdgeFunctions["allowUsual"];
  declare private readonly result: Float64Array;
  /** Key and time of a call: two words each, and the time as a double. */
  readonly #arguments: Int32Array;
  readonly #nowArgument: Float64Array;
  readonly #own = createDecision();
  /** The caller's time that is the meter's newest; NaN: none is known to be. */
  #now = NaN;
  readonly #parts: number;
  readonly #batch: EdgeBatch;
  /** The largest cost of a fresh key by policy. */
  readonly #most: number[] = [];
  /** The same of policies with the shortest way, where keys are numbers of 32 bits and costs whole; else NO_COST. */
  readonly #plainMost: number[] = [];
  /** That of the first, which most calls are under. */
  #firstMost = NO_COST;
  /** By policy, once asked for. */
  #quotas: (readonly types.Quota[])[] = [];
  #isReady = false;

  /** A meter of settings that were checked (options.ts), over an engine of its own. */
  constructor(settings: Settings, makeEngine: EngineMaker) {
    this.settings = settings;
    this.policies = settings.policies.map(({ name }) => name);
    this.key = settings.key;
    this.time = settings.time;
    let slots = 0;
    this.limits = settings.policies.map(({ own }) => {
      if (own === undefined) return undefined;
      const firstSlot = slots;
      slots += own.slots.length;
      return { firstSlot, policy: own };
    });
    const all = this.limits.flatMap((limit) => limit?.policy.slots ?? []);
    const isCompact = !settings.replaceable && all.every((slot) => slot.isCompact);
    this.layout = layoutOf(settings.maxFlows, settings.batchRows, isCompact, slots > 1);
    const { table, blocks, kinds, end } = this.layout;
    const engine = engineOf(makeEngine, end, settings.maxFlows);
    this.engine = engine;
    this.functions = engine.functions;
    this.usual = engine.functions.decideUsual;
    this.usualAllow = engine.functions.allowUsual;
    this.functions.layOut(table, blocks, isCompact ? 1 : 0, kinds, ON_FULL[settings.onFull]);
    const { buffer } = engine.memory;
    this.views = viewsOf(buffer);
    this.result = new Float64Array(buffer, RESULT, RESULT_WORDS);
    this.#arguments = new Int32Array(buffer, ARGUMENTS, 4);
    this.#nowArgument = new Float64Array(buffer, ARGUMENT_NOW, 1);
    this.keys = identityOf(settings.key, engine, this.views);
    this.times = new Times(settings.time);
    this.#parts = settings.costParts;
    writeState(this.views, this.layout, settings);
    this.limitClock();
    this.#batch = new EdgeBatch(this);
    this.#writePolicies();
    if (settings.seed !== undefined) this.plant(settings.seed);
  }

  /** The slots that a call under these limits goes through. */
  slotsOf(members: readonly number[]): readonly number[] {
    return members.flatMap((member) => {
      const { firstSlot, policy } = this.limits[member]!;
      return policy.slots.map((_, index) => firstSlot + index);
    });
  }

  /** Sets where the clock begins anew, for the policies there are and those to come. */
  limitClock(...next: readonly EdgePolicy[]): void {
    const policies = this.limits.flatMap((limit) => (limit === undefined ? [] : [limit.policy]));
    writeClockEnd(this.views, this.layout.isCompact, [...policies, ...next]);
  }

  #writePolicies(): void {
    for (const limit of this.limits) {
      for (const [index, slot] of limit?.policy.slots.entries() ?? []) {
        writeSlot(this.engine, this.views, limit!.firstSlot + index, slot);
      }
    }
    for (const [index, { members }] of this.settings.policies.entries()) {
      writePolicy(this.views, index, this.slotsOf(members));
    }
    this.#writeMost();
  }

  /** What follows from policies and secret together. */
  writeFastWays(): void {
    const isPlain = this.settings.key === "u32" && this.#parts === 1;
    let areFast = true;
    for (const [index, { members }] of this.settings.policies.entries()) {
      const [slot, ...others] = this.slotsOf(members);
      const of = this.limits[members[0]!]!.policy.slots[0]!;
      const isFast = writeFast(this.views, this.layout, index, slot!, others.length === 0 ? of : undefined);
      this.#plainMost[index] = isPlain && isFast && isQuick(of) ? this.#most[index]! : NO_COST;
      areFast &&= isFast;
    }
    this.#firstMost = this.#plainMost[0]!;
    this.views.words[COLUMNS / 4 + COLUMN_FAST] = areFast ? 1 : 0;
    this.engine.refresh();
  }

  #writeMost(): void {
    this.#quotas = [];
    for (const index of this.policies.keys()) this.#most[index] = this.functions.mostUnits(index) / this.#parts;
  }

  /** Sets the secret: given, or drawn by the first call. */
  plant(seed: readonly number[]): void {
    this.seed = checkSeed(seed);
    writeSecret(this.engine, this.views, this.seed, this.settings.key === "u32");
    this.writeFastWays();
    this.#isReady = true;
  }

  /** Before a call that is not one at the newest time. */
  #begin(): void {
    if (!this.#isReady) this.plant(drawnSeed());
    this.#now = NaN;
  }

  quotas(policy = 0): readonly types.Quota[] {
    this.#mostOf(policy);
    return (this.#quotas[policy] ??= quotasOf(this, policy));
  }

  decide(key: types.Key, now: types.Time, cost = 1, policy = 0, colorIn: Color = 0): types.Decision {
    return this.decideInto(createDecision(), key, now, cost, policy, colorIn);
  }

  decideInto(
    out: types.Decision,
    key: types.Key,
    now: types.Time,
    cost = 1,
    policy = 0,
    colorIn: Color = 0,
  ): types.Decision {
    // Short, for V8 to compile it into the caller: else key and time would be put on the heap for the call.
    const limit = this.#plainLimit(policy);
    const isPlain = typeof key === "number" && key >>> 0 === key && cost >>> 0 === cost && cost <= limit;
    let allowed: boolean;
    if (!isPlain || !(now === this.#now || this.#moves(now))) {
      allowed = this.#decideAny(out, key, now, cost, policy, colorIn);
    } else {
      const answer = this.usual(key | 0, cost, policy);
      allowed = answer >= 0;
      if (!allowed) {
        const color = answer === IS_UNUSUAL ? this.functions.decideNow(key | 0, 0, cost, policy) : 2;
        allowed = this.#put(out, color, limit);
      } else {
        out.color = 0;
        out.limit = limit;
        out.remaining = this.result[REMAINING]!;
        out.retryAfter = 0;
        out.resetAfter = this.result[RESET]!;
        out.tracked = true;
        out.blocked = false;
      }
    }
    // Once for all ways: a caller into which this is compiled need not read it back.
    out.allowed = allowed;
    return out;
  }

  /** The largest cost of the policy's shortest way. */
  #plainLimit(policy: number): number {
    return policy === 0 ? this.#firstMost : (this.#plainMost[policy] ?? NO_COST);
  }

  /** A call of any kind, at any time; whether it is allowed. */
  #decideAny(
    out: types.Decision,
    key: types.Key,
    now: types.Time,
    cost: number,
    policy: number,
    colorIn: Color,
  ): boolean {
    const most = this.#mostOf(policy);
    const units = this.#units(cost);
    const call = policy | (colorIn << CALL_COLOR_SHIFT);
    const words = this.#arguments;
    if (!this.#isReady) this.plant(drawnSeed());
    this.keys.put(words, 0, key);
    if (now !== this.#now && !this.#moves(now)) {
      this.times.put(words, 2, now);
      return this.#put(out, this.functions.decideNs(units, call), most);
    }
    return this.#put(out, this.functions.decideNow(words[0]!, words[1]!, units, call), most);
  }

  /** Makes `now` the meter's newest time where that is nothing unusual. */
  #moves(now: types.Time): boolean {
    this.#now = NaN;
    if (typeof now !== "number" || !(now >= 0 && now < this.times.end)) return false;
    this.#nowArgument[0] = now;
    if (this.functions.moves() === 0) return false;
    this.#now = now;
    return true;
  }

  allows(key: types.Key, now: types.Time, cost = 1, policy = 0, colorIn: Color = 0): boolean {
    const isPlain = typeof key === "number" && key >>> 0 === key && cost >>> 0 === cost;
    if (isPlain && cost <= this.#plainLimit(policy) && (now === this.#now || this.#moves(now))) {
      const answer = this.usualAllow(key | 0, cost, policy);
      if (answer !== IS_UNUSUAL) return answer >= 0;
      return (this.functions.decideNow(key | 0, 0, cost, policy) & ANSWER_COLOR_MASK) !== 2;
    }
    return this.#decideAny(this.#own, key, now, cost, policy, colorIn);
  }

  peek(key: types.Key, now: types.Time, cost = 1, policy = 0, colorIn: Color = 0): types.Decision {
    return this.peekInto(createDecision(), key, now, cost, policy, colorIn);
  }

  peekInto(
    out: types.Decision,
    key: types.Key,
    now: types.Time,
    cost = 1,
    policy = 0,
    colorIn: Color = 0,
  ): types.Decision {
    const most = this.#mostOf(policy);
    this.#putArguments(key, now);
    this.#put(out, this.functions.peekNs(this.#units(cost), policy | (colorIn << CALL_COLOR_SHIFT)), most);
    return out;
  }

  #put(out: types.Decision, answer: number, most: number): boolean {
    return putDecision(out, answer, most, this.result, this.#parts);
  }

  /** Writes the arguments of a call, its time in nanoseconds. */
  #putArguments(key: types.Key, now: types.Time): void {
    this.#begin();
    this.times.put(this.#arguments, 2, now);
    this.keys.put(this.#arguments, 0, key);
  }

  #mostOf(policy: number): number {
    const most = this.#most[policy];
    if (most !== undefined) return most;
    throw outside("policy", policy, 0, this.policies.length - 1);
  }

  #units(cost: number): number {
    return cost >>> 0 === cost && this.#parts === 1 ? cost : unitsOf(cost, this.#parts);
  }

  refund(key: types.Key, amount: number, now: types.Time, policy = 0, color: Color = 0): void {
    this.#checkCharged(policy, color);
    this.#putArguments(key, now);
    this.functions.refundNs(this.#units(amount), policy | (color << CALL_COLOR_SHIFT));
  }

  charge(key: types.Key, amount: number, now: types.Time, policy = 0, color: Color = 0): boolean {
    this.#checkCharged(policy, color);
    this.#putArguments(key, now);
    return this.functions.chargeNs(this.#units(amount), policy | (color << CALL_COLOR_SHIFT)) !== 0;
  }

  #checkCharged(policy: number, color: number): void {
    this.#mostOf(policy);
    const { members } = this.settings.policies[policy]!;
    const slots = members.flatMap((member) => this.limits[member]!.policy.slots);
    checkCharged(this.policies[policy]!, slots, color);
  }

  block(key: types.Key, until: types.Time, policy = 0): boolean {
    this.#mostOf(policy);
    const isForever = until === Infinity;
    this.#putArguments(key, isForever ? 0 : until);
    return this.functions.blockUntil(isForever ? 1 : 0, policy) !== 0;
  }

  reset(key: types.Key, policy = 0): void {
    this.#mostOf(policy);
    this.#putArguments(key, 0);
    this.functions.resetKey(policy);
  }

  setPolicy(policy: number | string, input: types.PolicyInput, how: types.Inherit, now: types.Time): void {
    this.#begin();
    inherit(this, policy, input, how, () => {
      this.times.put(this.#arguments, 2, now);
      this.functions.sweepBlocks(0);
    });
    this.limitClock();
    this.#writeMost();
    this.writeFastWays();
  }

  sweep(now: types.Time, maxPlaces = Infinity): number {
    if (!(maxPlaces >= 0)) throw new RangeError(`maxPlaces ${String(maxPlaces)}: must be a number from 0 on`);
    this.#now = NaN;
    this.times.put(this.#arguments, 2, now);
    const { places } = formOf(this.layout.isCompact);
    const blocks = Math.min(Math.ceil(maxPlaces / places), this.layout.blocks);
    return this.functions.sweepBlocks(blocks) >>> 0;
  }

  stats(): types.EdgeStats {
    return statsOf(this);
  }

  entries(): IterableIterator<types.Entry> {
    return entriesOf(this);
  }

  flows(): IterableIterator<types.Entry> {
    return this.entries();
  }

  shardOf(key: types.Key, shards: number): number {
    return shardOf(key, this.settings.key, shards);
  }

  batch(rows: number): types.Batch {
    return this.#batch.of(rows);
  }

  run(batch: types.Batch, count: number, options?: types.RunOptions): types.Tally {
    this.#begin();
    return this.#batch.run(batch, count, options);
  }

  decideColumns(columns: types.Columns, out: types.ColumnsOut, options?: types.ColumnsOptions): types.Tally {
    this.#begin();
    return this.#batch.runColumns(columns, out, options);
  }

  snapshot(options?: types.SnapshotOptions): Uint8Array[] {
    this.#begin();
    return snapshotOf(this, options);
  }
}
