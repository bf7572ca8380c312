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
import { adjustKey, blockKey, resetKey as resetKeyOf } from "./adjust";
import { runRows, wrongRow } from "./batch";
import { meterCall, mostOf, peekCall } from "./call";
import { advance, lookAhead, moves as movesTo } from "./clock";
import { allow, decide, decideNow } from "./decide";
import { layOut } from "./memory";
import { roundedDown } from "./rounded";
import { sweepBlocks as sweepNext } from "./sweep";
import { findState, takeState } from "./table";
import { nextSlot } from "./walk";

/** Compared with the constants of the host (abi.ts) when a module is instantiated. */
export function abiVersion(): u32 {
  return EDGE_ABI_VERSION;
}

/** The largest cost that a fresh key could have at once. */
function mostUnits(policy: u32): f64 {
  return roundedDown(mostOf(policy));
}

/** Meters the call whose key is at ARGUMENT_KEY at the ns at ARGUMENT_NOW, and writes its outcome. Answers ANSWER_*. */
function decideNs(units: u32, call: u32): u32 {
  return meterCall(key(), advance(ns()), units, call & CALL_POLICY_MASK, call >>> CALL_COLOR_SHIFT);
}

/** What `decideNs` would answer; changes nothing. */
function peekNs(units: u32, call: u32): u32 {
  return peekCall(key(), lookAhead(ns()), units, call & CALL_POLICY_MASK, call >>> CALL_COLOR_SHIFT);
}

function chargeNs(units: u32, call: u32): bool {
  return adjustKey(key(), advance(ns()), units, call & CALL_POLICY_MASK, call >>> CALL_COLOR_SHIFT, false);
}

function refundNs(units: u32, call: u32): void {
  adjustKey(key(), advance(ns()), units, call & CALL_POLICY_MASK, call >>> CALL_COLOR_SHIFT, true);
}

/** Blocks the key until the ns at ARGUMENT_NOW, or for ever. */
function blockUntil(isForever: bool, policy: u32): bool {
  return blockKey(key(), ns(), isForever, policy);
}

function resetKey(policy: u32): void {
  resetKeyOf(key(), policy);
}

/** Makes the time at ARGUMENT_NOW, in the caller's unit, the newest where that is nothing unusual; else does nothing. */
function moves(): bool {
  return movesTo(load<f64>(ARGUMENT_NOW));
}

function key(): u64 {
  return load<u64>(ARGUMENT_KEY);
}

function ns(): u64 {
  return load<u64>(ARGUMENT_NOW);
}

/** Drops drained flows from the next `blocks` blocks; answers how many. */
function sweepBlocks(blocks: u32): u32 {
  return sweepNext(advance(ns()), blocks);
}

/** The identity of the key whose bytes lie at KEY_TEXT, at RESULT_KEY. */
function identify(length: u32): void {
  store<u64>(RESULT + (RESULT_KEY << 3), siphash(KEY_TEXT, length, 0));
}

/** Address of the state of a word, zeroed if it was not in the table: for restoring. */
function placeWord(wordLo: u32, wordHi: u32, kind: u32): usize {
  const word = ((<u64>wordHi) << 32) | (<u64>wordLo);
  const known = findState(word);
  return known != 0 ? known : takeState(word, kind);
}

/** In short, as src/edge/corenames.ts has them: names are text wherever the core goes. */
export {
  layOut as sa,
  mostUnits as sb,
  decide as sc,
  allow as sd,
  decideNow as se,
  moves as sf,
  decideNs as sg,
  peekNs as sh,
  chargeNs as si,
  refundNs as sj,
  blockUntil as sk,
  resetKey as sl,
  sweepBlocks as sm,
  identify as sn,
  placeWord as so,
  nextSlot as sp,
  wrongRow as sq,
  runRows as sr,
};
