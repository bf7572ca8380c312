/** What a line of another system comes to: its true values, the equal policy of Weir, and where the two part. */
import type { Rational } from "../types.ts";

/** A policy file as keys and values, in the order that they are written in. */
export type PolicyDocument = Readonly<Record<string, string>>;

/** One value with its true unit. */
export interface Figure {
  readonly name: string;
  /** As it was given; null when it is a default, or follows from others. */
  readonly written: string | null;
  readonly text: string;
  /** The exact value, for scripts. */
  readonly value: Rational;
  readonly unit: "B/s" | "B" | "packets/s" | "packets" | "ns" | "1";
}

/** Another way to see the same numbers. */
export interface OtherView {
  readonly title: string;
  readonly policy: PolicyDocument;
}

export interface Explained {
  /** "Linux tc tbf". */
  readonly system: string;
  /** What it does with traffic, in a few words. */
  readonly does: string;
  readonly figures: readonly Figure[];
  readonly policy: PolicyDocument;
  /** The flow key that stands for its scope, as `--by` takes it. */
  readonly by: string;
  readonly also: readonly OtherView[];
  /** What the other system does not take, or drops. */
  readonly refuses: readonly string[];
  /** What it rounds. */
  readonly rounds: readonly string[];
  /** What it does otherwise than the policy. */
  readonly differs: readonly string[];
}

/** A policy in the words of another system. */
export interface Written {
  /** Lines to be copied; null when the other system cannot express the policy. */
  readonly text: string | null;
  /** Where the other one rounds, differs, or why it cannot. */
  readonly remarks: readonly string[];
}

/** Why this cannot be said in the other system. */
export function cannot(...remarks: readonly string[]): Written {
  return { text: null, remarks };
}
