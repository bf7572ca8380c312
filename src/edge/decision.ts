/** What calls are told. */
import {
  ANSWER_BLOCKED,
  ANSWER_COLOR_MASK,
  ANSWER_FULL,
  RESULT_REMAINING,
  RESULT_RESET,
  RESULT_RETRY,
} from "../../assembly/edge/abi.ts";
import type { Color } from "../types.ts";
import type { Decision } from "./types.ts";

// Compiled in, where imports are read anew for each call.
const COLOR_MASK = ANSWER_COLOR_MASK;
const FULL = ANSWER_FULL;
const BLOCKED = ANSWER_BLOCKED;
const REMAINING = RESULT_REMAINING;
const RETRY = RESULT_RETRY;
const RESET = RESULT_RESET;

/** A Decision to decide into. */
export function createDecision(): Decision {
  return {
    allowed: false,
    color: 2,
    limit: 0,
    remaining: 0,
    retryAfter: 0,
    resetAfter: 0,
    tracked: true,
    blocked: false,
  };
}

/** Puts an engine's answer and the outcome at `result`, in parts of a unit, into words. Answers whether it allows. */
export function putDecision(
  out: Decision,
  answer: number,
  limit: number,
  result: Float64Array,
  parts: number,
): boolean {
  // A color is one of three; `answer & COLOR_MASK` is never 3.
  const color = answer & COLOR_MASK;
  out.allowed = color !== 2;
  out.color = color as Color;
  out.limit = limit;
  const remaining = result[REMAINING]!;
  out.remaining = parts === 1 ? remaining : remaining / parts;
  out.retryAfter = result[RETRY]!;
  out.resetAfter = result[RESET]!;
  out.tracked = (answer & FULL) === 0;
  out.blocked = (answer & BLOCKED) !== 0;
  return out.allowed;
}
