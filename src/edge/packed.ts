/**
 * The model by which the core is packed as text: how likely each of its bits is 1, from those before. It reads WebAssembly
 * roughly: what is an opcode and what its argument. Contexts of several lengths are mixed (Mahoney 2005, "Adaptive Weighing
 * of Context Models for Lossless Data Compression"), with an algebraic sigmoid instead of the logistic one: every engine
 * has the same answer of square roots and the four operations, not of exponentials. Both scripts/coretext.mjs, which
 * writes the text, and inlinecore.ts, which reads it, run this. Numbers without a name were tried out on this core: others
 * make its text up to 1 % longer, and none make it wrong.
 */

const TABLE_SHIFT = 11;
const OPCODE_CONTEXTS = 5;
/** What was seen more often than this counts no more than so often. */
const COUNT_MAX = 6;
const RATE = 0.004;
const FACTOR = 0x1656_67b1;
/**
 * By context, what the hash of its history is multiplied with: of n bits at the end that are 0, what was 32 / n steps ago
 * is no part of it any more; 0 has none. The first are of opcodes, the others of all bytes.
 */
const FACTORS = /* @__PURE__ */ [0, 16, 12, 7, 4, 12, 7].map((bits) => bits && FACTOR << bits);
/** Opcodes with one number of one or more bytes behind them (LEB128). */
const ONE_ARGUMENT = /* @__PURE__ */ new Set([
  2, 3, 4, 0x0c, 0x0d, 0x10, 0x20, 0x21, 0x22, 0x23, 0x24, 0x41, 0x42, 0xfd,
]);

/** The bytes, as many as this, whose bits `nextBit` tells, given the probability of each to be 1: strictly between 0 and 1. */
export function modelled(length: number, nextBit: (probability: number) => number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  // By context and the bits of a byte so far: a probability, and as whole part how often it was used.
  const table = new Float32Array(2 ** (32 - TABLE_SHIFT) + 256).fill(0.5);
  const weightsOf: Float64Array[] = [];
  const leans = new Float64Array(FACTORS.length);
  const readByte = (starts: number[], weights: Float64Array): number => {
    let byte = 1;
    while (byte < 256) {
      let sum = 0;
      for (let k = 0; k < FACTORS.length; k += 1) {
        const entry = table[starts[k]! + byte]!;
        const lean = 1.986 * (entry - Math.floor(entry)) - 0.993;
        leans[k] = lean / Math.sqrt(1 - lean * lean);
        sum += weights[k]! * leans[k]!;
      }
      const probability = 0.5 + (0.4999 * sum) / Math.sqrt(1 + sum * sum);
      const bit = nextBit(probability);
      for (let k = 0; k < FACTORS.length; k += 1) {
        const entry = table[starts[k]! + byte]!;
        const count = Math.floor(entry);
        const step = (0.0001 + 0.9998 * bit + count - entry) / (count + 1.1);
        table[starts[k]! + byte] = entry + step + (count < COUNT_MAX ? 1 : 0);
        weights[k]! += (bit - probability) * RATE * leans[k]!;
      }
      byte = 2 * byte + bit;
    }
    return byte - 256;
  };
  let hashes = FACTORS.map(() => 0);
  // Of an opcode's arguments: how many there are still to come, and how many bytes of them have been, at most 2.
  let left = 0;
  let read = 0;
  for (let at = 0; at < length; at += 1) {
    const place = 3 * left + read;
    const weights = (weightsOf[place] ??= new Float64Array(FACTORS.length).fill(0.25));
    const starts = hashes.map((hash, k) => (hash + Math.imul(8 * place + k, FACTOR)) >>> TABLE_SHIFT);
    const byte = readByte(starts, weights);
    bytes[at] = byte;
    const isOpcode = left === 0;
    hashes = hashes.map((hash, k) =>
      isOpcode || k >= OPCODE_CONTEXTS ? Math.imul(hash + byte + 1, FACTORS[k]!) : hash,
    );
    read = isOpcode ? 0 : Math.min(read + 1, 2);
    if (isOpcode) left = argumentsOf(byte);
    else if (byte < 128) left -= 1;
  }
  return bytes;
}

/** Alignment and offset of loads and stores; one number or none of others. */
function argumentsOf(opcode: number): number {
  if (opcode >= 0x28 && opcode <= 0x3e) return 2;
  return ONE_ARGUMENT.has(opcode) ? 1 : 0;
}
