/**
 * Rules with several fields. For each field there is one bit set an equivalence class of values; the bit sets of a
 * packet's fields are intersected (Lakshman and Stiliadis, SIGCOMM 1998), blocks that are all 0 skipped by a summary
 * (Baboescu and Varghese, SIGCOMM 2001). Rules lie in blocks by likeness, so that few blocks are looked at in vain;
 * within a block by rank. Bounded: RULES_MAX / BLOCK_RULES = 256 blocks times 7 fields.
 */
import {
  CLASSIFIER_FIELD_COUNT,
  CLASSIFIER_FIELDS,
  CLASSIFIER_RANKS,
  CLASSIFIER_SUMMARY_WORDS,
  FIELD_BYTES,
  FIELD_NUMBER,
  FIELD_OTHERS,
  FIELD_OTHERS_SUMMARY,
  FIELD_SETS,
  RANK_NONE,
  SET_PART_BLOCKS,
  SET_PART_BYTES,
} from "../abi";
import { Packet } from "./packet";

/** A packet whose sets are intersected. */
@unmanaged
export class Joint {
  packet: usize;
  /** Address of its set in each field that rules use. */
  set0: usize;
  set1: usize;
  set2: usize;
  set3: usize;
  set4: usize;
  set5: usize;
  set6: usize;
  /** Blocks, one bit each, in which no field's set is empty. */
  blocks0: u64;
  blocks1: u64;
  blocks2: u64;
  blocks3: u64;
}

/** A cache line. */
export const JOINT_BYTES: usize = 64;

/** Finds the sets of a run of packets. One step for all, then the next: their cache misses overlap. */
export function findSets(classifier: usize, joints: usize, end: usize): void {
  const fields = load<u32>(classifier, CLASSIFIER_FIELD_COUNT);
  for (let at = joints; at < end; at += JOINT_BYTES) {
    const packet = changetype<Joint>(at).packet;
    for (let index: u32 = 0; index < fields; index++) {
      const field = classifier + CLASSIFIER_FIELDS + index * FIELD_BYTES;
      const number = <u32>load<u16>(packet + (load<u32>(field, FIELD_NUMBER) << 1));
      const offset = load<u32>(classifier + load<u32>(field, FIELD_SETS) + (number << 2));
      store<u32>(at + (index << 2), <u32>classifier + offset, offsetof<Joint>("set0"));
    }
  }
}

export function findBlocks(classifier: usize, joints: usize, end: usize): void {
  const fields = load<u32>(classifier, CLASSIFIER_FIELD_COUNT);
  const words = load<u32>(classifier, CLASSIFIER_SUMMARY_WORDS);
  for (let at = joints; at < end; at += JOINT_BYTES) {
    for (let word: u32 = 0; word < words; word++) {
      let blocks = u64.MAX_VALUE;
      for (let index: u32 = 0; index < fields; index++) {
        const field = classifier + CLASSIFIER_FIELDS + index * FIELD_BYTES;
        const others = classifier + load<u32>(field, FIELD_OTHERS_SUMMARY);
        blocks &= load<u64>(others + (word << 3)) | load<u64>(partOf(at, index, word));
      }
      store<u64>(at + (word << 3), blocks, offsetof<Joint>("blocks0"));
    }
  }
}

/** Lowest rank among the rules that are in the packet's set of every field, or RANK_NONE. */
export function firstOf(classifier: usize, joint: usize): u32 {
  const ranks = classifier + load<u32>(classifier, CLASSIFIER_RANKS);
  const words = load<u32>(classifier, CLASSIFIER_SUMMARY_WORDS);
  let rank: u32 = RANK_NONE;
  for (let word: u32 = 0; word < words; word++) {
    let blocks = load<u64>(joint + (word << 3), offsetof<Joint>("blocks0"));
    while (blocks != 0) {
      const bit = ctz(blocks);
      blocks &= blocks - 1;
      const rules = commonRules(classifier, joint, word, bit);
      const place = (((word << 6) + <u32>bit) << 6) + ((<u32>ctz(rules)) & 63);
      rank = min(rank, select<u32>(load<u16>(ranks + (place << 1)), RANK_NONE, rules != 0));
    }
  }
  return rank;
}

/** Rules of one block that every field's set holds. No branch: what a packet finds here, nothing foretells. */
function commonRules(classifier: usize, joint: usize, word: u32, bit: u64): u64 {
  const fields = load<u32>(classifier, CLASSIFIER_FIELD_COUNT);
  const block = (word << 6) + <u32>bit;
  let rules = u64.MAX_VALUE;
  for (let index: u32 = 0; index < fields; index++) {
    const others = classifier + load<u32>(classifier + index * FIELD_BYTES, CLASSIFIER_FIELDS + FIELD_OTHERS);
    const part = partOf(joint, index, word);
    const present = load<u64>(part);
    const before = popcnt(present & (((<u64>1) << bit) - 1));
    // Of a block that the set does not keep this reads a neighbor, and takes nothing of it.
    const kept = load<u64>(classifier + load<u32>(part, SET_PART_BLOCKS) + ((<u32>before) << 3));
    rules &= load<u64>(others + (block << 3)) | (kept & (0 - ((present >>> bit) & 1)));
  }
  return rules;
}

/** The part of the packet's set in this field that belongs to a summary word. */
function partOf(joint: usize, index: u32, word: u32): usize {
  return <usize>load<u32>(joint + (index << 2), offsetof<Joint>("set0")) + word * SET_PART_BYTES;
}
