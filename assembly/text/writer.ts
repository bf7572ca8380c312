/** Text at TEXT, byte by byte: digits, hexadecimal, short words, names. Callers see to the room (ROW_BYTES_MAX). */
import { NAME_BYTES_MAX, TEXT, TEXT_BYTES } from "../abi";

/**
 * No row is longer: two names, ten numbers of 64 bits, two IPv6 addresses with ports (which are longer than words), the
 * keys of a JSON object, and the up to seven bytes that stores of whole words write behind what is written.
 */
const ROW_BYTES_MAX: usize = 2 * NAME_BYTES_MAX + 10 * 21 + 128 + 256;

export const COMMA: u8 = 0x2c;
const NEWLINE: u8 = 0x0a;
/** Eight digits at a time: they are one word of characters. */
const EIGHT_DIGITS: u64 = 100_000_000;
const EIGHT_ZEROS: u64 = 0x3030_3030_3030_3030;

let at: usize = TEXT;

export function beginText(): void {
  at = TEXT;
}

/** Bytes written since `beginText`. */
export function textBytes(): u32 {
  return <u32>(at - TEXT);
}

/** True while another row fits. */
export function hasRoom(): bool {
  return at + ROW_BYTES_MAX <= <usize>(TEXT + TEXT_BYTES);
}

/** Bytes of a length in front of a text. */
export const LENGTH_BYTES: u32 = 4;

/** Leaves bytes out that are written afterwards. */
export function passOver(bytes: u32): void {
  at += bytes;
}

/** Writes a length at `offset`, in bytes from TEXT on. */
export function writeLengthAt(offset: u32, bytes: u32): void {
  store<u32>(TEXT + <usize>offset, bytes);
}

export function writeByte(byte: u8): void {
  store<u8>(at++, byte);
}

/** The bytes of a name that the host wrote, at most NAME_BYTES_MAX of them. */
export function writeName(text: usize, bytes: u32): void {
  const end = text + min<u32>(bytes, NAME_BYTES_MAX);
  for (let from = text; from < end; from++) writeByte(load<u8>(from));
}

/** A number and a comma. */
export function writeField(value: u64): void {
  writeDecimal(value);
  writeByte(COMMA);
}

export function endRow(): void {
  writeByte(NEWLINE);
}

/** Up to eight characters given as the little-endian number of their codes: the first character lowest. */
export function writeWord(characters: u64): void {
  store<u64>(at, characters);
  at += 8 - ((<usize>clz(characters)) >>> 3);
}

export function writeDecimal(value: u64): void {
  if (value < EIGHT_DIGITS) return writeShort(<u32>value);
  const high = value / EIGHT_DIGITS;
  if (high < EIGHT_DIGITS) {
    writeShort(<u32>high);
  } else {
    const top = high / EIGHT_DIGITS;
    writeShort(<u32>top);
    writeEight(<u32>(high - top * EIGHT_DIGITS));
  }
  writeEight(<u32>(value - high * EIGHT_DIGITS));
}

/** A number of up to eight digits, without leading zeros. */
function writeShort(value: u32): void {
  const digits = digitsOf(value);
  const zeros = min<usize>((<usize>ctz(digits)) >>> 3, 7);
  store<u64>(at, (digits | EIGHT_ZEROS) >>> ((<u64>zeros) << 3));
  at += 8 - zeros;
}

function writeEight(value: u32): void {
  store<u64>(at, digitsOf(value) | EIGHT_ZEROS);
  at += 8;
}

/**
 * The eight digits of a number below 10^8, a byte each, the first lowest: halves of four digits, then of two, then of
 * one, all halves of a step in one word. `x * 10486 >>> 20` is x / 100 below 10^4, `x * 103 >>> 10` is x / 10 below 100.
 */
function digitsOf(value: u32): u64 {
  const thousands = value / 10_000;
  const fours = (<u64>thousands) | ((<u64>(value - thousands * 10_000)) << 32);
  const hundreds = ((fours * 10_486) >>> 20) & 0x7f_0000_007f;
  const twos = hundreds | ((fours - hundreds * 100) << 16);
  const tens = ((twos * 103) >>> 10) & 0xf_000f_000f_000f;
  return tens | ((twos - tens * 10) << 8);
}

/** Hexadecimal without leading zeros, lower case (RFC 5952 section 4). A nibble a byte, the first lowest. */
export function writeHex16(value: u32): void {
  const bytes = (value | (value << 8)) & 0x00ff_00ff;
  const nibbles = bswap<u32>((bytes | (bytes << 4)) & 0x0f0f_0f0f);
  const letters = ((nibbles + 0x0606_0606) >>> 4) & 0x0101_0101;
  const zeros = min<usize>((<usize>ctz(nibbles)) >>> 3, 3);
  // Letters begin 0x27 behind what follows the nine.
  store<u32>(at, (nibbles + 0x3030_3030 + letters * 0x27) >>> ((<u32>zeros) << 3));
  at += 4 - zeros;
}
