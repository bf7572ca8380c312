/** What a link did to a run's traffic, as JSON and as people read it. Pure: figures in, text out. */
import { STAT_EARLIEST, STAT_FRAMES, STAT_NEWEST } from "../../assembly/abi.ts";
import {
  QUEUE_CUT_FRAMES,
  QUEUE_LATE_FRAMES,
  QUEUE_MOST_BYTES,
  QUEUE_MOST_FRAMES,
} from "../../assembly/abi/departures.ts";
import { statsOf } from "../core/engine.ts";
import { linkStatsOf } from "../core/link.ts";
import { describeLink, type ExactNumber, exactRate, exactTime, linkLines } from "../policies.ts";
import { rational } from "../rational.ts";
import { captureJson, type CaptureResult, isTruncated, remarksOn } from "../report/captures.ts";
import { counted, countJson, exactJson, grouped, percent, spanText } from "../report/number.ts";
import { table } from "../report/table.ts";
import type { Paint } from "../report/text.ts";
import type { CaptureMeter } from "../trace/meter.ts";
import type { LinkClassStats, LinkPolicy, MeterStats, Rational } from "../types.ts";
import { fileLines, frameNotes, line, outputLine, seenText, unusedLine } from "./lines.ts";
import { classDelaysOf, type SentMeasures, sentMeasuresOf } from "./measures.ts";
import type { WrittenCapture } from "./result.ts";
import { unusedOf } from "./unused.ts";

export interface LinkResult {
  readonly policy: LinkPolicy;
  readonly stats: MeterStats;
  /** Null when there was no packet. */
  readonly time: { readonly firstNs: bigint; readonly lastNs: bigint } | null;
  readonly captures: readonly CaptureResult[];
  readonly digest: string;
  readonly isInterrupted: boolean;
  readonly measures: SentMeasures;
  /** In the order of the policy, with the longest delay of each. */
  readonly classes: readonly (LinkClassStats & { readonly mostDelayNs: bigint })[];
  /** By QUEUE_*. */
  readonly queue: BigUint64Array;
  readonly outputs: readonly WrittenCapture[];
  /** Bytes each second of the line to compare with; null: none was given. */
  readonly line: Rational | null;
}

type Told = "policy" | "captures" | "digest" | "isInterrupted" | "queue" | "outputs" | "line";

/** Gathers the result of a run over a link, of a meter that was made with LINK_MEASURES. */
export function linkResultOf(meter: CaptureMeter, told: Pick<LinkResult, Told>): LinkResult {
  const words = meter.views.stats;
  const delays = classDelaysOf(meter, told.policy.definition.classes.length);
  return {
    ...told,
    stats: statsOf(meter.core),
    time: words[STAT_FRAMES] === 0n ? null : { firstNs: words[STAT_EARLIEST]!, lastNs: words[STAT_NEWEST]! },
    measures: sentMeasuresOf(meter),
    classes: linkStatsOf(meter.core, told.policy).map((stats, index) =>
      Object.assign(stats, { mostDelayNs: delays[index]! }),
    ),
  };
}

function total({ stats }: LinkResult) {
  const { green, red } = stats;
  return { packets: green.packets + red.packets, bytes: green.bytes + red.bytes };
}

function nsJson(ns: Rational | bigint): ExactNumber {
  return exactTime(typeof ns === "bigint" ? rational(ns) : ns).ns;
}

