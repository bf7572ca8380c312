/**
 * Captures read for a picture. Files are read twice: the first reading finds the worst flows, the second follows their
 * levels. What can be read once only follows the flows that lose first.
 */
import { CaptureError } from "../errors.ts";
import { failureOf } from "../report/captures.ts";
import { grouped } from "../report/number.ts";
import { summarize, type Summary } from "../report/summary.ts";
import { whyNoLevels } from "../see/bucketinfo.ts";
import { type Excess, excessOf } from "../see/excess.ts";
import { DelayRecorder } from "../see/delays.ts";
import { type FollowedSeries, followPlanOf } from "../see/followed.ts";
import { RateRecorder } from "../see/rates.ts";
import { ALL_TIME, type TimeWindow } from "../see/timewindow.ts";
import { FlowWatch, type WatchedFlow, watchedFlowOf } from "../see/watch.ts";
import { measureSettingsOf } from "../shape/line.ts";
import { measuresOf, type ShapeMeasures } from "../shape/measures.ts";
import type { CaptureMeter } from "../trace/meter.ts";
import type { Policy } from "../types.ts";
import { byOf, type CaptureOptions, Captures, checkStdin, isUnreadable, MeterMaker } from "./captures.ts";
import { Progress } from "./progress.ts";

/** Flows that are followed from their first refused packet on, where captures can be read once only. */
const ADOPTED_MAX = 32;

export interface LookOptions {
  readonly policy: Policy;
  /** Flows in the summary. */
  readonly top: number;
  /** Records of the flows to follow, worst first, chosen when all has been read once. */
  readonly choose: (meter: CaptureMeter, worst: readonly number[]) => readonly number[];
  /** Worst flows to choose from. */
  readonly worstMax: number;
  /** What is kept of rates and levels; all when not said. */
  readonly window?: TimeWindow;
}

/** A flow that was followed. */
export interface LookedFlow {
  readonly flow: string;
  readonly series: FollowedSeries;
  /** Only from its first refused packet on. */
  readonly isPartial: boolean;
}

export interface Looked {
  readonly summary: Summary;
  /** One line on each capture that could not be read to its end. */
  readonly failures: readonly string[];
  /** No capture gave a frame, and each failed: there is nothing to draw. */
  readonly isUnreadable: boolean;
  readonly rates: RateRecorder;
  readonly excess: Excess;
  /** Of shapers. */
  readonly delays: LookedDelays | undefined;
  readonly flows: readonly LookedFlow[];
  /** What to know about the levels, or why there are none. */
  readonly levelNotes: readonly string[];
  /** In either reading. */
  readonly isInterrupted: boolean;
}

/** What a shaper did to the packets' times. */
export interface LookedDelays {
  readonly recorder: DelayRecorder;
  readonly measures: ShapeMeasures;
}

/** What waits in a queue of whole packets is known from its beginning on only. */
const ONCE_NOTE = "A capture could be read once only: what waited in the queues of flows is drawn in a second reading.";

interface ChosenFlow {
  readonly flow: string;
  readonly identity: WatchedFlow;
}

/** All of the first reading that is kept: plain values, so that its meter's memory can go. */
interface FirstReading {
  readonly looked: Omit<Looked, "flows" | "levelNotes">;
  readonly chosen: readonly ChosenFlow[];
  readonly watch: FlowWatch | undefined;
  readonly canReread: boolean;
}

/** Reads captures for a picture. Throws ConfigError, CaptureError, OutputError. */
export async function lookAt(paths: readonly string[], options: CaptureOptions, look: LookOptions): Promise<Looked> {
  checkStdin(paths);
  const maker = new MeterMaker(look.policy, options);
  const first = await readFirst(paths, maker, options, look);
  const { chosen, canReread, watch: early, looked } = first;
  const why = whyNoLevels(look.policy);
  if (why !== undefined) return { ...looked, flows: [], levelNotes: [why] };
  if (chosen.length === 0) return { ...looked, flows: [], levelNotes: [] };
  if (!canReread && early === undefined) return { ...looked, flows: [], levelNotes: [ONCE_NOTE] };
  if (!canReread) return { ...looked, ...partialLevels(chosen, early!) };
  if (looked.isInterrupted) {
    return { ...looked, flows: [], levelNotes: ["Interrupted before the second reading, which draws the levels."] };
  }
  return readAgain(paths, maker, options, look, first);
}

function progressOf({ quiet }: CaptureOptions): Progress {
  return new Progress(process.stderr, quiet !== true);
}

