/** The `reason` column as words: of a reason and a class the index of its text. */
import { COLOR_GREEN, REASON_BUCKET } from "../../assembly/abi.ts";
import { REASON_WORDS, reasonNames } from "../core/reasons.ts";
import type { CoreViews } from "../core/views.ts";
import type { LinkPolicy, Policy } from "../types.ts";

/** A link drops whole packets for want of room: no bucket is at fault. */
function namesOf(policy: Policy | LinkPolicy): readonly (readonly string[])[] {
  return policy.meter === "link" ? [] : reasonNames(policy);
}

export class ReasonWords {
  /** Every text that the column may have; the first is that of a green packet. */
  readonly words: readonly string[];
  /** By reason, for those that name no bucket. */
  readonly #fixed = new Uint32Array(REASON_BUCKET);
  /** By class, then by reason from REASON_BUCKET on. */
  readonly #buckets: readonly Uint32Array[];

  constructor(policy: Policy | LinkPolicy) {
    const indexes = new Map<string, number>([["", 0]]);
    const indexOf = (word: string) => {
      if (!indexes.has(word)) indexes.set(word, indexes.size);
      return indexes.get(word)!;
    };
    for (const [reason, word] of Object.entries(REASON_WORDS)) this.#fixed[Number(reason)] = indexOf(word);
    this.#buckets = namesOf(policy).map((names) => Uint32Array.from(names, indexOf));
    this.words = [...indexes.keys()];
  }

  /** Fills the column for the batch's packets, as many as `target` has. */
  fill(target: Uint8Array | Uint32Array, { color, reason, class: classes }: CoreViews): void {
    for (let row = 0; row < target.length; row += 1) {
      const isRefused = color[row] !== COLOR_GREEN;
      target[row] = isRefused ? this.#indexOf(reason[row]!, classes[row]!) : 0;
    }
  }

  #indexOf(reason: number, classIndex: number): number {
    return reason < REASON_BUCKET ? this.#fixed[reason]! : (this.#buckets[classIndex]?.[reason - REASON_BUCKET] ?? 0);
  }
}
