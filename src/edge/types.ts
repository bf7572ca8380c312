/** The public types of the edge library: one decision a request, in fixed memory. No code. */
import type { PolicyInput } from "../policy/input.ts";
import type { Color } from "../types.ts";

export type { Color, PolicyInput };

/**
 * What keys a meter takes. "u32" is the fastest. "u64" takes whole numbers up to 2^53 - 1 and bigints. Strings, bytes and
 * 5-tuples are hashed under the meter's secret (SipHash-1-3, 64 bits). "any" takes numbers, bigints, strings and bytes.
 */
export type KeyKind = "u32" | "u64" | "string" | "bytes" | "5-tuple" | "any";

/** Addresses as text or as 4 or 16 bytes; a port that does not exist is 0. IPv4 in IPv6 (`::ffff:192.0.2.1`) is IPv4. */
export interface FiveTuple {
  readonly protocol: number;
  readonly source: string | Uint8Array;
  readonly destination: string | Uint8Array;
  readonly sourcePort: number;
  readonly destinationPort: number;
}

/** A key of any kind; each meter takes those of its own. */
export type Key = number | bigint | string | Uint8Array | FiveTuple;

/** The unit of all times of a meter: those it is given and those it answers. */
export type TimeUnit = "ms" | "us" | "ns";

/** A time in the meter's unit, of any epoch, never before 0. Fractions are cut to whole nanoseconds. Only "ns" takes bigints. */
export type Time = number | bigint;

/**
 * What happens to a new key when the table is full. All but "deny" first drop a drained key, which equals a new one, so
 * nobody can tell; a search of 256 places, of which 110 to 215 are taken, finds it: 128 from the key's own on, and 128 half
 * the table further. With none there:
 *
 * - "evict-drained": the call is refused; `stats().untracked` counts it
 * - "evict-oldest": the key that would be drained next, of those, is forgotten: it may come back with a full burst;
 *   `stats().forgotten` counts it. Keys that never drain (rate 0, `initial`, blocked for ever) are not: with nothing but
 *   these there the call is refused
 * - "allow": the call is answered as if the key were new and leaves no trace; `stats().untracked` counts it
 * - "deny": no key is ever dropped but by `sweep` and `reset`; the call is refused, `stats().untracked` counts it
 */
export type OnFull = "evict-drained" | "evict-oldest" | "allow" | "deny";

/** One limit: a policy as in policy files, and a name to call it by. */
export type NamedPolicy = PolicyInput & { readonly name?: string };

/** Several limits of the meter on one key, charged all or none: their names, or their places in the list. */
export interface PolicyGroup {
  readonly name?: string;
  readonly all: readonly (string | number)[];
}

/** `wasm` is the core, `js` is pure JavaScript; `auto` is the core where it can be had. Verdicts never depend on it. */
export type EngineName = "wasm" | "js" | "auto";

export interface MeterOptions {
  /** 1 to 64. A call names one by its place in this list. */
  readonly policies: readonly (NamedPolicy | PolicyGroup)[];
  /** Keys that are tracked at once, each under each policy it is used with. All memory is taken at creation. */
  readonly maxFlows: number;
  /** Default "any". */
  readonly key?: KeyKind;
  /** Default "ms". */
  readonly time?: TimeUnit;
  /** Default "evict-drained". */
  readonly onFull?: OnFull;
  /**
   * Times below the newest one are metered at the newest. A time further below than this, in the meter's unit, says that
   * the caller's clock was set back: the meter's own clock then goes on from where it was. Default: a minute.
   */
  readonly clockStep?: number;
  /**
   * Takes places that hold any policy that `setPolicy` may bring: 38.1 bytes a key instead of 37.2 where all of `policies`
   * are one bucket at a rate of few digits. Default: places as large as `policies` need.
   */
  readonly replaceable?: boolean;
  /** Rows that `batch` may have at most; their memory is taken at creation. Default 4096. */
  readonly batchRows?: number;
  /** A cost of 1 is so many parts, and costs may be given in whole parts: 10 makes 0.6 a cost. Default 1. */
  readonly costParts?: number;
  /**
   * 128 secret bits for the hash of keys. Default: drawn at the first call (never at creation: module scope on workerd has
   * no random numbers). Verdicts do not depend on it unless the table is full.
   */
  readonly seed?: readonly [number, number, number, number];
  /** Default "auto". */
  readonly engine?: EngineName;
}

/** What a call is told. Times are in the meter's unit, counted from the call's `now`. */
export interface Decision {
  /** Not red. */
  allowed: boolean;
  /** 0 green, 1 yellow, 2 red. */
  color: Color;
  /** The largest cost that a fresh key could have at once; above 2^32 - 1 it takes several calls. */
  limit: number;
  /**
   * The largest cost that would still be allowed at this instant; above 2^32 - 1 it takes several calls. Where a policy's check leaves the own cost out (`pre`,
   * `overdraft`) any would: there, how many calls of cost 1.
   */
  remaining: number;
  /**
   * 0 if allowed. Else the first whole number of units after which the same call would be allowed if nothing else came;
   * Infinity for a cost that never fits.
   */
  retryAfter: number;
  /** Whole units until the key is as a fresh one if nothing else comes; Infinity if that never is. */
  resetAfter: number;
  /** Whether it was the key's bucket that answered, or `onFull`: there was no room to track the key. */
  tracked: boolean;
  /** Whether `block` is what refused it. */
  blocked: boolean;
}

