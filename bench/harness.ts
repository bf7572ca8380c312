/**
 * Paired measurement: in each round every subject gives one sample, one right after the other, and the order turns
 * from round to round. A neighbor's burst of work then hits all subjects alike, and ratios are taken within a round
 * before the median over rounds. tinybench times the samples.
 */
import { Bench } from "tinybench";

export interface Subject {
  readonly name: string;
  /** Runs right before the sample, untimed. */
  readonly before?: (round: number) => void;
  /** One timed sample; may return a duration of its own when only a part of its work counts. */
  readonly sample: (round: number) => void | { readonly overriddenDuration: number };
}

export interface Timing {
  readonly name: string;
  /** One a round, in milliseconds. */
  readonly samplesMs: readonly number[];
  readonly medianMs: number;
  /** Half of the distance between the quartiles, as a part of the median: how noisy the samples were. */
  readonly spread: number;
}

export interface RoundOptions {
  /**
   * "cpu": processor time of this process, all threads, so that neighbors who take the processor away do not count
   * and a garbage collector's threads do. "wall": for work in other processes.
   */
  readonly clock: "cpu" | "wall";
  /** Rounds that come first and are not counted: code is compiled, pages and caches are warm when counting begins. */
  readonly warmRounds: number;
  readonly beforeRound?: (round: number) => void;
}

/** Measures all subjects in so many counted rounds. Rounds are numbered from 0, those that do not count included. */
export function interleave(subjects: readonly Subject[], rounds: number, options: RoundOptions): Timing[] {
  const samples = new Map<string, number[]>(subjects.map(({ name }) => [name, []]));
  for (let round = 0; round < options.warmRounds + rounds; round += 1) {
    options.beforeRound?.(round);
    const measured = measureRound(rotated(subjects, round), round, options.clock);
    if (round < options.warmRounds) continue;
    for (const { name, ms } of measured) samples.get(name)!.push(ms);
  }
  return subjects.map(({ name }) => timingOf(name, samples.get(name)!));
}

/** Processor time of this process so far, in milliseconds. */
export function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

function measureRound(
  subjects: readonly Subject[],
  round: number,
  clock: RoundOptions["clock"],
): { readonly name: string; readonly ms: number }[] {
  // Exactly one call a subject: samples move engines on through their stream, so no call may be extra.
  const bench = new Bench({
    iterations: 1,
    time: 0,
    warmup: false,
    throws: true,
    now: clock === "cpu" ? cpuMs : () => performance.now(),
  });
  for (const { name, before, sample } of subjects) {
    bench.add(name, () => sample(round), { async: false, ...(before ? { beforeEach: () => before(round) } : {}) });
  }
  bench.runSync();
  return bench.tasks.map(({ name, result }) => {
    if (!("latency" in result)) throw new Error(`${name}: no sample was taken (${result.state})`);
    return { name, ms: result.latency.mean };
  });
}

export function timingOf(name: string, samplesMs: readonly number[]): Timing {
  const medianMs = median(samplesMs);
  return { name, samplesMs, medianMs, spread: (quantile(samplesMs, 0.75) - quantile(samplesMs, 0.25)) / 2 / medianMs };
}

/** How many times as long `slow` takes as `fast`: the median over rounds of each round's ratio. */
export function pairedRatio(slow: Timing, fast: Timing): number {
  return median(slow.samplesMs.map((ms, round) => ms / fast.samplesMs[round]!));
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

function quantile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((left, right) => left - right);
  const at = (sorted.length - 1) * part;
  const low = Math.floor(at);
  return sorted[low]! + (sorted[Math.ceil(at)]! - sorted[low]!) * (at - low);
}

function rotated<T>(values: readonly T[], by: number): T[] {
  const first = by % values.length;
  return [...values.slice(first), ...values.slice(0, first)];
}
