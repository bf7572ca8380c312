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

/** One line of a chart. */
export interface Series {
  readonly name: string;
  /** x and y, x ascending. */
  readonly points: readonly (readonly [number, number])[];
}

/** Figures over a size, drawn by `--report`. */
export interface Chart {
  /** Of its file, and what it is called in `docs/performance.md`. */
  readonly name: string;
  readonly title: string;
  readonly xTitle: string;
  readonly yTitle: string;
  /** Axes in powers of ten; else linear. Then y begins at 0. */
  readonly hasLogX: boolean;
  readonly hasLogY: boolean;
  readonly series: readonly Series[];
}

export interface TopicResult {
  readonly tables: readonly Table[];
  readonly charts?: readonly Chart[];
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
