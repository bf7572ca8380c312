/** Rules to the region of memory that the core classifies by: fields, then rules with several fields, then the head. */
import { LINE_BYTES } from "../../../assembly/abi.ts";
import {
  CLASSIFIER_CLASSES,
  CLASSIFIER_FIELD_COUNT,
  CLASSIFIER_FIELDS,
  CLASSIFIER_HEAD_BYTES,
  CLASSIFIER_MEMO,
  CLASSIFIER_RANKS,
  CLASSIFIER_BLOCK_WORDS,
  CLASSIFIER_USES,
  FIELD_BYTES,
  FIELD_NUMBER,
  FIELD_OTHERS,
  FIELD_SETS,
  MEMO_ENTRIES,
  MEMO_ENTRY_BYTES,
  RANK_NONE,
} from "../../../assembly/abi/classifier.ts";
import type { MatchRule } from "../../types.ts";
import { type Domain, type Field, FIELDS } from "./field.ts";
import { type Interval, partition } from "./partition.ts";
import { type Plan, type PlannedRule, planRules } from "./plan.ts";
import { Region } from "./region.ts";
import { PlaceSet, RuleSets, wordsPerBlock } from "./ruleset.ts";
import { writeTree, writeTree128 } from "./tree.ts";

/**
 * Builds the classifier of these rules: the first that holds gives the class, or `defaultClass` when none does.
 * Throws ConfigError when there are too many rules, or when they take up too much memory.
 */
export function buildClassifier(rules: readonly MatchRule[], defaultClass: number): Uint8Array {
  const plan = planRules(rules, defaultClass);
  const region = new Region();
  region.allocate(CLASSIFIER_HEAD_BYTES);
  region.put32(CLASSIFIER_CLASSES, region.add16(plan.classes));
  for (const field of FIELDS) writeField(region, field, plan);
  if (plan.joint.length > 0) writePlaces(region, plan.joint);
  return region.bytes();
}

function writeField(region: Region, field: Field, { single, joint }: Plan): void {
  const uses = ({ fields }: PlannedRule) => ((fields >>> field.number) & 1) !== 0;
  const ownSingle = single.filter(uses);
  const ownJoint = joint.map((planned) => (uses(planned) ? planned : undefined));
  const sets = new RuleSets(
    region,
    joint.map(({ rank }) => rank),
  );
  for (const domain of field.domains) {
    const intervals = partition(domain, ownSingle, ownJoint, sets);
    if (intervals.length > 0) region.put32(domain.head, writeIntervals(region, domain, intervals));
  }
  if (ownSingle.length > 0 || joint.some(uses)) {
    region.put32(CLASSIFIER_USES, region.get32(CLASSIFIER_USES) | (1 << field.number));
  }
  if (joint.some(uses)) writeSets(region, field, ownJoint, sets);
}

/** Long values are searched; short ones have a table with an item for each, and one for packets without any. */
function writeIntervals(region: Region, { bits }: Domain, intervals: readonly Interval[]): number {
  if (bits === 128) return writeTree128(region, intervals);
  if (bits === 32) return writeTree(region, intervals, bits);
  const items = new Uint32Array(2 ** bits + 1).fill(RANK_NONE);
  let first = 0;
  for (const { last, item } of intervals) {
    items.fill(item, first, Number(last) + 1);
    first = Number(last) + 1;
  }
  return region.add32(items);
}

function writeSets(region: Region, field: Field, own: readonly (PlannedRule | undefined)[], sets: RuleSets): void {
  const others = new PlaceSet(own.length);
  for (const [place, planned] of own.entries()) if (planned === undefined) others.toggle(place);
  const index = region.get32(CLASSIFIER_FIELD_COUNT);
  const at = CLASSIFIER_FIELDS + index * FIELD_BYTES;
  region.put32(CLASSIFIER_FIELD_COUNT, index + 1);
  region.put32(at + FIELD_NUMBER, field.number);
  region.put32(at + FIELD_OTHERS, region.add32([...others.summary, ...others.halves]));
  region.put32(at + FIELD_SETS, region.add32(sets.offsets));
}

function writePlaces(region: Region, joint: readonly PlannedRule[]): void {
  // Two entries are one key's: both lie in one cache line.
  region.put32(CLASSIFIER_MEMO, region.allocate(MEMO_ENTRIES * MEMO_ENTRY_BYTES, LINE_BYTES));
  region.put32(CLASSIFIER_BLOCK_WORDS, wordsPerBlock(joint.length));
  region.put32(CLASSIFIER_RANKS, region.add16(joint.map(({ rank }) => rank)));
}
