/** A flow key as people write it: `tcp 10.0.0.1:80 > 10.0.0.2:1234`, an address, a prefix, `other`, `all`. */
import {
  KEY_KIND,
  KEY_PREFIX,
  KIND_ADDRESS4,
  KIND_ADDRESS6,
  KIND_ALL,
  KIND_FIVE4,
  KIND_FIVE6,
  KIND_INTEGER,
  KIND_OTHER,
  KIND_PAIR4,
  KIND_PAIR6,
  KIND_PREFIX4,
} from "../abi";
import { PROTOCOL_DCCP, PROTOCOL_SCTP, PROTOCOL_TCP, PROTOCOL_UDP, PROTOCOL_UDPLITE } from "../net/numbers";
import { writeIpv4, writeIpv6 } from "./address";
import { writeByte, writeDecimal, writeWord } from "./writer";

const SPACE: u8 = 0x20;
const COLON: u8 = 0x3a;
const SLASH: u8 = 0x2f;
const BRACKET_OPEN: u8 = 0x5b;
const BRACKET_CLOSE: u8 = 0x5d;
// Words as little-endian character codes.
const WORD_TCP: u64 = 0x706374;
const WORD_UDP: u64 = 0x706475;
const WORD_SCTP: u64 = 0x70746373;
const WORD_DCCP: u64 = 0x70636364;
const WORD_UDPLITE: u64 = 0x6574696c706475;
const WORD_PROTO: u64 = 0x2d6f746f7270; // "proto-"
const WORD_TO: u64 = 0x203e20; // " > "
const WORD_OTHER: u64 = 0x726568746f;
const WORD_ALL: u64 = 0x6c6c61;

export function writeFlow(key: usize): void {
  const kind = <i32>load<u8>(key, KEY_KIND);
  if (kind == KIND_FIVE4) return writeFiveTuple(key, 4);
  if (kind == KIND_FIVE6) return writeFiveTuple(key, 16);
  if (kind == KIND_OTHER) return writeWord(WORD_OTHER);
  if (kind == KIND_ALL) return writeWord(WORD_ALL);
  if (kind == KIND_INTEGER) return writeDecimal(load<u64>(key));
  if (kind == KIND_PAIR4 || kind == KIND_PAIR6) return writePair(key, kind == KIND_PAIR4 ? 4 : 16);
  const isIpv4 = kind == KIND_ADDRESS4 || kind == KIND_PREFIX4;
  writeAddress(key, isIpv4 ? 4 : 16);
  if (kind == KIND_ADDRESS4 || kind == KIND_ADDRESS6) return;
  writeByte(SLASH);
  writeDecimal(load<u8>(key, KEY_PREFIX));
}

function writeAddress(address: usize, bytes: u32): void {
  if (bytes == 4) writeIpv4(address);
  else writeIpv6(address);
}

function writePair(key: usize, addressBytes: u32): void {
  writeAddress(key, addressBytes);
  writeWord(WORD_TO);
  writeAddress(key + addressBytes, addressBytes);
}

function writeFiveTuple(key: usize, addressBytes: u32): void {
  const ports = key + 2 * addressBytes;
  const protocol = <u32>load<u8>(ports, 4);
  const word = protocolWord(protocol);
  if (word == 0) {
    writeWord(WORD_PROTO);
    writeDecimal(protocol);
    writeByte(SPACE);
    return writePair(key, addressBytes);
  }
  writeWord(word);
  writeByte(SPACE);
  writeEndpoint(key, addressBytes, ports);
  writeWord(WORD_TO);
  writeEndpoint(key + addressBytes, addressBytes, ports + 2);
}

function writeEndpoint(address: usize, addressBytes: u32, port: usize): void {
  if (addressBytes == 16) writeByte(BRACKET_OPEN);
  writeAddress(address, addressBytes);
  if (addressBytes == 16) writeByte(BRACKET_CLOSE);
  writeByte(COLON);
  writeDecimal(bswap<u16>(load<u16>(port)));
}

/** Names of the protocols that have ports; 0 for all others. */
function protocolWord(protocol: u32): u64 {
  if (protocol == PROTOCOL_TCP) return WORD_TCP;
  if (protocol == PROTOCOL_UDP) return WORD_UDP;
  if (protocol == PROTOCOL_SCTP) return WORD_SCTP;
  if (protocol == PROTOCOL_DCCP) return WORD_DCCP;
  return protocol == PROTOCOL_UDPLITE ? WORD_UDPLITE : 0;
}
