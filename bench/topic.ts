/** What a topic is, and what it answers with. */

export interface RunOptions {
  /** Small sizes and wide margins, for CI. */
  readonly smoke: boolean;
  readonly seed: number;
  /** One line on stderr about what is being done. */
  readonly progress: (line: string) => void;
}

export interface Table {
  readonly title: string;
  /** The first column is text, the others are right-aligned. */
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
  readonly notes: readonly string[];
}

/** A claim with a number: met or missed. In smoke runs only the wide margin counts. */
export interface Bar {
  readonly claim: string;
  readonly value: number;
  readonly kind: "at least" | "at most";
  readonly limit: number;
  /** What is hoped for beyond the limit; nothing fails without it. */
  readonly reach?: number;
  /** Null: a smoke run is too small to say anything. */
  readonly smokeLimit: number | null;
}

export interface TopicResult {
  readonly tables: readonly Table[];
  readonly bars: readonly Bar[];
  /** What is wrong whatever the speed: digests that differ, runs that failed. */
  readonly failures: readonly string[];
  /** Everything measured, for the JSON file. */
  readonly data: unknown;
}

export interface Topic {
  readonly name: string;
  readonly summary: string;
  run(options: RunOptions): Promise<TopicResult>;
}
