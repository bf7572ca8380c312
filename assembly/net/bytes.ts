/** Reads of packet bytes. Every read states where the captured bytes end; the debug build checks it. */

export function byteAt(at: usize, end: usize): u32 {
  assert(at + 1 <= end);
  return <u32>load<u8>(at);
}

/** 16 bits in network byte order. */
export function be16(at: usize, end: usize): u32 {
  assert(at + 2 <= end);
  return <u32>bswap<u16>(load<u16>(at));
}

/** 32 bits in network byte order. */
export function be32(at: usize, end: usize): u32 {
  assert(at + 4 <= end);
  return bswap<u32>(load<u32>(at));
}

/** 64 bits in network byte order. */
export function be64(at: usize, end: usize): u64 {
  assert(at + 8 <= end);
  return bswap<u64>(load<u64>(at));
}

/** 32 and 64 bits as they lie in memory: for values that are only copied. */
export function raw32(at: usize, end: usize): u32 {
  assert(at + 4 <= end);
  return load<u32>(at);
}

export function raw64(at: usize, end: usize): u64 {
  assert(at + 8 <= end);
  return load<u64>(at);
}

/** True when `count` bytes can be read. */
export function holds(at: usize, count: u32, end: usize): bool {
  return at + count <= end;
}
