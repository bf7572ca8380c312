/** Writes 64 bits to two words, low first. */
export function putHalves(words: Uint32Array | Int32Array, at: number, value: bigint): void {
  words[at] = Number(value & 0xffff_ffffn);
  words[at + 1] = Number(value >> 32n);
}
