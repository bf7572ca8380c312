/** The ways a user's run fails, and the spelling help that error messages share. */

export type ConfigErrorCode =
  /** Not a number with a unit. */
  | "NUMBER"
  /** The unit is unknown, or does not go with the cost. */
  | "UNIT"
  /** Outside what is possible; the message names the limit. */
  | "RANGE"
  /** A needed parameter was not given. */
  | "MISSING"
  /** No such key, or not one of this meter. */
  | "KEY"
  /** Not one of the words that the parameter takes. */
  | "CHOICE"
  /** Two parameters contradict each other. */
  | "CONFLICT"
  /** The policy text is not a YAML or JSON document with one meter. */
  | "FILE";

const VALUE_LENGTH_MAX = 60;

/** Terminals act on control characters, and an error is one line: neither may come through from a file. */
function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, " ").trim();
}

function quoted(value: string): string {
  const line = oneLine(value);
  return `"${line.length > VALUE_LENGTH_MAX ? `${line.slice(0, VALUE_LENGTH_MAX)}...` : line}"`;
}

/** A user's mistake in a policy or an option. The message is one line: what, its value, the limit and the way out. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
  /** What the command exits with. */
  readonly exitCode = 2;
  readonly code: ConfigErrorCode;
  /** The option or key at fault, as the user writes it. */
  readonly parameter: string;
  /** The value at fault as it was written; undefined when it is missing. */
  readonly value: string | undefined;
  readonly detail: string;

  constructor(code: ConfigErrorCode, parameter: string, value: string | undefined, detail: string, where?: string) {
    const subject = value === undefined ? oneLine(parameter) : `${oneLine(parameter)} ${quoted(value)}`;
    super(`${where === undefined ? "" : `${oneLine(where)}: `}${subject}: ${oneLine(detail)}`);
    this.code = code;
    this.parameter = parameter;
    this.value = value;
    this.detail = detail;
  }

  /** The same error with a place, such as "policy.yaml:3", in front. */
  at(where: string): ConfigError {
    return new ConfigError(this.code, this.parameter, this.value, this.detail, where);
  }
}

/** The file or stream cannot be opened or read. What its bytes hold is judged by the core (report/captures.ts). */
export type CaptureErrorCode = "UNREADABLE";

/** An input that cannot be read or understood. The message is one line: which input, then what is wrong. */
export class CaptureError extends Error {
  override readonly name = "CaptureError";
  /** What the command exits with. */
  readonly exitCode = 1;
  readonly code: CaptureErrorCode;
  /** The file as the user named it; "-" is standard input. */
  readonly source: string;

  constructor(code: CaptureErrorCode, source: string, detail: string) {
    super(`${oneLine(source)}: ${oneLine(detail)}`);
    this.code = code;
    this.source = source;
  }
}

/** Levenshtein distance. Both texts are short: names of the tables and what stands for one. */
function editDistance(left: string, right: string): number {
  let previous = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let row = 1; row <= left.length; row++) {
    const current = [row];
    for (let column = 1; column <= right.length; column++) {
      const replaced = (previous[column - 1] ?? 0) + (left[row - 1] === right[column - 1] ? 0 : 1);
      current.push(Math.min(replaced, (previous[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1));
    }
    previous = current;
  }
  return previous[right.length] ?? 0;
}

/** The names that `text` probably stands for, best first: another case, a few letters off, or the beginning of one. */
export function nearestNames(text: string, names: readonly string[]): string[] {
  const asked = text.slice(0, VALUE_LENGTH_MAX).toLowerCase();
  const distanceMax = asked.length <= 3 ? 1 : 2;
  return names
    .map((name) => {
      const known = name.toLowerCase();
      const begins = asked.length >= 2 && known.startsWith(asked);
      const [firstWord = known] = known.split("-");
      const distance = Math.min(editDistance(asked, known), editDistance(asked, firstWord));
      return { name, distance: begins ? Math.min(1, distance) : distance };
    })
    .filter((candidate) => candidate.distance <= distanceMax)
    .toSorted((left, right) => left.distance - right.distance)
    .map((candidate) => candidate.name);
}

/** " did you mean X?" with a leading space, or nothing when no name is near. */
export function didYouMean(text: string, names: readonly string[]): string {
  const [best] = nearestNames(text, names);
  return best === undefined ? "" : ` did you mean ${best}?`;
}

/** "a, b and c" */
export function listed(words: readonly string[], last: "and" | "or"): string {
  const head = words.slice(0, -1);
  const tail = words.at(-1) ?? "";
  return head.length === 0 ? tail : `${head.join(", ")} ${last} ${tail}`;
}

const OUTPUT_REASONS: Readonly<Record<string, string>> = {
  ENOSPC: "the disk is full; what was written so far is kept",
  EDQUOT: "the disk quota is used up; what was written so far is kept",
  EACCES: "permission denied; choose a place you may write to",
  EROFS: "the file system is read-only; choose another place",
  ENOENT: "its folder does not exist; make it first",
  EISDIR: "is a folder; name a file",
  EFBIG: "the file system takes no larger file; what was written so far is kept",
};

/** An output that cannot be written. The message is one line: which output, then what is wrong. */
export class OutputError extends Error {
  override readonly name = "OutputError";
  readonly exitCode = 1;

  constructor(output: string, cause: unknown) {
    const { code, message } = cause as NodeJS.ErrnoException;
    super(`${oneLine(output)}: cannot write: ${OUTPUT_REASONS[code ?? ""] ?? oneLine(message)}`, { cause });
  }
}
