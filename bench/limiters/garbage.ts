/** Garbage that a piece of work leaves, and arguments for calls that leave none of their own. Needs --expose-gc. */
import { PerformanceObserver } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { getHeapStatistics } from "node:v8";

export interface Garbage {
  readonly collections: number;
  /** Bytes by which the heap grew; where there were collections this says nothing. */
  readonly grownBytes: number;
}

/** Collections that `work` causes, and bytes that it leaves on the heap where there were none. */
export async function garbageOf(work: () => void): Promise<Garbage> {
  let collections = 0;
  const observer = new PerformanceObserver((list) => (collections += list.getEntries().length));
  globalThis.gc!();
  // What that collection is told about must have come before counting begins.
  await sleep(10);
  observer.observe({ entryTypes: ["gc"] });
  const before = getHeapStatistics().used_heap_size;
  work();
  const grownBytes = getHeapStatistics().used_heap_size - before;
  await sleep(10);
  observer.disconnect();
  return { collections, grownBytes };
}

/** The text in one piece: put together from parts, it would take its place on the heap when it is read first. */
export function flat(text: string): string {
  return Buffer.from(text, "latin1").toString("latin1");
}

/**
 * Numbers that are on the heap each, as Date.now() gives them: one that the caller computes is put there by the call, 16
 * bytes, unless the callee is compiled into the caller. That is no garbage of the meter's.
 */
export function boxed(count: number, valueOf: (index: number) => number): number[] {
  // Of mixed kinds, or V8 would keep the numbers in the array itself.
  const values: (number | undefined)[] = [undefined];
  for (let index = 0; index < count; index += 1) values.push(valueOf(index));
  values.shift();
  return values as number[];
}
