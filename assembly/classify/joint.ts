/**
 * Rules with several fields. For each field there is one bit set an equivalence class of values; the bit sets of a
 * packet's fields are intersected (Lakshman and Stiliadis, SIGCOMM 1998), blocks that are all 0 skipped by a summary
 * (Baboescu and Varghese, SIGCOMM 2001). Rules lie in blocks by likeness, so that few blocks are looked at in vain;
 * within a word by rank. Bounded: RULES_MAX / 64 = 256 words times 7 fields.
 */
import {
  CLASSIFIER_BLOCK_WORDS,
  CLASSIFIER_FIELD_COUNT,
  CLASSIFIER_FIELDS,
  CLASSIFIER_RANKS,
  FIELD_BYTES,
  FIELD_NUMBER,
  FIELD_OTHERS,
  FIELD_SETS,
  RANK_NONE,
  SET_BLOCKS,
} from "../abi/classifier";

/** A packet whose sets are intersected. */
@unmanaged
export class Joint {
  /** Blocks, one bit each, in which no field's set is empty. */
  blocks: u64;
  packet: usize;
  /** Address of its set in each field that rules use. */
  set0: usize;
  set1: usize;
  set2: usize;
  set3: usize;
  set4: usize;
  set5: usize;
  set6: usize;
}

export const JOINT_BYTES: usize = 64;

/** Finds the blocks of a run of packets. One step for all, then the next, so that their cache misses overlap. */
export function findBlocks(classifier: usize, joints: usize, end: usize): void {
  const first = classifier + CLASSIFIER_FIELDS;
  const last = first + load<u32>(classifier, CLASSIFIER_FIELD_COUNT) * FIELD_BYTES;
  let place = offsetof<Joint>("set0");
  for (let at = joints; at < end; at += JOINT_BYTES) changetype<Joint>(at).blocks = u64.MAX_VALUE;
  for (let field = first; field < last; field += FIELD_BYTES) {
    findSets(classifier, field, joints, end, place);
    place += 4;
  }
  place = offsetof<Joint>("set0");
  for (let field = first; field < last; field += FIELD_BYTES) {
    const others = load<u64>(classifier + load<u32>(field, FIELD_OTHERS));
    for (let at = joints; at < end; at += JOINT_BYTES) {
      changetype<Joint>(at).blocks &= others | load<u64>(load<u32>(at + place));
    }
    place += 4;
  }
}

/** The sets of one field. */
function findSets(classifier: usize, field: usize, joints: usize, end: usize, place: usize): void {
  const offsets = classifier + load<u32>(field, FIELD_SETS);
  const number = load<u32>(field, FIELD_NUMBER) << 1;
  for (let at = joints; at < end; at += JOINT_BYTES) {
    const set = <u32>load<u16>(changetype<Joint>(at).packet + number);
    store<u32>(at + place, <u32>classifier + load<u32>(offsets + (set << 2)));
  }
}

/** Lowest rank among the rules that are in the packet's set of every field, or RANK_NONE. */
export function firstOf(classifier: usize, joint: usize): u32 {
  const ranks = classifier + load<u32>(classifier, CLASSIFIER_RANKS);
  const words = load<u32>(classifier, CLASSIFIER_BLOCK_WORDS);
  let rank: u32 = RANK_NONE;
  let blocks = changetype<Joint>(joint).blocks;
  while (blocks != 0) {
    const block = ctz(blocks);
    blocks &= blocks - 1;
    for (let word: u32 = 0; word < words; word++) {
      const rules = commonRules(classifier, joint, block, words, word);
      const place = ((<u32>block * words + word) << 6) + ((<u32>ctz(rules)) & 63);
      rank = min(rank, select<u32>(load<u16>(ranks + (place << 1)), RANK_NONE, rules != 0));
    }
  }
  return rank;
}

/** Rules of one word that every field's set holds. No branch: what a packet finds here, nothing foretells. */
function commonRules(classifier: usize, joint: usize, block: u64, words: u32, word: u32): u64 {
  const fields = load<u32>(classifier, CLASSIFIER_FIELD_COUNT);
  let rules = u64.MAX_VALUE;
  for (let index: u32 = 0; index < fields; index++) {
    const others = classifier + load<u32>(classifier + index * FIELD_BYTES, CLASSIFIER_FIELDS + FIELD_OTHERS);
    const set = setOf(joint, index);
    const present = load<u64>(set);
    const before = <u32>popcnt(present & (((<u64>1) << block) - 1));
    // Of a block that the set does not keep this reads a neighbor, and takes nothing of it.
    const kept = load<u64>(set + ((before * words + word) << 3), SET_BLOCKS);
    const other = load<u64>(others + ((<u32>block * words + word) << 3), SET_BLOCKS);
    rules &= other | (kept & (0 - ((present >>> block) & 1)));
  }
  return rules;
}

function setOf(joint: usize, index: u32): usize {
  return load<u32>(joint + (index << 2), offsetof<Joint>("set0"));
}
