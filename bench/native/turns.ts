/**
 * The core, programs in C and rivals beside each other: each in a process of its own, which holds its table
 * throughout, one turn a process at a time. A neighbor's burst of work then hits all alike, and ratios are taken turn
 * by turn.
 */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { timingOf, type Timing } from "../harness.ts";
import type { WorkloadShape } from "../workload.ts";
import type { ContestInput, Question } from "./contest.ts";
import { type PacketFile, writePacketFile } from "./packetfile.ts";
import type { Program } from "./programs.ts";
import { type Agreement, CORE, type NodeRow } from "./rows.ts";
import { nodeSeat, programSeat, type Seat } from "./seats.ts";

export interface NativeCase extends WorkloadShape {
  readonly turns: number;
  /** Turns before these, played and not counted. */
  readonly warmTurns: number;
  /** The stream is metered in so many turns, then again. */
  readonly turnsPerPass: number;
}

export interface NativeResult {
  readonly name: string;
  readonly agreement: Agreement;
  readonly timing: Timing;
  readonly nsPerPacket: number;
  /** First packets of flows: insertion, growth and first touch of memory included. */
  readonly nsPerNewFlow: number;
  /** The stream's first pass. */
  readonly nsFirstPass: number;
  /** SHA-256 of the colors of prologue and first pass, one byte a packet. */
  readonly digest: string;
  /** Packets by color in them. */
  readonly colors: readonly [number, number, number];
  /** Colors that differ from the core's. */
  readonly differing: number;
}

/** Part of a turn that runs untimed first, to bring back what the others pushed out of the caches. */
const LEAD_PART = 1 / 8;

interface Player {
  readonly row: NodeRow | Program["row"];
  readonly seat: Seat;
  readonly colorsPath: string;
  readonly samplesMs: number[];
  prologueMs: number;
  firstPassMs: number;
}

/** Plays one workload. `folder` takes the packets and the colors. The core has to be among the rows. */
export async function playNative(
  rows: readonly (NodeRow | Program)[],
  shape: NativeCase,
  folder: string,
  progress: (line: string) => void,
): Promise<NativeResult[]> {
  progress("writing the packets");
  const file = writePacketFile(join(folder, "packets"), shape);
  const players: Player[] = [];
  try {
    for (const row of rows) players.push(seated(row, shape, file, folder));
    for (const player of players) {
      progress(`first pass of ${player.row.name}`);
      const pass = { keeps: true, laterNs: 0 };
      player.prologueMs = (await player.seat.ask({ ...pass, from: 0, to: file.prologuePackets })).ms;
      player.firstPassMs = (await player.seat.ask({ ...pass, from: file.prologuePackets, to: file.packets })).ms;
    }
    for (let turn = 0; turn < shape.warmTurns + shape.turns; turn += 1) {
      progress(`turn ${turn + 1} of ${shape.warmTurns + shape.turns}`);
      await takeTurn(players, shape, file, turn);
    }
  } finally {
    for (const { seat } of players) seat.end();
  }
  const core = players.find(({ row }) => row.name === CORE)!;
  const coreColors = readFileSync(core.colorsPath);
  return players.map((player) => resultOf(player, shape, coreColors));
}

function seated(row: NodeRow | Program, { flows }: NativeCase, file: PacketFile, folder: string): Player {
  const isProgram = "path" in row;
  const inner = isProgram ? row.row : row;
  const colorsPath = join(folder, `${inner.name.replaceAll(/\W+/gu, "-")}.colors`);
  const input: ContestInput = { name: inner.name, flows, file, colorsPath };
  const seat = isProgram ? programSeat(row.path, input) : nodeSeat(input);
  return { row: inner, seat, colorsPath, samplesMs: [], prologueMs: 0, firstPassMs: 0 };
}

/** One turn of every player; who begins changes from turn to turn. */
async function takeTurn(players: readonly Player[], shape: NativeCase, file: PacketFile, turn: number): Promise<void> {
  const packets = shape.packets / shape.turnsPerPass;
  const from = file.prologuePackets + (turn % shape.turnsPerPass) * packets;
  const timedFrom = from + packets * LEAD_PART;
  // The first pass was played on time.
  const laterNs = (Math.floor(turn / shape.turnsPerPass) + 1) * file.spanNs;
  const lead: Question = { keeps: false, from, to: timedFrom, laterNs };
  const timed: Question = { keeps: false, from: timedFrom, to: from + packets, laterNs };
  const first = turn % players.length;
  for (const { seat, samplesMs } of [...players.slice(first), ...players.slice(0, first)]) {
    await seat.ask(lead);
    const { ms } = await seat.ask(timed);
    if (turn >= shape.warmTurns) samplesMs.push(ms);
  }
}

function resultOf(player: Player, shape: NativeCase, coreColors: Uint8Array): NativeResult {
  const { row, samplesMs, prologueMs, firstPassMs, colorsPath } = player;
  const timing = timingOf(row.name, samplesMs);
  const timedPackets = (shape.packets / shape.turnsPerPass) * (1 - LEAD_PART);
  const metered = readFileSync(colorsPath);
  const colors: [number, number, number] = [0, 0, 0];
  let differing = 0;
  for (let index = 0; index < metered.length; index += 1) {
    colors[metered[index]!]! += 1;
    if (metered[index] !== coreColors[index]) differing += 1;
  }
  return {
    name: row.name,
    agreement: row.agreement,
    timing,
    nsPerPacket: (timing.medianMs * 1e6) / timedPackets,
    nsPerNewFlow: (prologueMs * 1e6) / shape.flows,
    nsFirstPass: (firstPassMs * 1e6) / shape.packets,
    digest: createHash("sha256").update(metered).digest("hex"),
    colors,
    differing: metered.length === coreColors.length ? differing : Math.max(metered.length, coreColors.length),
  };
}
