/** Values that are one of a few words. */

import { ConfigError, didYouMean, listed } from "../errors.ts";
import type { Given } from "./source.ts";

/** The word that `text` is. Throws ConfigError that names the nearest one. */
export function choiceOf<Word extends string>(name: string, choices: readonly Word[], text: string): Word {
  const choice = choices.find((word) => word === text);
  if (choice !== undefined) return choice;
  const unknown = name === "meter" || name === "shaper" ? `unknown ${name}` : "unknown word";
  const detail = `${unknown};${didYouMean(text, choices)} it is one of ${listed(choices, "or")}`;
  throw new ConfigError("CHOICE", name, text, detail);
}

/** A choice that need not be given. */
export function givenChoice<Word extends string>(
  given: Given,
  name: string,
  choices: readonly Word[],
  fallback: Word,
): Word {
  const text = given.text(name);
  return text === undefined ? fallback : choiceOf(name, choices, text);
}

/** true or false; false when it is not given. */
export function givenFlag(given: Given, name: string): boolean {
  return givenChoice(given, name, ["true", "false"], "false") === "true";
}
