/** Where the outputs of a run go: each to a place of its own, and none over what is read. */
import { fstatSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { ConfigError } from "../errors.ts";
import { isStdin } from "../trace/file.ts";
import { checkWritable } from "./outputfile.ts";

const STDOUT = "-";
const STDIN_FD = 0;

/** Names of outputs by option; undefined where nothing is asked for. */
export type OutputPlaces = Readonly<Record<string, string | undefined>>;

/** Checks them before anything is read. Throws ConfigError, and OutputError for a file that cannot be written. */
export function checkPlaces(captures: readonly string[], places: OutputPlaces): void {
  const takers = new Map<string, string>();
  for (const [option, name] of Object.entries(places)) {
    if (name === undefined) continue;
    const place = name === STDOUT ? name : resolve(name);
    const taker = takers.get(place);
    if (taker !== undefined) {
      const where = name === STDOUT ? "stdout" : "this file";
      throw new ConfigError("CONFLICT", option, name, `${taker} goes to ${where} already; name another file`);
    }
    takers.set(place, option);
    if (name !== STDOUT) checkFile(captures, option, name);
  }
}

function checkFile(captures: readonly string[], option: string, name: string): void {
  const there = statSync(name, { throwIfNoEntry: false });
  if (there?.isFile() === true && captures.some((capture) => isFileOf(capture, there))) {
    throw new ConfigError("CONFLICT", option, name, "is a capture that is read; name another file");
  }
  // Opening a pipe here would tell its reader of an end.
  if (there?.isFile() !== false) checkWritable(name);
}

function isFileOf(capture: string, { dev, ino }: { readonly dev: number; readonly ino: number }): boolean {
  const read = isStdin(capture) ? fstatSync(STDIN_FD) : statSync(capture, { throwIfNoEntry: false });
  return read?.dev === dev && read.ino === ino;
}
