/** The exports of the edge core, and nothing else. */
import {
  ARGUMENT_KEY,
  ARGUMENT_NOW,
  CALL_COLOR_SHIFT,
  CALL_POLICY_MASK,
  EDGE_ABI_VERSION,
  KEY_TEXT,
  RESULT,
  RESULT_KEY,
} from "./abi";
import { siphash } from "../siphash";
import { adjustKey, blockKey, resetKey } from "./adjust";
import { runRows, wrongRow } from "./batch";
import { meterCall, mostOf, peekCall } from "./call";
import { advance, lookAhead, moves as movesTo } from "./clock";
import { allow, decide, decideNow } from "./decide";
import { layOut } from "./memory";
import { roundedDown } from "./rounded";
import { sweepBlocks } from "./sweep";
import { findState, takeState } from "./table";
import { nextSlot } from "./walk";

/** Compared with the constants of the host (abi.ts) when a module is instantiated. */
export function abiVersion(): u32 {
  return EDGE_ABI_VERSION;
}

/** The largest cost that a fresh key could have at once. */
export function most(policy: u32): f64 {
  return roundedDown(mostOf(policy));
}

/** Meters the call whose key is at ARGUMENT_KEY at the ns at ARGUMENT_NOW, and writes its outcome. Answers ANSWER_*. */
export function decideNs(units: u32, call: u32): u32 {
  return meterCall(key(), advance(ns()), units, call & CALL_POLICY_MASK, call >>> CALL_COLOR_SHIFT);
}

/** What `decideNs` would answer; changes nothing. */
export function peek(units: u32, call: u32): u32 {
  return peekCall(key(), lookAhead(ns()), units, call & CALL_POLICY_MASK, call >>> CALL_COLOR_SHIFT);
}

export function charge(units: u32, call: u32): bool {
  return adjustKey(key(), advance(ns()), units, call & CALL_POLICY_MASK, call >>> CALL_COLOR_SHIFT, false);
}

export function refund(units: u32, call: u32): void {
  adjustKey(key(), advance(ns()), units, call & CALL_POLICY_MASK, call >>> CALL_COLOR_SHIFT, true);
}

/** Blocks the key until the ns at ARGUMENT_NOW, or for ever. */
export function block(isForever: bool, policy: u32): bool {
  return blockKey(key(), ns(), isForever, policy);
}

export function reset(policy: u32): void {
  resetKey(key(), policy);
}

/** Makes the time at ARGUMENT_NOW, in the caller's unit, the newest where that is nothing unusual; else does nothing. */
export function moves(): bool {
  return movesTo(load<f64>(ARGUMENT_NOW));
}

function key(): u64 {
  return load<u64>(ARGUMENT_KEY);
}

function ns(): u64 {
  return load<u64>(ARGUMENT_NOW);
}

/** Drops drained flows from the next `blocks` blocks; answers how many. */
export function sweep(blocks: u32): u32 {
  return sweepBlocks(advance(ns()), blocks);
}

/** The identity of the key whose bytes lie at KEY_TEXT, at RESULT_KEY. */
export function identify(length: u32): void {
  store<u64>(RESULT + (RESULT_KEY << 3), siphash(KEY_TEXT, length, 0));
}

/** Address of the state of a word, zeroed if it was not in the table: for restoring. */
export function place(wordLo: u32, wordHi: u32, kind: u32): usize {
  const word = ((<u64>wordHi) << 32) | (<u64>wordLo);
  const known = findState(word);
  return known != 0 ? known : takeState(word, kind);
}

export { allow, decide, decideNow, layOut, nextSlot, wrongRow };
export { runRows as run };
