/** A dashboard on a terminal for tests, and how its lines are read. */
import { expect } from "vitest";
import { grouped, percent } from "../../src/report/number.ts";
import type { Summary } from "../../src/report/summary.ts";
import { TerminalPicture } from "../../src/watch/terminal/picture.ts";
import { FakeTerminal, type Screen } from "./screen.ts";
import { startWatch, until, type WatchingOptions } from "./watching.ts";

export const KEYS = { up: "\u001B[A", down: "\u001B[B", interrupt: "\u0003", suspend: "\u001A" } as const;

export function dashboard(columns = 120, rows = 40) {
  const terminal = new FakeTerminal(columns, rows);
  return { terminal, screen: terminal.screen, picture: new TerminalPicture(terminal, () => undefined) };
}

/** Watches a file at full speed until its end is shown. */
export async function atItsEnd(path: string, options: WatchingOptions, columns?: number, rows?: number) {
  const shown = dashboard(columns, rows);
  const watching = await startWatch(path, [shown.picture], { stays: true, ...options });
  await until("the end is shown", () => shown.screen.text().includes("  ended  "));
  return { ...shown, ...watching };
}

/** The cells of a line of text, parted by two spaces and more. */
export function cellsOf(line: string): string[] {
  return line.trim().split(/ {2,}/u);
}

/** Packets in all, as the screen has them; -1 while nothing is drawn. */
export function totalOn(screen: Screen): number {
  const line = screen.lines().find((each) => each.startsWith("total "));
  return line === undefined ? -1 : Number(cellsOf(line)[1]!.replaceAll(",", ""));
}

/** The totals among these lines are those of the summary. */
export function expectTotals(lines: readonly string[], { stats, total }: Summary, hasYellow: boolean): void {
  const colors = ["green", ...(hasYellow ? ["yellow"] : []), "red"] as const;
  for (const color of colors as readonly ("green" | "yellow" | "red")[]) {
    const fate = color === "red" ? "denied" : "allowed";
    const line = lines.find((each) => each.startsWith(color) && each.includes(fate))!;
    const { packets, bytes } = stats[color];
    const expected = [packets, bytes].flatMap((count, index) => [
      grouped(count),
      percent(count, index === 0 ? total.packets : total.bytes),
    ]);
    expect(cellsOf(line.slice(`${color.padEnd(7)}${fate}`.length)).slice(0, 4), color).toEqual(expected);
  }
  const sum = lines.find((each) => each.startsWith("total"))!;
  expect(cellsOf(sum).slice(1, 3)).toEqual([grouped(total.packets), grouped(total.bytes)]);
}
