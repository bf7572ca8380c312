/** Results as text for people and as JSON for comparing machines and versions. */
import { cpus, totalmem, type } from "node:os";
import type { Bar, Table, TopicResult } from "./topic.ts";

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly system: string;
  readonly node: string;
  readonly v8: string;
}

export function machineOf(): Machine {
  const processors = cpus();
  return {
    cpu: processors[0]?.model.trim() ?? "unknown",
    cores: processors.length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    system: `${type()} ${process.arch}`,
    node: process.versions.node,
    v8: process.versions.v8,
  };
}

/** Where a full run is kept unless told otherwise: time and processor tell runs apart. */
export function resultFileName(machine: Machine, date: Date): string {
  const cpu = machine.cpu
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/gu, "-")
    .replaceAll(/^-|-$/gu, "");
  return `${date.toISOString().slice(0, 19).replaceAll(":", "")}-${cpu}.json`;
}

export function tableText({ title, head, rows, notes }: Table): string {
  const lines = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...lines.map((line) => (line[column] ?? "").length)));
  const text = lines.map((line) => {
    const cells = line.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!)));
    return `  ${cells.join("  ").trimEnd()}`;
  });
  return [title, ...text, ...notes.map((note) => `  ${note}`), ""].join("\n");
}

/** Whether a bar holds; null when this kind of run cannot tell. */
export function isMet({ value, kind, limit, smokeLimit }: Bar, smoke: boolean): boolean | null {
  const bound = smoke ? smokeLimit : limit;
  return bound === null ? null : isWithin(value, kind, bound);
}

/** Whether a bar gives all that is hoped for, its limit where nothing more is. */
export function isReached({ value, kind, limit, reach }: Bar): boolean {
  return isWithin(value, kind, reach ?? limit);
}

function isWithin(value: number, kind: Bar["kind"], bound: number): boolean {
  return kind === "at least" ? value >= bound : value <= bound;
}

/** One line a bar: reached, met or MISSED, with the figures. */
export function barText(bar: Bar, smoke: boolean): string {
  const { claim, value, kind, limit, reach, smokeLimit } = bar;
  const met = isMet(bar, smoke);
  const word = met === null ? "not judged" : !met ? "MISSED" : !smoke && isReached(bar) ? "reached" : "met";
  const full = reach === undefined ? `${limit}` : `${limit}, hoped for ${reach}`;
  const bound = smoke && smokeLimit !== null ? `${smokeLimit}, smoke margin; full bar ${full}` : full;
  return `${word}: ${claim} = ${value.toFixed(2)} (${kind} ${bound})`;
}

/** Tables, verdicts and failures of one topic. */
export function topicText({ tables, bars, failures }: TopicResult, smoke: boolean): string {
  const parts = tables.map(tableText);
  if (bars.length > 0) parts.push(`${bars.map((bar) => barText(bar, smoke)).join("\n")}\n`);
  if (failures.length > 0) parts.push(`${failures.map((line) => `FAILED: ${line}`).join("\n")}\n`);
  return parts.join("\n");
}

/** A number with about three digits. */
export function short(value: number): string {
  if (!Number.isFinite(value)) return "-";
  if (value >= 100) return value.toFixed(0);
  return value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

/** A count as people write it: 1 k, 100 k, 10 M. */
export function countText(count: number): string {
  if (count >= 1e6) return `${short(count / 1e6).replace(/\.0+$|(\.\d*?)0+$/u, "$1")} M`;
  return count >= 1000 ? `${Math.round(count / 1000)} k` : `${count}`;
}
