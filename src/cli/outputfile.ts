/** Output of a whole file at the end of a run. */
import { closeSync, existsSync, openSync, unlinkSync } from "node:fs";
import { OutputError } from "../errors.ts";
import { Output } from "../trace/output.ts";

const STDOUT = "-";

/** Checks before a long run that a file can be written, and leaves what is there as it is. Throws OutputError. */
export function checkWritable(path: string): void {
  if (path === STDOUT) return;
  const isThere = existsSync(path);
  try {
    closeSync(openSync(path, "a"));
    if (!isThere) unlinkSync(path);
  } catch (error) {
    throw new OutputError(path, error);
  }
}

/** Writes the file; "-" is stdout. Throws OutputError, PipeClosed. */
export async function writeWhole(path: string, content: string | Uint8Array): Promise<void> {
  const output = new Output(path);
  await output.write(content);
  output.close();
}
