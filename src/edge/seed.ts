/** The secret of a meter: 128 bits. */

/** The seed as four words. Throws RangeError for any other. */
export function checkSeed(seed: readonly number[]): readonly number[] {
  if (seed.length === 4 && seed.every((word) => word >>> 0 === word)) return [...seed];
  throw new RangeError("seed: must be four whole numbers from 0 to 4294967295");
}

/** A seed of the runtime's random numbers. Throws RangeError where it has none. */
export function drawnSeed(): readonly number[] {
  if (globalThis.crypto !== undefined) return [...globalThis.crypto.getRandomValues(new Uint32Array(4))];
  throw new RangeError("seed: must be given where there is no crypto");
}