async function readFirst(
  paths: readonly string[],
  maker: MeterMaker,
  options: CaptureOptions,
  { policy, top, choose, worstMax, window = ALL_TIME }: LookOptions,
): Promise<FirstReading> {
  const captures = await Captures.open(paths);
  try {
    const { canReread } = captures;
    const plan = followPlanOf(policy);
    const watch =
      plan?.canAdopt !== true || canReread
        ? undefined
        : new FlowWatch({ plan, flows: [], adoptedMax: ADOPTED_MAX, window });
    const shaper = policy.meter === "shaper" ? policy : undefined;
    const measures = shaper === undefined ? undefined : measureSettingsOf(shaper);
    const levels = watch !== undefined || measures?.backlog === "queue";
    const meter = maker.make(paths.length, { levels, measures });
    const recorder = shaper === undefined ? undefined : new DelayRecorder();
    const rates = new RateRecorder(policy, window);
    const onBatch = (packets: number) => {
      rates.take(meter.views, packets);
      recorder?.take(meter.views, packets);
      watch?.take(meter, packets);
    };
    const result = await captures.run(meter, { onBatch, progress: progressOf(options) });
    const results = captures.results(meter, result);
    const summary = summarize(meter, { policy, by: byOf(policy, options), top, captures: results, ...result });
    const { excess, worst } = excessOf(meter, worstMax);
    const chosen = choose(meter, worst).map((record) => ({
      flow: flowNameOf(meter, record),
      identity: watchedFlowOf(meter, record),
    }));
    const failures = results.map(failureOf).filter((line) => line !== null);
    const { isInterrupted } = result;
    const delays = shaper === undefined ? undefined : { recorder: recorder!, measures: measuresOf(meter, shaper) };
    const looked = { summary, failures, isUnreadable: isUnreadable(results), rates, excess, delays, isInterrupted };
    return { looked, chosen, watch, canReread };
  } finally {
    await captures.close();
  }
}

const decoder = new TextDecoder();

/** A flow as it is written everywhere. */
export function flowNameOf(meter: CaptureMeter, record: number): string {
  meter.core.writeFlowName(record);
  return decoder.decode(meter.views.text.subarray(0, meter.core.textBytes()));
}

function partialLevels(chosen: readonly ChosenFlow[], watch: FlowWatch): Pick<Looked, "flows" | "levelNotes"> {
  watch.end();
  const flows = chosen.flatMap(({ flow, identity }) => {
    const series = watch.seriesOf(identity);
    return series === undefined ? [] : [{ flow, series, isPartial: true }];
  });
  const missing = chosen.length - flows.length;
  const missed = missing === 0 ? "" : `; ${missing} of the worst flows are not among them`;
  const note = `A capture could be read once only: flows are followed from their first refused packet on, the first ${ADOPTED_MAX} that lose${missed}.`;
  return { flows, levelNotes: [note] };
}

function changedNote(missing: number): string {
  return `The second reading, which draws the levels, found ${grouped(missing)} packets less: a capture has changed.`;
}

async function readAgain(
  paths: readonly string[],
  maker: MeterMaker,
  options: CaptureOptions,
  { policy, window = ALL_TIME }: LookOptions,
  { chosen, looked }: FirstReading,
): Promise<Looked> {
  const plan = followPlanOf(policy)!;
  const watch = new FlowWatch({
    plan,
    flows: chosen.map(({ identity }) => identity),
    adoptedMax: 0,
    packetsMax: Number(looked.summary.total.packets),
    window,
  });
  const levelNotes: string[] = [];
  let isInterrupted = false;
  try {
    const captures = await Captures.open(paths);
    try {
      const meter = maker.make(paths.length, { levels: plan.columns === "levels" });
      const onBatch = (packets: number) => watch.take(meter, packets);
      ({ isInterrupted } = await captures.run(meter, { onBatch, progress: progressOf(options) }));
      if (isInterrupted) levelNotes.push("Interrupted in the second reading: the levels are drawn up to there.");
      else if (watch.packetsLeft > 0) levelNotes.push(changedNote(watch.packetsLeft));
    } finally {
      await captures.close();
    }
  } catch (error) {
    if (!(error instanceof CaptureError)) throw error;
    levelNotes.push(`The second reading, which draws the levels, failed: ${error.message}.`);
  }
  watch.end();
  const flows = chosen.flatMap(({ flow, identity }) => {
    const series = watch.seriesOf(identity);
    return series === undefined ? [] : [{ flow, series, isPartial: false }];
  });
  return { ...looked, flows, levelNotes, isInterrupted };
}
