/** Interface description blocks of pcapng: link type, snap length, the options that are kept, and times in ns. */
import { FACE_LINK, FACE_OPTION_BYTES, FACE_OPTIONS, FACE_SNAP } from "../abi/departures";
import { faceAt } from "../capture/faces";

const INTERFACE_BLOCK: u32 = 1;
const HEAD_BYTES: u32 = 16;
const OPTION_CLOCK: u32 = 9;
const CLOCK_NS: u32 = 9;
/** The clock, the end of options, the length again. */
const TAIL_BYTES: u32 = 8 + 4 + 4;

/** Bytes of the block of an interface. */
export function faceBlockBytes(face: u32): u32 {
  return HEAD_BYTES + load<u32>(faceAt(face), FACE_OPTION_BYTES) + TAIL_BYTES;
}

/** Writes the block. Answers its bytes. */
export function writeFaceBlock(face: u32, to: usize, isSwapped: bool): u32 {
  const total = faceBlockBytes(face);
  const described = faceAt(face);
  put32(to, INTERFACE_BLOCK, isSwapped);
  put32(to + 4, total, isSwapped);
  put16(to + 8, load<u32>(described, FACE_LINK), isSwapped);
  store<u16>(to, 0, 10);
  put32(to + 12, load<u32>(described, FACE_SNAP), isSwapped);
  const tail = to + HEAD_BYTES + writeOptions(described, to + HEAD_BYTES, isSwapped);
  put16(tail, OPTION_CLOCK, isSwapped);
  put16(tail + 2, 1, isSwapped);
  store<u32>(tail, 0, 4);
  store<u8>(tail, <u8>CLOCK_NS, 4);
  store<u32>(tail, 0, 8);
  put32(tail + 12, total, isSwapped);
  return total;
}

/** Options as they were kept; their codes and lengths in the order of the file. */
function writeOptions(described: usize, to: usize, isSwapped: bool): u32 {
  const kept: usize = load<u32>(described, FACE_OPTIONS);
  const bytes = load<u32>(described, FACE_OPTION_BYTES);
  for (let at: u32 = 0; at < bytes;) {
    const valueBytes = <u32>load<u16>(kept + at, 2);
    const padded = (valueBytes + 3) & ~3;
    put16(to + at, load<u16>(kept + at), isSwapped);
    put16(to + at + 2, valueBytes, isSwapped);
    for (let i: u32 = 4; i < padded + 4; i++) store<u8>(to + at + i, load<u8>(kept + at + i));
    at += 4 + padded;
  }
  return bytes;
}

function put32(to: usize, value: u32, isSwapped: bool): void {
  store<u32>(to, isSwapped ? bswap<u32>(value) : value);
}

function put16(to: usize, value: u32, isSwapped: bool): void {
  store<u16>(to, isSwapped ? bswap<u16>(<u16>value) : <u16>value);
}
