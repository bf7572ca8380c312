/**
 * Cuts a domain where a rule begins or ends to hold. All values of one interval have the same item: the first rule with
 * one field, and the set of rules with several. One sweep over the sorted ends of all spans.
 */
import { ITEM_SET_SHIFT, RANK_NONE, RULES_MAX } from "../../../assembly/abi/classifier.ts";
import { type Domain, mergeSpans, type Span } from "./field.ts";
import type { PlannedRule } from "./plan.ts";
import { lowestBit, PlaceSet, type RuleSets } from "./ruleset.ts";

/** Values behind the interval before, up to `last`. */
export interface Interval {
  readonly last: bigint;
  /** See ITEM_* in assembly/abi.ts. */
  readonly item: number;
}

/** What a span tells when it begins or ends: a rank of a rule with one field, or the place of one with several. */
interface Holder extends Span {
  readonly rank?: number;
  readonly place?: number;
}

/** Intervals of the whole domain in ascending order, neighbors with different items; empty when no rule has values. */
export function partition(
  domain: Domain,
  single: readonly PlannedRule[],
  joint: readonly (PlannedRule | undefined)[],
  sets: RuleSets,
): Interval[] {
  const holders: Holder[] = [];
  for (const { rule, rank } of single) {
    for (const { first, last } of mergeSpans(domain.spans(rule))) holders.push({ first, last, rank });
  }
  for (const [place, planned] of joint.entries()) {
    if (planned === undefined) continue;
    for (const { first, last } of mergeSpans(domain.spans(planned.rule))) holders.push({ first, last, place });
  }
  return holders.length === 0 ? [] : sweep(holders, 2n ** BigInt(domain.bits) - 1n, new Sweep(sets, joint.length));
}

function sweep(holders: readonly Holder[], lastOfDomain: bigint, held: Sweep): Interval[] {
  const begins = holders.toSorted((left, right) => compare(left.first, right.first));
  const ends = holders.toSorted((left, right) => compare(left.last, right.last));
  const intervals: Interval[] = [];
  let begin = 0;
  let end = 0;
  for (let first = 0n; first <= lastOfDomain;) {
    for (; begins[begin]?.first === first; begin += 1) held.begin(begins[begin]!);
    const item = held.item();
    const nextBegin = begins[begin]?.first ?? lastOfDomain + 1n;
    const nextEnd = ends[end]?.last ?? lastOfDomain;
    const last = nextBegin <= nextEnd ? nextBegin - 1n : nextEnd;
    for (; ends[end]?.last === last; end += 1) held.end(ends[end]!);
    if (intervals.at(-1)?.item === item) intervals.pop();
    intervals.push({ last, item });
    first = last + 1n;
  }
  return intervals;
}

/** What holds where the sweep stands. */
class Sweep {
  readonly #sets: RuleSets;
  readonly #places: PlaceSet;
  /** Spans that hold, by rank; and a bit a rank that has one. */
  readonly #counts = new Uint32Array(RULES_MAX);
  readonly #ranks = new Uint32Array(RULES_MAX / 32);
  #setNumber = 0;
  /** Below this rank `#setNumber` was told; -1: since then places have changed. */
  #rankEnd = 0;

  constructor(sets: RuleSets, places: number) {
    this.#sets = sets;
    this.#places = new PlaceSet(places);
  }

  begin({ rank, place }: Holder): void {
    if (place !== undefined) this.#toggle(place);
    if (rank === undefined) return;
    this.#counts[rank]! += 1;
    this.#ranks[rank >>> 5]! |= 1 << (rank & 31);
  }

  end({ rank, place }: Holder): void {
    if (place !== undefined) this.#toggle(place);
    if (rank === undefined) return;
    this.#counts[rank]! -= 1;
    if (this.#counts[rank] === 0) this.#ranks[rank >>> 5]! &= ~(1 << (rank & 31));
  }

  item(): number {
    const rank = this.#firstRank();
    if (rank !== this.#rankEnd) this.#setNumber = this.#sets.numberOf(this.#places, rank);
    this.#rankEnd = rank;
    return this.#setNumber * 2 ** ITEM_SET_SHIFT + rank;
  }

  #toggle(place: number): void {
    this.#places.toggle(place);
    this.#rankEnd = -1;
  }

  #firstRank(): number {
    const ranks = this.#ranks;
    for (let index = 0; index < ranks.length; index += 1) {
      const word = ranks[index]!;
      if (word !== 0) return 32 * index + lowestBit(word);
    }
    return RANK_NONE;
  }
}

function compare(left: bigint, right: bigint): number {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}
