/** The batch columns of the twin. */
import type { BatchColumns, EngineOptions } from "../types.ts";

export const BATCH_PACKETS_MAX = 4096;

/** The columns of an engine; those that were not asked for are empty. */
export function createColumns({ policy, delays, levels }: EngineOptions): BatchColumns {
  const isOfClasses = policy.meter === "classes";
  const isShaped = policy.meter === "shaper";
  const words = (): Uint32Array => new Uint32Array(2 * BATCH_PACKETS_MAX);
  const none = new Uint32Array(0);
  return {
    time: words(),
    length: new Uint32Array(BATCH_PACKETS_MAX),
    key: words(),
    colorIn: new Uint8Array(BATCH_PACKETS_MAX),
    class: new Uint16Array(isOfClasses ? BATCH_PACKETS_MAX : 0),
    nodeKeys: isOfClasses ? [words(), words(), words()] : [],
    color: new Uint8Array(BATCH_PACKETS_MAX),
    reason: new Uint8Array(delays ? BATCH_PACKETS_MAX : 0),
    delay: words(),
    levels: levels === true ? [words(), words()] : [],
    departure: isShaped ? words() : none,
    departureRest: isShaped ? words() : none,
  };
}

/** The 64-bit value of one packet. */
export function wordsAt(column: Uint32Array, index: number): bigint {
  return (BigInt(column[2 * index + 1]!) << 32n) | BigInt(column[2 * index]!);
}

/** Sets the 64-bit value of one packet. */
export function putWords(column: Uint32Array, index: number, value: bigint): void {
  column[2 * index] = Number(value & 0xffff_ffffn);
  column[2 * index + 1] = Number(value >> 32n);
}
