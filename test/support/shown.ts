/** Documents whose commands are run by the test of the command that they are about. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { shownCommands, wordsOf } from "../../scripts/docs/document.ts";
import { ROOT, weir } from "./cli.ts";

/** Expects that the commands of a document print what it shows, all of it. */
export function expectShown(path: string, least: number): void {
  const commands = shownCommands(readFileSync(join(ROOT, path), "utf8"));
  expect(commands.length).toBeGreaterThanOrEqual(least);
  for (const { command, output } of commands) {
    const [program, ...args] = wordsOf(command);
    expect([program, weir(args)], command).toEqual(["weir", { code: 0, stdout: output, stderr: "" }]);
  }
}
