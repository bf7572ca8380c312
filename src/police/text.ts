/** The result of a policing run as people and scripts read it. Pure. */
import { countJson, counted, exactJson, grouped, scaledBytes, spanText } from "../report/number.ts";
import { summaryDocument, type Summary } from "../report/summary.ts";
import { table } from "../report/table.ts";
import { noteLines, type Paint, policyLines } from "../report/text.ts";
import type { ColorCounts } from "./counts.ts";

export interface PoliceResult {
  readonly summary: Summary;
  readonly colors: readonly ColorCounts[];
  /** Packets metered at an older time than `weir meter` takes. */
  readonly earlier: bigint;
  /** Name of the capture written, and its bytes. */
  readonly output: string;
  readonly outputBytes: number;
}

const UNMARKED: Readonly<Record<keyof ColorCounts["unmarked"], string>> = {
  noIp: "have no IP header",
  cut: "were cut by the snap length inside it",
  notAf: "are of no assured forwarding class",
  noTag: "have no VLAN tag",
};

function passedOf(colors: readonly ColorCounts[]): bigint {
  return colors.reduce((sum, { passed }) => sum + passed.packets, 0n);
}

function colorLines(colors: readonly ColorCounts[], paint: Paint): string[] {
  const shown = colors.filter(({ color, total }) => color !== "yellow" || total.packets > 0n);
  const columns = [
    { title: "color", isText: true },
    { title: "action", isText: true },
    { title: "packets" },
    { title: "bytes" },
    { title: "passed" },
    { title: "changed" },
    { title: "dropped" },
    { title: "dropped bytes" },
  ];
  const rows = shown.map(({ color, action, total, passed, changed, dropped, notEct }) => [
    color,
    action,
    grouped(total.packets),
    grouped(total.bytes),
    grouped(passed.packets),
    grouped(changed),
    grouped(dropped.packets + notEct.packets),
    grouped(dropped.bytes + notEct.bytes),
  ]);
  return table(columns, rows, (index, line) => paint(shown[index]!.color, line));
}

/** What was done to the packets of a color, as far as it was done. */
function markLines({ color, dscp, ce, tag, notEct, unmarked }: ColorCounts): string[] {
  const parts = [
    [dscp, "given another code point"],
    [ce, "marked congestion experienced"],
    [tag, "given another VLAN priority or drop eligibility"],
    [notEct.packets, "dropped, for they are not ECN-capable"],
  ] as const;
  const done = parts.flatMap(([count, text]) => (count > 0n ? [`${color}: ${counted(count, "packet")} ${text}`] : []));
  const left = Object.entries(UNMARKED).flatMap(([reason, text]) => {
    const count = unmarked[reason as keyof ColorCounts["unmarked"]];
    return count > 0n ? [`${color}: ${counted(count, "packet")} could not be marked and passed: they ${text}`] : [];
  });
  return [...done, ...left];
}

/** Where the clock is not that of `weir meter`. */
function clockNotes(earlier: bigint): string[] {
  if (earlier === 0n) return [];
  const detail = "the newer time before them was that of a dropped packet, and only what passes carries the clock";
  return [`${counted(earlier, "packet")} metered at an older time than weir meter takes: ${detail}`];
}

/** The summary in lines. */
export function policeText(result: PoliceResult, paint: Paint): string {
  const { summary, colors, earlier, output, outputBytes } = result;
  const { time, skippedFrames, captures, policy } = summary;
  const span = time === null ? "no packets" : spanText(time.lastNs - time.firstNs);
  const read = captures.map(({ name }) => name).join(", ");
  const skipped =
    skippedFrames > 0n ? [`${counted(skippedFrames, "frame")} left out of the metering passed as they are`] : [];
  const notes = [...policy.warnings, ...noteLines(summary), ...skipped, ...clockNotes(earlier)];
  const blocks = [
    [
      `${paint("bold", read)}  ${counted(summary.frames, "frame")}, ${span}`,
      ...policyLines(summary),
      ...(summary.isInterrupted ? [paint("yellow", "interrupted: the figures and the capture hold up to there")] : []),
    ],
    colorLines(colors, paint),
    colors.flatMap(markLines),
    notes.map((line) => `note: ${line}`),
    [
      `${paint("bold", output)}  ${counted(passedOf(colors) + skippedFrames, "frame")}, ${scaledBytes(outputBytes)}`,
      paint("dim", `digest ${summary.digest}`),
    ],
  ];
  const filled = blocks.filter((lines) => lines.length > 0).map((lines) => lines.join("\n"));
  return `${filled.join("\n\n")}\n`;
}

/** The summary of `weir meter`, and what was done with each color. */
export function policeJson({ summary, colors, earlier, output, outputBytes }: PoliceResult): string {
  const byColor = Object.fromEntries(
    colors.map(({ color, action, passed, dropped, notEct, changed, dscp, ce, tag, unmarked }) => [
      color,
      {
        action,
        passed: countJson(passed),
        dropped: countJson(dropped),
        droppedNotEct: countJson(notEct),
        changed: exactJson(changed),
        markedDscp: exactJson(dscp),
        markedCe: exactJson(ce),
        markedTag: exactJson(tag),
        unmarked: Object.fromEntries(Object.entries(unmarked).map(([reason, count]) => [reason, exactJson(count)])),
      },
    ]),
  );
  const police = { ...byColor, meteredEarlier: exactJson(earlier) };
  const document = { ...summaryDocument(summary), output: { name: output, bytes: outputBytes }, police };
  return `${JSON.stringify(document, null, 2)}\n`;
}
