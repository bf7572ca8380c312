/** What the parts of a policy of classes share while it is compiled. */

import { ConfigError } from "../../errors.ts";
import type { LengthKind } from "../../types.ts";
import type { Places } from "../places.ts";
import type { Section } from "./section.ts";

/** Reads a file that the policy names. Throws when it cannot. */
export type ReadFile = (name: string) => string;

export interface Context {
  readonly places: Places;
  readonly readFile: ReadFile | undefined;
  readonly length: LengthKind;
  /** The top of the file, where defaults stand. */
  readonly top: Section;
  readonly warnings: string[];
}

/** Runs `read`; an error in it, which knows no place, gets the one that `whereOf` has for it. */
export function atPlace<Result>(whereOf: (error: ConfigError) => string | undefined, read: () => Result): Result {
  try {
    return read();
  } catch (error) {
    const where = error instanceof ConfigError ? whereOf(error) : undefined;
    throw error instanceof ConfigError && where !== undefined ? error.at(where) : error;
  }
}

export function at<Result>(where: string | undefined, read: () => Result): Result {
  return atPlace(() => where, read);
}
