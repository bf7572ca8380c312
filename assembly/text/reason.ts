/** Why a packet is not green, as the `reason` column has it. */
import {
  CONFIG_REASON_NAMES,
  PATH_SLOTS_MAX,
  REASON_BLOCKED,
  REASON_BUCKET,
  REASON_COLOR_IN,
  REASON_LINK_FULL,
  REASON_MEMORY_FULL,
  REASON_OVERSIZE,
  REASON_QUEUE_FULL,
  REASON_UNTRACKED,
} from "../abi";
import { setting } from "../config";
import { writeName, writeWord } from "./writer";

// Words as little-endian character codes.
const WORD_OVERSIZE: u64 = 0x657a69737265766f;
const WORD_TABLE: u64 = 0x2d656c626174; // "table-"
const WORD_QUEUE: u64 = 0x2d6575657571; // "queue-"
const WORD_LINK: u64 = 0x2d6b6e696c; // "link-"
const WORD_MEMORY: u64 = 0x2d79726f6d656d; // "memory-"
const WORD_FULL: u64 = 0x6c6c7566;
const WORD_COLOR: u64 = 0x2d726f6c6f63; // "color-"
const WORD_IN: u64 = 0x6e69;
const WORD_BLOCKED: u64 = 0x64656b636f6c62;
/** A name in the table at CONFIG_REASON_NAMES: 32-bit address and length. */
const NAME_ENTRY_BYTES: u32 = 8;

/** Writes the word of a reason (REASON_*), or the name of the bucket at fault; of a packet of class `classIndex`. */
export function writeReason(reason: u32, classIndex: u32): void {
  if (reason == REASON_OVERSIZE) writeWord(WORD_OVERSIZE);
  else if (reason == REASON_BLOCKED) writeWord(WORD_BLOCKED);
  else if (reason == REASON_UNTRACKED) writeFull(WORD_TABLE);
  else if (reason == REASON_QUEUE_FULL) writeFull(WORD_QUEUE);
  else if (reason == REASON_LINK_FULL) writeFull(WORD_LINK);
  else if (reason == REASON_MEMORY_FULL) writeFull(WORD_MEMORY);
  else if (reason == REASON_COLOR_IN) {
    writeWord(WORD_COLOR);
    writeWord(WORD_IN);
  } else if (reason >= <u32>REASON_BUCKET) {
    writeBucketName(classIndex * (2 * PATH_SLOTS_MAX) + reason - REASON_BUCKET);
  }
}

/** What there was no room in. */
function writeFull(place: u64): void {
  writeWord(place);
  writeWord(WORD_FULL);
}

/** The name of a bucket as the host wrote it before `initialize`. */
function writeBucketName(index: u32): void {
  const name = <usize>setting(CONFIG_REASON_NAMES) + index * NAME_ENTRY_BYTES;
  writeName(load<u32>(name), load<u32>(name, 4));
}
