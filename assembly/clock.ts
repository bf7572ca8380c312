/**
 * Time never goes back: the newest time over the whole input, in input order and before any split, is the clock that
 * meters. A packet older than that is metered at the newest time and counted.
 */
import { STAT_EARLIEST, STAT_NEWEST, STAT_REGRESSIONS } from "./abi";
import { addStat, getStat, setStat } from "./stats";

export function startClock(): void {
  setStat(STAT_EARLIEST, u64.MAX_VALUE);
}

/** The newest time including `timeNs`. */
export function advanceClock(timeNs: u64): u64 {
  const newest = getStat(STAT_NEWEST);
  if (timeNs < getStat(STAT_EARLIEST)) setStat(STAT_EARLIEST, timeNs);
  if (timeNs < newest) {
    addStat(STAT_REGRESSIONS, 1);
    return newest;
  }
  setStat(STAT_NEWEST, timeNs);
  return timeNs;
}