/** The result as one JSON document. Numbers above 2^53 are strings. */
export function linkJson(result: LinkResult): string {
  const { stats, time, measures, queue, outputs, classes } = result;
  const { delay } = measures;
  const unused = result.line === null ? null : unusedOf(measures, result.line);
  const document = {
    ...countJson(total(result)),
    time: {
      firstNs: time === null ? null : exactJson(time.firstNs),
      lastNs: time === null ? null : exactJson(time.lastNs),
      regressions: exactJson(stats.regressions),
    },
    truncated: result.captures.some(isTruncated),
    interrupted: result.isInterrupted,
    policy: describeLink(result.policy),
    digest: result.digest,
    classes: classes.map(({ name, mostPackets, mostUnits, mostDelayNs, ...counts }) => ({
      name,
      departed: countJson(counts.taken),
      dropped: countJson(counts.dropped),
      oversize: countJson(counts.oversize),
      queueFull: countJson(counts.queueFull),
      linkFull: countJson(counts.linkFull),
      memoryFull: countJson(counts.memoryFull),
      mostHeld: { packets: mostPackets, units: exactJson(mostUnits) },
      mostDelayNs: exactJson(mostDelayNs),
    })),
    captures: result.captures.map(captureJson),
    shape: {
      departed: countJson(measures.departed),
      dropped: countJson(stats.red),
      delay:
        delay === null
          ? null
          : {
              leastNs: nsJson(delay.leastNs),
              medianNs: nsJson(delay.medianNs),
              p99Ns: nsJson(delay.p99Ns),
              mostNs: nsJson(delay.mostNs),
              jitterNs: delay.jitterNs === null ? null : nsJson(delay.jitterNs),
            },
      output: {
        firstNs: measures.time === null ? null : nsJson(measures.time.firstNs),
        lastNs: measures.time === null ? null : nsJson(measures.time.lastNs),
        rate: measures.outputRate === null ? null : exactRate(measures.outputRate, "bytes"),
        waitingNs: nsJson(measures.waitingNs),
        unusedShare: unused === null ? null : `${unused.share.num}/${unused.share.den}`,
      },
      held: {
        frames: exactJson(queue[QUEUE_MOST_FRAMES]!),
        bytes: exactJson(queue[QUEUE_MOST_BYTES]!),
        cutFrames: exactJson(queue[QUEUE_CUT_FRAMES]!),
        lateFrames: exactJson(queue[QUEUE_LATE_FRAMES]!),
      },
      captures: outputs.map(({ what, name, frames, bytes }) => ({ what, name, frames: exactJson(frames), bytes })),
    },
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

function classLines(result: LinkResult): string[] {
  const columns = [
    { title: "class", isText: true },
    { title: "packets" },
    { title: "departed" },
    { title: "dropped" },
    { title: "" },
    { title: "most held" },
    { title: "longest delay" },
  ];
  const rows = result.classes.map(({ name, taken, dropped, mostPackets, mostDelayNs }) => [
    name,
    grouped(taken.packets + dropped.packets),
    grouped(taken.packets),
    grouped(dropped.packets),
    percent(dropped.packets, taken.packets + dropped.packets),
    counted(BigInt(mostPackets), "packet"),
    seenText(mostDelayNs),
  ]);
  const all = total(result);
  const { green, red } = result.stats;
  rows.push([
    "total",
    grouped(all.packets),
    grouped(green.packets),
    grouped(red.packets),
    percent(red.packets, all.packets),
    "",
    "",
  ]);
  return table(columns, rows);
}

function delayLines({ measures }: LinkResult): string[] {
  if (measures.delay === null) return [];
  const { leastNs, medianNs, p99Ns, mostNs, jitterNs } = measures.delay;
  const [least, median, p99, most] = [leastNs, medianNs, p99Ns, mostNs].map(seenText);
  return [
    line("delay", `least ${least}, median ${median}, p99 ${p99}, most ${most}`),
    ...(jitterNs === null ? [] : [line("jitter", `mean ${seenText(jitterNs)} between packets of a class`)]),
  ];
}

/** The summary: what was read, the link, its classes, delays, output, files. */
export function linkText(result: LinkResult, paint: Paint): string {
  const { policy, time, stats, captures, queue } = result;
  const span = time === null ? "no packets" : spanText(time.lastNs - time.firstNs);
  const older = `${grouped(stats.regressions)} packets are older than one before them; they arrive at the newest time`;
  const notes = [
    ...policy.warnings,
    ...(stats.regressions > 0n ? [older] : []),
    ...frameNotes(queue),
    ...captures.flatMap(remarksOn),
  ];
  const blocks = [
    [
      `${paint("bold", captures.map(({ name }) => name).join(", "))}  ${counted(total(result).packets, "packet")}, ${span}`,
      ...linkLines(policy),
      ...(result.isInterrupted ? [paint("yellow", "interrupted: the figures hold up to there")] : []),
    ],
    classLines(result),
    [...delayLines(result), ...outputLine(result.measures), ...unusedLine(result.measures, result.line)],
    fileLines(result.outputs, queue),
    notes.map((note) => `note: ${note}`),
  ];
  return `${blocks
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join("\n"))
    .join("\n\n")}\n`;
}
