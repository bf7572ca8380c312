/**
 * What becomes of each rule. Rules get ranks: the lower, the earlier; neighbors of one class share one. A rule with one
 * field is decided where that field is looked up. A rule with several gets a place: a bit in a word.
 */
import { RANK_NONE, RULES_MAX } from "../../../assembly/abi/classifier.ts";
import { ConfigError } from "../../errors.ts";
import type { MatchRule } from "../../types.ts";
import { FIELDS, mergeSpans, type Span } from "./field.ts";
import { WORD_BITS } from "./ruleset.ts";

export interface PlannedRule {
  readonly rule: MatchRule;
  readonly rank: number;
  /** Bit n: the rule has a condition on field n. */
  readonly fields: number;
}

export interface Plan {
  /** Rules that have a condition on one field only. */
  readonly single: readonly PlannedRule[];
  /** Rules with conditions on several fields, by their places. */
  readonly joint: readonly PlannedRule[];
  /** Class of each rank; at RANK_NONE that of packets which no rule holds for. */
  readonly classes: Uint16Array;
}

/** Throws ConfigError when there are too many rules. */
export function planRules(rules: readonly MatchRule[], defaultClass: number): Plan {
  if (rules.length > RULES_MAX) {
    const detail = `at most ${RULES_MAX} are looked through; join rules of one class that differ in one field by listing its values`;
    throw new ConfigError("RANGE", "rules", `${rules.length}`, detail);
  }
  const classes = new Uint16Array(RANK_NONE + 1);
  const single: PlannedRule[] = [];
  const joint: PlannedRule[] = [];
  let rank = -1;
  let lastClass: number | undefined;
  classes[RANK_NONE] = defaultClass;
  for (const rule of rules) {
    const fields = fieldsOf(rule);
    if (fields === undefined) continue;
    if (fields === 0) {
      // It holds for every packet: no rule behind it is ever the first.
      classes[RANK_NONE] = rule.classIndex;
      break;
    }
    if (rule.classIndex !== lastClass) rank += 1;
    lastClass = rule.classIndex;
    classes[rank] = rule.classIndex;
    (isSingle(fields) ? single : joint).push({ rule, rank, fields });
  }
  return { single, joint: placed(joint), classes };
}

/** Undefined when a field is given without any value: the rule never holds. */
function fieldsOf(rule: MatchRule): number | undefined {
  const used = FIELDS.filter((field) => field.isUsed(rule));
  if (used.some(({ domains }) => domains.every((domain) => domain.spans(rule).length === 0))) return undefined;
  return used.reduce((fields, { number }) => fields | (1 << number), 0);
}

function isSingle(fields: number): boolean {
  return (fields & (fields - 1)) === 0;
}

/**
 * Like rules side by side: the same fields, then by values. A packet then meets few blocks in which every field has a
 * rule but no rule has every field. Within a word by rank, so that the lowest bit is the first rule.
 */
function placed(rules: readonly PlannedRule[]): PlannedRule[] {
  const sorted = rules
    .map((planned) => ({ planned, spans: spansOf(planned.rule) }))
    .toSorted((left, right) => left.planned.fields - right.planned.fields || compareSpans(left.spans, right.spans))
    .map(({ planned }) => planned);
  const places: PlannedRule[] = [];
  for (let start = 0; start < sorted.length; start += WORD_BITS) {
    places.push(...sorted.slice(start, start + WORD_BITS).toSorted((left, right) => left.rank - right.rank));
  }
  return places;
}

/** The first span of each domain that the rule uses. */
function spansOf(rule: MatchRule): (Span | undefined)[] {
  return FIELDS.flatMap(({ domains }) => domains.map((domain) => mergeSpans(domain.spans(rule))[0]));
}

function compareSpans(left: readonly (Span | undefined)[], right: readonly (Span | undefined)[]): number {
  for (const [index, span] of left.entries()) {
    const first = span?.first ?? -1n;
    const other = right[index]?.first ?? -1n;
    if (first !== other) return first < other ? -1 : 1;
  }
  return 0;
}
