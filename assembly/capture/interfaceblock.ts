/** Interface description blocks of pcapng: link type, snap length, and the options if_tsresol and if_tsoffset. */
import { addFace } from "./faces";
import { Interface } from "./interface";
import { Source } from "./source";

const OPTIONS: usize = 16;
const OPTION_HEADER_BYTES: u32 = 4;
const OPTION_END: u32 = 0;
const OPTION_TSRESOL: u32 = 9;
const OPTION_TSOFFSET: u32 = 14;
const DEFAULT_EXPONENT: u32 = 6;
const RESOLUTION_BINARY: u32 = 0x80;

/** Reads the block at `block`, whose body ends at `end`. Options cut short or too long are ignored. */
export function readInterface(source: Source, face: Interface, block: usize, end: usize): void {
  face.link = source.u16At(block + 8);
  face.snapBytes = source.u32At(block + 12);
  face.exponent = DEFAULT_EXPONENT;
  face.isBinary = 0;
  face.offsetSec = 0;
  face.face = addFace(source, face.link, face.snapBytes, block + OPTIONS, end);
  let option = block + OPTIONS;
  while (option + OPTION_HEADER_BYTES <= end) {
    const code = source.u16At(option);
    const bytes = source.u16At(option + 2);
    const value = option + OPTION_HEADER_BYTES;
    if (code == OPTION_END || value + bytes > end) return;
    if (code == OPTION_TSRESOL && bytes >= 1) {
      const resolution = load<u8>(value);
      face.isBinary = (<u32>resolution) & RESOLUTION_BINARY;
      face.exponent = resolution & ~RESOLUTION_BINARY;
    } else if (code == OPTION_TSOFFSET && bytes >= 8) {
      const offset = load<i64>(value);
      face.offsetSec = source.isSwapped ? bswap<i64>(offset) : offset;
    }
    option = value + ((bytes + 3) & ~3);
  }
}
