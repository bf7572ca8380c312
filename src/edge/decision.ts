/** What a call is told, as an object. */
import type { Decision } from "./types.ts";

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
