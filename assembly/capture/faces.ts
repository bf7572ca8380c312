/**
 * The interfaces that frames came from (CONFIG_FRAMES), all captures together, in the order of their descriptions: what
 * a capture that is written has to say of them. A pcap is one interface.
 */
import { CONFIG_FRAMES } from "../abi";
import {
  FACE_BYTES,
  FACE_LINK,
  FACE_NONE,
  FACE_OPTION_BYTES,
  FACE_OPTIONS,
  FACE_SNAP,
  FACES_MAX,
} from "../abi/departures";
import { allocate, allocateZeroed } from "../arena";
import { isSet } from "../config";
import { Source } from "./source";

// Options of an interface description that hold for what is written, and are bytes or text in any byte order: comment,
// name, description, addresses, filter, system, bytes of the frame check sequence, hardware. Not the clock, nor rates.
const KEPT_OPTIONS: u32 = 0b1011_1000_1111_1110;
const KEPT_OPTION_LAST: u32 = 15;
const OPTION_END: u32 = 0;
const OPTION_HEADER_BYTES: u32 = 4;
/** Options longer than this are left out. */
const OPTION_BYTES_MAX: u32 = 4096;

let faces: usize = 0;
export let faceCount: u32 = 0;

/** Address of an interface, FACE_*. */
export function faceAt(face: u32): usize {
  return faces + face * FACE_BYTES;
}

/**
 * Adds an interface; `options` up to `end` are those of its description in pcapng. Answers its number, FACE_NONE when
 * there are FACES_MAX.
 */
export function addFace(source: Source, link: u32, snapBytes: u32, options: usize, end: usize): u32 {
  if (!isSet(CONFIG_FRAMES)) return FACE_NONE;
  if (faces == 0) faces = allocateZeroed(FACES_MAX * FACE_BYTES);
  if (faces == 0 || faceCount == <u32>FACES_MAX) return FACE_NONE;
  const face = faceAt(faceCount);
  store<u32>(face, link, FACE_LINK);
  store<u32>(face, snapBytes, FACE_SNAP);
  keepOptions(source, face, options, end);
  return faceCount++;
}

/** Code and length of each are kept in our byte order. */
function keepOptions(source: Source, face: usize, options: usize, end: usize): void {
  const bytes = copyOptions(source, options, end, 0);
  if (bytes == 0 || bytes > OPTION_BYTES_MAX) return;
  const kept = allocate(bytes);
  if (kept == 0) return;
  copyOptions(source, options, end, kept);
  store<u32>(face, <u32>kept, FACE_OPTIONS);
  store<u32>(face, bytes, FACE_OPTION_BYTES);
}

/** Copies what is kept to `target`, unless that is 0. Answers its length. */
function copyOptions(source: Source, options: usize, end: usize, target: usize): u32 {
  let total: u32 = 0;
  let option = options;
  while (option + OPTION_HEADER_BYTES <= end) {
    const code = source.u16At(option);
    const bytes = source.u16At(option + 2);
    const padded = (bytes + 3) & ~3;
    const value = option + OPTION_HEADER_BYTES;
    if (code == OPTION_END || value + padded > end) break;
    if (code <= KEPT_OPTION_LAST && ((KEPT_OPTIONS >>> code) & 1) != 0) {
      if (target != 0) {
        store<u16>(target + total, <u16>code);
        store<u16>(target + total, <u16>bytes, 2);
        for (let i: u32 = 0; i < padded; i++) store<u8>(target + total + OPTION_HEADER_BYTES + i, load<u8>(value + i));
      }
      total += OPTION_HEADER_BYTES + padded;
    }
    option = value + padded;
  }
  return total;
}
