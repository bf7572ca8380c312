import type { LimiterRow } from "./limiter.ts";
export const WEIR: readonly LimiterRow[] = [];
