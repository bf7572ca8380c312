/** Everyone who takes part, in the order of the tables. */
import type { LimiterRow } from "./limiter.ts";
import { MAPS } from "./maps.ts";
import { NPM } from "./npm.ts";
import { TYPED } from "./typed.ts";
import { WEIR } from "./weir.ts";

export const CONTESTANTS: readonly LimiterRow[] = [...WEIR, ...TYPED, ...MAPS, ...NPM];
