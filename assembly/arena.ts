/**
 * Linear memory beyond the fixed addresses. Whole regions only: captures, table, chunks of records. Nothing in the
 * packet loop allocates. A freed region (the table a larger one replaced) serves later chunks.
 */
import { ARENA_BASE, FREE_REGIONS, LINE_BYTES } from "./abi";

const PAGE_BYTES: u64 = 65536;
const PAGES_MAX: u64 = 65535;

let top: u32 = ARENA_BASE;
let freeRegions: u32 = 0;

/** Fresh, zeroed memory of at least `bytes`, aligned to a cache line; 0 when linear memory cannot grow that far. */
export function allocateZeroed(bytes: u32): usize {
  const end = <u64>top + <u64>align(bytes);
  const pages = memory.size();
  const needed = (end + PAGE_BYTES - 1) / PAGE_BYTES;
  // The last page stays unused: an end of exactly 4 GiB would read as address 0.
  if (needed > PAGES_MAX) return 0;
  if (needed > <u64>pages && memory.grow(<i32>needed - pages) < 0) return 0;
  const address = top;
  top = <u32>end;
  return address;
}

/**
 * Makes room for `bytes` that will be allocated later, or for as many as linear memory can have. JavaScript engines
 * take any growth of it as a reason to collect garbage (2 to 14 ms in V8, more with more objects), so it happens once,
 * before the first packet; pages that nobody touches cost nothing. Where it is refused, memory grows as it is needed.
 */
export function foresee(bytes: u64): void {
  const needed = min((<u64>top + bytes + PAGE_BYTES - 1) / PAGE_BYTES, PAGES_MAX);
  const pages = <u64>memory.size();
  if (needed > pages) memory.grow(<i32>(needed - pages));
}

/** Memory of at least `bytes` with any content, from a freed region if one is large enough; 0 when there is none. */
export function allocate(bytes: u32): usize {
  const size = align(bytes);
  for (let i: u32 = 0; i < freeRegions; i++) {
    const region = FREE_REGIONS + (i << 3);
    const left = load<u32>(region, 4);
    if (left >= size) {
      const address = load<u32>(region);
      store<u32>(region, address + size);
      store<u32>(region, left - size, 4);
      return address;
    }
  }
  return allocateZeroed(bytes);
}

/** Gives a region back. At most one a doubling of the table, so the list (480 places) cannot overflow. */
export function release(address: usize, bytes: u32): void {
  const region = FREE_REGIONS + (freeRegions << 3);
  store<u32>(region, <u32>address);
  store<u32>(region, align(bytes), 4);
  freeRegions++;
}

function align(bytes: u32): u32 {
  return (bytes + LINE_BYTES - 1) & ~(LINE_BYTES - 1);
}
