/** The exports of the edge core, and nothing else. */
import { CALL_COLOR_SHIFT, CALL_POLICY_MASK, EDGE_ABI_VERSION, KEY_TEXT, RESULT, RESULT_KEY } from "./abi";
import { siphash } from "../siphash";
import { blockEnd, blockKey, chargeKey, refundKey, resetKey } from "./adjust";
import { runRows } from "./batch";
import { meterCall, mostOf, peekCall } from "./call";
import { advance, lookAhead, nanosecondsOf } from "./clock";
import { layOut } from "./memory";
import { sweepBlocks } from "./sweep";
import { findState, takeState } from "./table";

/** Compared with the constants of the host (abi.ts) when a module is instantiated. */
export function abiVersion(): u32 {
  return EDGE_ABI_VERSION;
}

/** The largest cost that a fresh key could have at once. */
export function most(policy: u32): f64 {
  return <f64>(<i64>mostOf(policy));
}

/** Meters a call at `now` (units of the caller's time) and writes its outcome at RESULT. Answers ANSWER_*. */
export function decide(keyLo: u32, keyHi: u32, now: f64, units: u32, call: u32): u32 {
  return meterCall(keyLo, keyHi, advance(nanosecondsOf(now)), units, call & CALL_POLICY_MASK, call >>> CALL_COLOR_SHIFT);
}

/** The same at so many nanoseconds, for callers whose time no double holds. */
export function decideNs(keyLo: u32, keyHi: u32, nowLo: u32, nowHi: u32, units: u32, call: u32): u32 {
  const ns = ((<u64>nowHi) << 32) | <u64>nowLo;
  return meterCall(keyLo, keyHi, advance(ns), units, call & CALL_POLICY_MASK, call >>> CALL_COLOR_SHIFT);
}

/** What `decide` would answer; changes nothing. */
export function peek(keyLo: u32, keyHi: u32, nowLo: u32, nowHi: u32, units: u32, call: u32): u32 {
  const ns = ((<u64>nowHi) << 32) | <u64>nowLo;
  return peekCall(keyLo, keyHi, lookAhead(ns), units, call & CALL_POLICY_MASK, call >>> CALL_COLOR_SHIFT);
}

export function charge(keyLo: u32, keyHi: u32, nowLo: u32, nowHi: u32, units: u32, call: u32): bool {
  const ns = ((<u64>nowHi) << 32) | <u64>nowLo;
  return chargeKey(keyLo, keyHi, advance(ns), units, call & CALL_POLICY_MASK, call >>> CALL_COLOR_SHIFT);
}

export function refund(keyLo: u32, keyHi: u32, nowLo: u32, nowHi: u32, units: u32, call: u32): void {
  const ns = ((<u64>nowHi) << 32) | <u64>nowLo;
  refundKey(keyLo, keyHi, advance(ns), units, call & CALL_POLICY_MASK, call >>> CALL_COLOR_SHIFT);
}

export function block(keyLo: u32, keyHi: u32, untilLo: u32, untilHi: u32, isForever: bool, policy: u32): bool {
  return blockKey(keyLo, keyHi, blockEnd(((<u64>untilHi) << 32) | <u64>untilLo, isForever), policy);
}

export function reset(keyLo: u32, keyHi: u32, policy: u32): void {
  resetKey(keyLo, keyHi, policy);
}

/** Drops drained flows from the next `blocks` blocks; answers how many. */
export function sweep(nowLo: u32, nowHi: u32, blocks: u32): u32 {
  return sweepBlocks(advance(((<u64>nowHi) << 32) | <u64>nowLo), blocks);
}

/** The identity of the key whose bytes lie at KEY_TEXT, at RESULT_KEY. */
export function identify(length: u32): void {
  store<u64>(RESULT + (RESULT_KEY << 3), siphash(KEY_TEXT, length, 0));
}

/** Address of a zeroed state for a word that is not in the table, and of that of one that is: for restoring. */
export function place(wordLo: u32, wordHi: u32, kind: u32): usize {
  const word = ((<u64>wordHi) << 32) | <u64>wordLo;
  const known = findState(word);
  return known != 0 ? known : takeState(word, kind);
}

export { layOut };
export { runRows as run };
