/** Text at TEXT, byte by byte: digits, hexadecimal, short words. Callers see to the room (ROW_BYTES_MAX). */
import { TEXT, TEXT_BYTES } from "../abi";

/** No row is longer: ten numbers of 64 bits, two IPv6 addresses with ports, and words come to less than 350 bytes. */
const ROW_BYTES_MAX: usize = 512;

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