/** Columns of a batch: views over the engine's memory, which never moves. Fill the first rows, `run`, read them. */
export interface Batch {
  /** Rows that the columns hold. */
  readonly rows: number;
  /** Keys: one word a row with "u32", else two (low word first). Keys that are hashed come by `setKey`. */
  readonly key: Uint32Array;
  /** Times in the meter's unit. Not read with "ns". */
  readonly time: Float64Array;
  /** The same bytes: with "ns" two words a row, low word first. */
  readonly timeWords: Uint32Array;
  /** Costs, whole; in parts where the meter has `costParts`. */
  readonly cost: Uint32Array;
  /** The same column under the name that captures use. */
  readonly length: Uint32Array;
  readonly policy: Uint8Array;
  /** 0 green, 1 yellow, anything else red: for color-aware meters. */
  readonly colorIn: Uint8Array;
  /** Out: 0 green, 1 yellow, 2 red. */
  readonly color: Uint8Array;
  /** Out: 4 where there was no room for the key, 8 where it is blocked, else 0. */
  readonly flags: Uint8Array;
  /** Out, of a run with `outcomes`: as in a Decision; NaN of a run without. */
  readonly remaining: Float64Array;
  readonly retryAfter: Float64Array;
  readonly resetAfter: Float64Array;
  /** Writes a key of any kind that the meter takes. */
  setKey(row: number, key: Key): void;
}

export interface RunOptions {
  /** Fill `remaining`, `retryAfter` and `resetAfter`. */
  readonly outcomes?: boolean;
  /** "peek" changes nothing. Default "consume". */
  readonly mode?: "consume" | "peek";
}

/** How `decideColumns` runs. */
export type ColumnsOptions = Pick<RunOptions, "mode">;

/** What became of a batch. */
export interface Tally {
  readonly green: number;
  readonly yellow: number;
  readonly red: number;
}

/** Arrays of the caller's for `decideColumns`; all of one length but those that are left out. */
export interface Columns {
  readonly key: ArrayLike<Key>;
  readonly time: ArrayLike<Time>;
  readonly cost?: ArrayLike<number>;
  readonly policy?: ArrayLike<number>;
  readonly colorIn?: ArrayLike<number>;
}

/** Where the answers go; those that are given are filled. */
export interface ColumnsOut {
  readonly color?: Uint8Array;
  readonly flags?: Uint8Array;
  readonly remaining?: Float64Array;
  readonly retryAfter?: Float64Array;
  readonly resetAfter?: Float64Array;
}

/** Calls of one color: how many, and the sum of their costs. */
export interface CallCount {
  readonly calls: number;
  readonly cost: number;
}

export interface PolicyStats {
  readonly name: string;
  readonly green: CallCount;
  readonly yellow: CallCount;
  readonly red: CallCount;
}

export interface EdgeStats {
  readonly engine: "wasm" | "js";
  /** Places taken now, and how many there are to take. A key takes one for each bucket pair of each policy it is used with. */
  readonly flows: number;
  readonly maxFlows: number;
  /** Bytes of memory, all taken at creation. */
  readonly memoryBytes: number;
  readonly inserted: number;
  /** Drained keys that were dropped: nobody can tell. */
  readonly evicted: number;
  /** Keys dropped although they were not drained ("evict-oldest"): each may come back with a full burst. */
  readonly forgotten: number;
  /** Calls for which there was no room. */
  readonly untracked: number;
  /** Calls whose time was below the newest time so far. */
  readonly regressions: number;
  /** Of these, the ones taken as a clock that was set back. */
  readonly clockSteps: number;
  /** Calls refused by a block. */
  readonly blocked: number;
  /** Charges that were cut at the most that a level holds. */
  readonly saturated: number;
  readonly policies: readonly PolicyStats[];
}

/** One key under one policy, as it is tracked. */
export interface Entry {
  /** The key; of kinds that are hashed the 64-bit hash, as of "any". */
  readonly key: number | bigint;
  /** Place of the policy in the list. */
  readonly policy: number;
  /** Cost units in each of the policy's buckets at the meter's newest time, rounded up: 0 is drained. */
  readonly used: readonly number[];
  /** Blocked for so long still, in the meter's unit; 0 if it is not. */
  readonly blockedFor: number;
}

/** What one limit promises to every key. */
export interface Quota {
  readonly name: string;
  /** Place of the limit in the list of policies. */
  readonly policy: number;
  /** The largest cost that a fresh key could have at once. */
  readonly limit: number;
  /** Time until a key that has used all of that is as a fresh one, in the meter's unit; Infinity for a rate of 0. */
  readonly window: number;
  /** What costs count. */
  readonly cost: "bytes" | "packets";
}

