/**
 * All limiters beside each other: each in a process of its own, which holds its keys throughout, and one turn a
 * process at a time. A neighbor's burst of work then hits all alike, and ratios are taken turn by turn.
 */
import { join } from "node:path";
import { timingOf, type Timing } from "../harness.ts";
import type { ContestInput, Inserted, Turn } from "./contest.ts";
import type { Contestant, LimiterRow } from "./limiter.ts";
import { type NativeRow, nativeSeat, writeWorkload } from "./native.ts";
import { nodeSeat, type Seat } from "./seats.ts";
import { LimiterWorkload, type LimiterShape } from "./workload.ts";

export interface LimiterResult {
  readonly row: Contestant;
  readonly inserted: Inserted;
  /** Milliseconds of processor time that the timed part of each turn took. */
  readonly timing: Timing;
  /** Millions of decisions a second of processor time, garbage collector included: the median of the turns. */
  readonly millionsPerSec: number;
  /** Decisions that were allowed, those that inserted the keys included. */
  readonly allowed: number;
}

const TURNS = 10;
const LEAD_PART = 1 / 8;

interface Player {
  readonly row: Contestant;
  readonly seat: Seat;
  readonly inserted: Inserted;
  readonly turns: Turn[];
}

/** Plays one workload. `folder` takes a file of the workload for native programs. */
export async function takeTurns(
  rows: readonly (LimiterRow | NativeRow)[],
  shape: LimiterShape,
  folder: string,
  progress: (line: string) => void,
): Promise<LimiterResult[]> {
  const turnDecisions = Math.floor(shape.decisions / TURNS);
  const leadDecisions = Math.floor(turnDecisions * LEAD_PART);
  const workloadFile = join(folder, `${shape.distribution}.workload`);
  if (rows.some((row) => "program" in row)) writeWorkload(workloadFile, new LimiterWorkload(shape));
  const seats: Seat[] = [];
  const players: Player[] = [];
  try {
    for (const row of rows) {
      progress(`${shape.distribution}: keys into ${row.name}`);
      const input: ContestInput = { name: row.name, shape, turnDecisions, leadDecisions };
      const seat = "program" in row ? nativeSeat(row, input, workloadFile) : nodeSeat(input);
      seats.push(seat);
      players.push({ row, seat, inserted: await seat.insert(), turns: [] });
    }
    for (let turn = 0; turn < TURNS; turn += 1) {
      progress(`${shape.distribution}: turn ${turn + 1} of ${TURNS}`);
      const first = turn % players.length;
      for (const { seat, turns } of [...players.slice(first), ...players.slice(0, first)]) {
        turns.push(await seat.turn(turn));
      }
    }
  } finally {
    for (const seat of seats) seat.end();
  }
  return players.map((player) => resultOf(player, turnDecisions - leadDecisions));
}

function resultOf({ row, inserted, turns }: Player, timedDecisions: number): LimiterResult {
  const timing = timingOf(
    row.name,
    turns.map(({ timedMs }) => timedMs),
  );
  return {
    row,
    inserted,
    timing,
    millionsPerSec: timedDecisions / timing.medianMs / 1000,
    allowed: turns.reduce((sum, { allowed }) => sum + allowed, inserted.allowed),
  };
}
