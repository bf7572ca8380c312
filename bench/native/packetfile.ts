/** A workload as a file: what programs in other languages read, and our own processes beside them. */
import { closeSync, openSync, readSync, writeSync } from "node:fs";
import { type Columns, createColumns, Workload, type WorkloadShape } from "../workload.ts";

/** Prologue and stream, one behind the other in each of three columns: time and key of 8 bytes, length of 4. */
export interface PacketFile {
  readonly path: string;
  readonly prologuePackets: number;
  readonly packets: number;
  /** How far the stream moves on in time each time it is played. */
  readonly spanNs: number;
}

/** Bytes of all three columns. */
const PACKET_BYTES = 20;

/** Where each column begins, in bytes a packet of the whole file. */
const COLUMN_AT = { time: 0, key: 8, length: 16 } as const;
const COLUMN_BYTES = { time: 8, key: 8, length: 4 } as const;
const COLUMN_NAMES = ["time", "key", "length"] as const;

/** Makes the workload and writes it. Throws when the disk is full. */
export function writePacketFile(path: string, shape: WorkloadShape): PacketFile {
  const workload = new Workload(shape);
  const packets = shape.flows + shape.packets;
  const file = openSync(path, "w");
  try {
    let at = 0;
    for (const chunk of workload.prologue()) {
      writeColumns(file, chunk, chunk.packets, at, packets);
      at += chunk.packets;
    }
    writeColumns(file, workload.stream, shape.packets, at, packets);
  } finally {
    closeSync(file);
  }
  return { path, packets, prologuePackets: shape.flows, spanNs: Number(workload.spanNs) };
}

/** Packets [from, to) of the file, in arrays of their own. */
export function readPackets({ path, packets }: PacketFile, from: number, to: number): Columns {
  const columns = createColumns(to - from);
  const file = openSync(path, "r");
  try {
    for (const name of COLUMN_NAMES) {
      const bytes = new Uint8Array(columns[name].buffer);
      const position = packets * COLUMN_AT[name] + from * COLUMN_BYTES[name];
      for (let read = 0; read < bytes.length;) {
        const count = readSync(file, bytes, read, bytes.length - read, position + read);
        if (count === 0) throw new Error(`${path}: ended within packet ${from} to ${to} of ${packets}`);
        read += count;
      }
    }
  } finally {
    closeSync(file);
  }
  return columns;
}

/** Size of the file in bytes. */
export function packetFileBytes(packets: number): number {
  return packets * PACKET_BYTES;
}

function writeColumns(file: number, columns: Columns, count: number, at: number, packets: number): void {
  for (const name of COLUMN_NAMES) {
    const bytes = new Uint8Array(columns[name].buffer, 0, count * COLUMN_BYTES[name]);
    const position = packets * COLUMN_AT[name] + at * COLUMN_BYTES[name];
    for (let written = 0; written < bytes.length;) {
      written += writeSync(file, bytes, written, bytes.length - written, position + written);
    }
  }
}