/** How state is carried over to another policy: in parts of the depth, in units, or not at all. */
export type Inherit = "proportional" | "as-is" | "reset";

export interface SnapshotOptions {
  /** Bytes of a chunk at most. Default 2,000,000: a value of a Durable Object holds 2 MB. */
  readonly maxChunk?: number;
}

/** A meter's options checked and its policies as integers, as `compileMeter` answers them: plain, and nothing to look into. */
export interface CompiledMeter {
  /** Version of its form; another one has to be compiled again. */
  readonly weirMeter: number;
  /** CRC-32 of the text. */
  readonly crc32: number;
  readonly settings: string;
}

export interface RestoreOptions {
  readonly engine?: EngineName;
  /**
   * Time rebase: this `now` is the instant at which the snapshot was taken. Without it the time in between counts, as for
   * a meter that was there all along.
   */
  readonly now?: Time;
}

/**
 * Limits by key, in memory that is fixed at creation. Everything is synchronous; nothing reads a clock, sets a timer, makes
 * a promise, or throws because a call is refused. Arguments that are not what they have to be throw RangeError or TypeError.
 */
export interface EdgeMeter {
  /** Names of the policies; a call names one by its index here. */
  readonly policies: readonly string[];
  /** What keys it takes. */
  readonly key: KeyKind;
  /** The unit of all times. */
  readonly time: TimeUnit;
  /** What the limits of a policy promise: one, or those of a group in its order. The same object until one is replaced. */
  quotas(policy?: number): readonly Quota[];
  /** Debits `cost` if the call is allowed, and answers. */
  decide(key: Key, now: Time, cost?: number, policy?: number, colorIn?: Color): Decision;
  /** `decide` into an object of the caller's: allocates nothing. Answers `out`. */
  decideInto(out: Decision, key: Key, now: Time, cost?: number, policy?: number, colorIn?: Color): Decision;
  /** `decide` for who asks for nothing but `allowed`: the fastest call there is. */
  allows(key: Key, now: Time, cost?: number, policy?: number, colorIn?: Color): boolean;
  /**
   * `allowed`, `color` and `retryAfter` as `decide` would answer; `remaining` and `resetAfter` of the key as it is. Changes
   * nothing and tracks no new key.
   */
  peek(key: Key, now: Time, cost?: number, policy?: number, colorIn?: Color): Decision;
  peekInto(out: Decision, key: Key, now: Time, cost?: number, policy?: number, colorIn?: Color): Decision;
  /**
   * Gives back what a call of this cost and color was charged: at the same instant the exact inverse of it, later as if it
   * had never been charged unless the bucket would have drained meanwhile; a bucket never holds more than when fresh.
   */
  refund(key: Key, amount: number, now: Time, policy?: number, color?: Color): void;
  /**
   * Debits `amount` whatever is left, as from a call of this color: into debt if need be, which then has to drain before a
   * call is allowed. Answers false when there was no room for a new key.
   */
  charge(key: Key, amount: number, now: Time, policy?: number, color?: Color): boolean;
  /**
   * Refuses every call of the key until `until` (Infinity: for ever); its buckets drain meanwhile. An earlier end than a
   * block already has changes nothing; `reset` lifts it. Answers false when there was no room for a new key.
   */
  block(key: Key, until: Time, policy?: number): boolean;
  /** The key starts afresh under the policy. */
  reset(key: Key, policy?: number): void;
  /**
   * Replaces a policy by one of the same meter and check; groups that name it follow. Every key's state at `now` is
   * carried over: "proportional" keeps the part of the depth that is used, "as-is" what is used in units but at most the
   * new depth; both keep debt in units and round up by less than one level step (1e-9 unit and less), and both keep blocks.
   * "reset" keeps nothing, blocks neither, and takes any meter with as many bucket pairs. Costs one pass over the table.
   * Throws ConfigError, with everything as it was, where the meter's places are too small for the policy (`replaceable`).
   */
  setPolicy(policy: number | string, input: PolicyInput, inherit: Inherit, now: Time): void;
  /** Drops drained keys from the next part of the table: about `maxPlaces` places, default all. Answers how many. */
  sweep(now: Time, maxPlaces?: number): number;
  stats(): EdgeStats;
  /** Every tracked key, in no order. Do not use the meter while iterating. */
  entries(): IterableIterator<Entry>;
  /** The same under the name that captures use. */
  flows(): IterableIterator<Entry>;
  /** A number below `shards` for the key, the same for every meter of this key kind: independent of the secret. */
  shardOf(key: Key, shards: number): number;
  /** The columns, for up to so many rows (at most `batchRows`). All batches of a meter share them. */
  batch(rows: number): Batch;
  /** Meters the first `count` rows of the batch, in order: the same answers as one by one. The tally is used again by the next run. */
  run(batch: Batch, count: number, options?: RunOptions): Tally;
  /** The same for arrays of the caller's, which are copied in and out. */
  decideColumns(columns: Columns, out: ColumnsOut, options?: ColumnsOptions): Tally;
  /** All state, in chunks that any engine restores. */
  snapshot(options?: SnapshotOptions): Uint8Array[];
}
