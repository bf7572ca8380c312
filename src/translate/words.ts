/** Another system's line, word by word: every error names the word and where it stands. */
import { ConfigError, type ConfigErrorCode, didYouMean, listed } from "../errors.ts";

/** Longer lines are no configuration of one bucket; bounds the work. */
const LINE_LENGTH_MAX = 2000;

export interface Word {
  readonly text: string;
  /** From 1, in the whole line. */
  readonly position: number;
}

/** Splits at blanks; `;` and `,` that end a word belong to no value. Throws ConfigError. */
export function wordsOf(line: string): Word[] {
  if (line.length > LINE_LENGTH_MAX) {
    throw new ConfigError("RANGE", "line", line, `is longer than ${LINE_LENGTH_MAX} characters; give one rule`);
  }
  const texts = line.split(/\s+/u).map((text) => text.replace(/[;,]+$/u, ""));
  return texts.filter((text) => text !== "").map((text, index) => ({ text, position: index + 1 }));
}

/** What is wrong with a word. */
export function wrongWord(code: ConfigErrorCode, word: Word, detail: string): ConfigError {
  return new ConfigError(code, `word ${word.position}`, word.text, detail);
}

/** A parameter of another system. */
export interface ParameterRow {
  readonly name: string;
  readonly aliases?: readonly string[];
  /** Stands by itself. */
  readonly isFlag?: boolean;
  /** Takes the next word, which means nothing to the bucket. */
  readonly isIgnored?: boolean;
}

/** How a system joins names and values: `rate 1mbit`, or `rate=1mbit`. */
export type Joining = "blank" | "equals";

/** The values that were given, by the row's name. */
export class Values {
  readonly system: string;
  readonly #words: ReadonlyMap<string, Word>;

  constructor(system: string, words: ReadonlyMap<string, Word>) {
    this.system = system;
    this.#words = words;
  }

  has(name: string): boolean {
    return this.#words.has(name);
  }

  word(name: string): Word | undefined {
    return this.#words.get(name);
  }

  /** A value that must be there. Throws ConfigError; `detail` says what is needed. */
  needed(name: string, detail: string): Word {
    const word = this.#words.get(name);
    if (word === undefined) throw new ConfigError("MISSING", name, undefined, detail);
    return word;
  }
}

function rowOf(word: Word, name: string, rows: readonly ParameterRow[], system: string): ParameterRow {
  const row = rows.find((candidate) => candidate.name === name || candidate.aliases?.includes(name) === true);
  if (row !== undefined) return row;
  const names = rows.flatMap((candidate) => [candidate.name, ...(candidate.aliases ?? [])]);
  const hint = didYouMean(name, names);
  const known = rows.filter(({ isIgnored }) => isIgnored !== true).map((candidate) => candidate.name);
  const detail = hint === "" ? ` ${system} takes ${listed(known, "and")}` : hint;
  throw wrongWord("KEY", word, `unknown parameter of ${system};${detail}`);
}

/** Reads names and values. Throws ConfigError for unknown names, names given twice and values that are missing. */
export function readValues(
  words: readonly Word[],
  rows: readonly ParameterRow[],
  system: string,
  joining: Joining,
): Values {
  const values = new Map<string, Word>();
  for (let index = 0; index < words.length; index += 1) {
    const word = words[index]!;
    const cut = joining === "equals" ? word.text.indexOf("=") : -1;
    const row = rowOf(word, cut < 0 ? word.text : word.text.slice(0, cut), rows, system);
    let value: Word | undefined = word;
    if (cut >= 0) value = { text: word.text.slice(cut + 1), position: word.position };
    else if (row.isFlag !== true) value = joining === "blank" ? words[(index += 1)] : undefined;
    if (value === undefined || value.text === "") {
      throw wrongWord("MISSING", word, `${row.name} needs a value behind it${joining === "equals" ? " and a =" : ""}`);
    }
    if (row.isIgnored === true) continue;
    if (values.has(row.name)) throw wrongWord("CONFLICT", word, `${row.name} is given twice; keep one of them`);
    values.set(row.name, value);
  }
  return new Values(system, values);
}
