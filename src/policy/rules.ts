/**
 * What the algorithms of two buckets do with a packet, as data: one row an algorithm, four rules for each incoming
 * color. A rule stands at 2 if bucket 0 fits + 1 if bucket 1 fits: neither, only 1, only 0, both.
 */

import type { DualMode, MarkingRule } from "../types.ts";

type Four = readonly [neither: MarkingRule, only1: MarkingRule, only0: MarkingRule, both: MarkingRule];

const GREEN = 0;
const YELLOW = 1;
const RED = 2;

function rule(color: MarkingRule["color"], charged: "" | "0" | "1" | "01", reason: MarkingRule["reason"]): MarkingRule {
  return { color, charges: [charged.includes("0"), charged.includes("1")], reason };
}

const REFUSED_BY_0 = rule(RED, "", 0);
const REFUSED_BY_1 = rule(RED, "", 1);
const BOTH_CHARGED = rule(GREEN, "01", null);
const CAME_RED = rule(RED, "", "color-in");
const ALL_CAME_RED: Four = [CAME_RED, CAME_RED, CAME_RED, CAME_RED];

interface ColorRow {
  readonly green: Four;
  readonly yellow: Four;
}

const COMMITTED_GREEN = rule(GREEN, "0", null);
const EXCESS_YELLOW = rule(YELLOW, "1", "color-in");

/** Buckets [committed, excess]: MEF 10.2, and so RFC 2697 (coupled, excess rate 0) and RFC 4115 (not coupled). */
const COMMITTED_EXCESS: ColorRow = {
  green: [REFUSED_BY_1, rule(YELLOW, "1", 0), COMMITTED_GREEN, COMMITTED_GREEN],
  yellow: [REFUSED_BY_1, EXCESS_YELLOW, REFUSED_BY_1, EXCESS_YELLOW],
};

const PEAK_YELLOW = rule(YELLOW, "0", "color-in");

/** Buckets [peak, committed]: RFC 2698. */
const PEAK_COMMITTED: ColorRow = {
  green: [REFUSED_BY_0, REFUSED_BY_0, rule(YELLOW, "0", 1), BOTH_CHARGED],
  yellow: [REFUSED_BY_0, REFUSED_BY_0, PEAK_YELLOW, PEAK_YELLOW],
};

/** Buckets [peak, sustained], and any two of which a packet needs both. */
const DUAL: Readonly<Record<DualMode | "tags", Four>> = {
  coordinated: [REFUSED_BY_0, REFUSED_BY_0, REFUSED_BY_1, BOTH_CHARGED],
  tags: [REFUSED_BY_0, REFUSED_BY_0, rule(YELLOW, "0", 1), BOTH_CHARGED],
  sequential: [REFUSED_BY_0, REFUSED_BY_0, rule(RED, "0", 1), BOTH_CHARGED],
  independent: [REFUSED_BY_0, rule(RED, "1", 0), rule(RED, "0", 1), BOTH_CHARGED],
};

/** Color-blind: every packet is read as green. */
function blind(green: Four): readonly MarkingRule[] {
  return [...green, ...green, ...green];
}

function colorRules({ green, yellow }: ColorRow, isAware: boolean): readonly MarkingRule[] {
  return isAware ? [...green, ...yellow, ...ALL_CAME_RED] : blind(green);
}

/** The twelve rules of buckets [committed, excess]. */
export function committedExcessRules(isAware: boolean): readonly MarkingRule[] {
  return colorRules(COMMITTED_EXCESS, isAware);
}

/** The twelve rules of buckets [peak, committed]. */
export function peakCommittedRules(isAware: boolean): readonly MarkingRule[] {
  return colorRules(PEAK_COMMITTED, isAware);
}

/** The twelve rules of two buckets by mode; `tags`: within the first alone is yellow. */
export function dualRules(mode: DualMode | "tags"): readonly MarkingRule[] {
  return blind(DUAL[mode]);
}
