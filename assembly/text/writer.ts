/** Text at TEXT, byte by byte: digits, hexadecimal, short words, names. Callers see to the room (ROW_BYTES_MAX). */
import { NAME_BYTES_MAX, TEXT, TEXT_BYTES } from "../abi";

/** No row is longer: two names, ten numbers of 64 bits, and two IPv6 addresses with ports, which are longer than words. */
const ROW_BYTES_MAX: usize = 2 * NAME_BYTES_MAX + 10 * 21 + 128;

export const COMMA: u8 = 0x2c;
const NEWLINE: u8 = 0x0a;
const ZERO: u8 = 0x30;
const LETTER_A: u8 = 0x61;
/** Powers of ten that take a 64-bit number apart into parts of 32 bits. */
const BILLION: u64 = 1_000_000_000;

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
  let rest = characters;
  while (rest != 0) {
    writeByte(<u8>rest);
    rest >>>= 8;
  }
}

export function writeDecimal(value: u64): void {
  if (value >= BILLION) {
    writeDecimal(value / BILLION);
    writeDigits(<u32>(value % BILLION), 9);
    return;
  }
  const part = <u32>value;
  let digits: u32 = 1;
  for (let power: u32 = 10; digits < 9 && part >= power; power *= 10) digits++;
  writeDigits(part, digits);
}

function writeDigits(value: u32, digits: u32): void {
  let rest = value;
  for (let place = at + digits; place > at;) {
    const next = rest / 10;
    store<u8>(--place, <u8>(rest - next * 10) + ZERO);
    rest = next;
  }
  at += digits;
}

/** Hexadecimal without leading zeros, lower case (RFC 5952 section 4). */
export function writeHex16(value: u32): void {
  let shift: i32 = 12;
  while (shift > 0 && value >>> shift == 0) shift -= 4;
  for (; shift >= 0; shift -= 4) {
    const digit = <u8>((value >>> shift) & 15);
    writeByte(digit < 10 ? digit + ZERO : digit - 10 + LETTER_A);
  }
}
