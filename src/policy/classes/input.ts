/** A policy of classes as a file or a program states it. Keys may be spelled with dashes or in camelCase. */

import type { PolicyInput } from "../input.ts";

type Word = string | number | undefined;
type Values = Word | readonly Word[];

/** All keys that are given have to hold, each with any of its values. */
export interface MatchInput {
  readonly protocol?: Values;
  readonly src?: Values;
  readonly dst?: Values;
  readonly srcFile?: Values;
  readonly dstFile?: Values;
  readonly srcPort?: Values;
  readonly dstPort?: Values;
  readonly dscp?: Values;
  readonly vlan?: Values;
  readonly "src-file"?: Values;
  readonly "dst-file"?: Values;
  readonly "src-port"?: Values;
  readonly "dst-port"?: Values;
}

interface MemberInput extends PolicyInput {
  readonly name: string;
  /** 5-tuple, src, dst, pair, src/N, dst/N, all or class. */
  readonly by?: Word;
  readonly parent?: Word;
  readonly threshold?: Word;
  readonly instances?: Word;
  readonly ceilingRate?: Word;
  readonly ceilingBurst?: Word;
  readonly "ceiling-rate"?: Word;
  readonly "ceiling-burst"?: Word;
}

export interface ClassInput extends MemberInput {
  readonly match?: MatchInput | readonly MatchInput[];
  /** pass or block. */
  readonly action?: Word;
  readonly group?: Word;
  readonly weight?: Word;
}

export interface NodeInput extends MemberInput {
  readonly lendsUpTo?: Word;
  readonly "lends-up-to"?: Word;
}

export interface GroupInput {
  readonly name: string;
  readonly rate: Word;
  /** shared or static. */
  readonly mode?: Word;
}

export interface ClassesInput {
  readonly classes: readonly ClassInput[];
  readonly nodes?: readonly NodeInput[];
  readonly groups?: readonly GroupInput[];
  /** all-or-none, series or borrow. */
  readonly charge?: Word;
  readonly length?: Word;
  /** Of every meter that does not say otherwise. */
  readonly cost?: Word;
  readonly overhead?: Word;
  readonly minLength?: Word;
  readonly "min-length"?: Word;
  readonly colorAware?: boolean;
  readonly "color-aware"?: boolean;
}
