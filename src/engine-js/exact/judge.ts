import type { Color, MarkingRule } from "../../types.ts";
import { COLOR_GREEN, COLOR_RED, REASON_BUCKET, REASON_COLOR_IN, REASON_NONE } from "../outcome.ts";
import type { ClassProgram, NodeProgram } from "./program.ts";
import { BUCKET0, BUCKET1 } from "./slotprogram.ts";

/** What becomes of a packet. `charges`, like `fits`, has two bits a slot: at 2 * slot + bucket. */
export interface Verdict {
  readonly color: Color;
  readonly reason: number;
  readonly charges: number;
}

const SLOT_BITS = 2;
const RULES_A_COLOR = 4;

/** The verdict on a packet that arrives with a color and fits these buckets. Reads and changes no state. */
export function judge(program: ClassProgram, colorIn: Color, fits: number): Verdict {
  return program.isBorrowing ? judgeBorrowing(program, fits) : judgePath(program, colorIn, fits);
}

/**
 * Leaf to root; each node sees the color that the one below gave, and the worst color counts. All or none: the first
 * red leaves everything uncharged. Series: what lies below the first red stays charged. A meter that charges refused
 * packets, by a red rule, is alone on its path.
 */
function judgePath(program: ClassProgram, colorIn: Color, fits: number): Verdict {
  let arrival = colorIn;
  let verdict: Verdict = { color: COLOR_GREEN, reason: REASON_NONE, charges: 0 };
  for (const node of program.nodes) {
    const own = judgeNode(program, node, arrival, fits);
    if (own.color === COLOR_RED) {
      const below = program.charge === "series" ? verdict.charges : 0;
      return { ...own, charges: below | own.charges };
    }
    const { color, reason } = own.color > verdict.color ? own : verdict;
    verdict = { color, reason, charges: verdict.charges | own.charges };
    arrival = own.color;
  }
  return verdict;
}

/** All slots of a node or none. */
function judgeNode(program: ClassProgram, node: NodeProgram, arrival: Color, fits: number): Verdict {
  let verdict: Verdict = { color: COLOR_GREEN, reason: REASON_NONE, charges: 0 };
  for (let slot = node.firstSlot; slot < node.firstSlot + node.slotCount; slot += 1) {
    const rule = ruleOf(program, slot, arrival, fits);
    const charges = chargesOf(rule) << (SLOT_BITS * slot);
    const reason = reasonOf(rule, slot);
    if (rule.color === COLOR_RED) return { color: COLOR_RED, reason, charges: node.slotCount === 1 ? charges : 0 };
    const worst = rule.color > verdict.color ? { color: rule.color, reason } : verdict;
    verdict = { color: worst.color, reason: worst.reason, charges: verdict.charges | charges };
  }
  return verdict;
}

/**
 * The first node with room lends: its rate bucket and all above it are charged, and the ceilings of the whole path.
 * A node below the lender lets through only what its ceiling has room for.
 */
function judgeBorrowing({ nodes }: ClassProgram, fits: number): Verdict {
  for (const [lender, { firstSlot, hasCeiling }] of nodes.entries()) {
    const bits = fits >>> (SLOT_BITS * firstSlot);
    if ((bits & BUCKET0) !== 0) {
      let charges = 0;
      for (const [index, node] of nodes.entries()) {
        const own = (index >= lender ? BUCKET0 : 0) | (node.hasCeiling ? BUCKET1 : 0);
        charges |= own << (SLOT_BITS * node.firstSlot);
      }
      return { color: COLOR_GREEN, reason: REASON_NONE, charges };
    }
    if (hasCeiling && (bits & BUCKET1) === 0) break;
  }
  return { color: COLOR_RED, reason: REASON_BUCKET, charges: 0 };
}

function ruleOf({ slots }: ClassProgram, slot: number, arrival: Color, fits: number): MarkingRule {
  const bits = fits >>> (SLOT_BITS * slot);
  const fits0 = (bits & BUCKET0) === 0 ? 0 : 2;
  const fits1 = (bits & BUCKET1) === 0 ? 0 : 1;
  return slots[slot]!.rules[arrival * RULES_A_COLOR + fits0 + fits1]!;
}

function chargesOf({ charges }: MarkingRule): number {
  return (charges[0] ? BUCKET0 : 0) | (charges[1] ? BUCKET1 : 0);
}

function reasonOf({ reason }: MarkingRule, slot: number): number {
  if (reason === null) return REASON_NONE;
  return reason === "color-in" ? REASON_COLOR_IN : REASON_BUCKET + SLOT_BITS * slot + reason;
}
