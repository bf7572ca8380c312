/** A scene in numbers: each packet, its color, why, and the levels after it. */

import { bucketOfReason, reasonNames } from "../../src/core/reasons.ts";
import { REASON_COLOR_IN, REASON_NONE, REASON_OVERSIZE } from "../../assembly/abi.ts";
import type { MeteringPolicy } from "../../src/types.ts";
import { numberText, timeText, timeTextBeside } from "../../src/see/axis.ts";
import { compiled, metered, type Outcome } from "./metered.ts";
import type { Panel, Scene } from "./scene.ts";

const COLORS = ["green", "yellow", "red"] as const;

interface Column {
  readonly title: string;
  readonly isText?: boolean;
  readonly cells: readonly string[];
}

function whyOf(policy: MeteringPolicy, { reason, packet }: Outcome): string {
  if (reason === REASON_NONE) return "";
  if (reason === REASON_OVERSIZE) return "oversize";
  if (reason === REASON_COLOR_IN) return "color-in";
  const classIndex = policy.meter === "classes" ? policy.classes.findIndex(({ name }) => name === packet.class) : 0;
  return reasonNames(policy)[classIndex]?.[bucketOfReason(reason)] ?? "";
}

function delayText({ color, delayNs }: Outcome): string {
  if (color !== 2) return "";
  return delayNs === null ? "never" : timeText(Number(delayNs));
}

/** The levels of one meter's buckets, named as its reasons are. */
function levelColumns(policy: MeteringPolicy, outcomes: readonly Outcome[]): readonly Column[] {
  if (policy.meter === "classes") return [];
  const [profile] = policy.profiles;
  const [names = []] = reasonNames(policy);
  const buckets = profile?.buckets ?? [];
  return buckets.map(({ levelPerUnit, costRule: { cost } }, bucket) => ({
    title: `${buckets.length === 1 ? "level" : (names[bucket] ?? "")}, ${cost === "bytes" ? "B" : "packets"}`,
    cells: outcomes.map(({ levels }) => numberText(Number(levels[bucket as 0 | 1]) / Number(levelPerUnit))),
  }));
}

/** Panels that differ in nothing but the bucket show one run. */
function runsOf({ panels }: Scene): readonly Panel[] {
  const texts = panels.map(({ policy }) => JSON.stringify(policy));
  return panels.filter((_, index) => texts.indexOf(texts[index]!) === index);
}

/** What one policy says of the packets: all of it when it is the only one, else colors and levels. */
function runColumns(scene: Scene, { policy: input, run }: Panel): readonly Column[] {
  const policy = compiled(input);
  const outcomes = metered(policy, scene.packets);
  const color = { title: run ?? "color", isText: true, cells: outcomes.map((outcome) => COLORS[outcome.color]) };
  const why: readonly Column[] = [
    { title: "because of", isText: true, cells: outcomes.map((outcome) => whyOf(policy, outcome)) },
    { title: "not red in", cells: outcomes.map(delayText) },
  ];
  return [color, ...(run === undefined ? why : []), ...levelColumns(policy, outcomes)];
}

function textTable(columns: readonly Column[]): string {
  const widths = columns.map(({ title, cells }) => Math.max(title.length, ...cells.map((text) => text.length)));
  const line = (cells: readonly string[]): string =>
    cells
      .map((text, index) =>
        columns[index]!.isText === true ? text.padEnd(widths[index]!) : text.padStart(widths[index]!),
      )
      .join("  ")
      .trimEnd();
  const rows = columns[0]!.cells.map((_, row) => line(columns.map(({ cells }) => cells[row]!)));
  return [line(columns.map(({ title }) => title)), ...rows].join("\n");
}

/** The packets of a scene and what became of them, as a text table. Columns without a single entry are left out. */
export function traceTable(scene: Scene): string {
  const { packets, untilMs } = scene;
  const columns: readonly Column[] = [
    { title: "time", cells: packets.map(({ atMs }) => timeTextBeside(atMs * 1e6, untilMs * 1e6)) },
    { title: "class", isText: true, cells: packets.map(({ class: name }) => name ?? "") },
    { title: "bytes", cells: packets.map(({ bytes }) => String(bytes)) },
    ...runsOf(scene).flatMap((panel) => runColumns(scene, panel)),
  ];
  return textTable(columns.filter(({ cells }) => cells.some((text) => text !== "")));
}
