/** Words that options and parameters take. */
import { ConfigError } from "../errors.ts";

/** The word that is given, the first where none is. Throws ConfigError, at `where`, for what is none of them. */
export function choice<Word>(name: string, words: readonly Word[], given: unknown, where?: string): Word {
  const known = given === undefined ? words[0] : words.find((word) => word === given);
  if (known !== undefined) return known;
  throw new ConfigError("CHOICE", name, String(given), `is none of ${words.join(", ")}`, where);
}
