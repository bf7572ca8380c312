/** A link as a file or a program states it. Keys may be spelled with dashes or in camelCase. */

import type { MatchInput } from "../classes/input.ts";

type Word = string | number | undefined;

export interface LinkHeadInput {
  readonly rate: Word;
  /** priority, drr (default) or fifo. */
  readonly scheduler?: Word;
  /** What all classes together may hold. */
  readonly limit?: Word;
  /** Name of the class of packets that no match takes; default the last. */
  readonly default?: Word;
}

export interface QueueInput {
  readonly limit?: Word;
  /** drr: what it may send each turn. */
  readonly quantum?: Word;
  /** drr: so many quanta. */
  readonly weight?: Word;
}

export interface LinkClassInput {
  readonly name: string;
  readonly match?: MatchInput | readonly MatchInput[];
  readonly queue?: QueueInput;
}

export interface LinkInput {
  readonly link: LinkHeadInput;
  /** In the order of priority, highest first. */
  readonly classes: readonly LinkClassInput[];
  readonly length?: Word;
  readonly overhead?: Word;
  readonly minLength?: Word;
  readonly "min-length"?: Word;
}
