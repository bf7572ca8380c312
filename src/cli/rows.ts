/**
 * The files of rows: packets as they are metered, flows and nodes at the end. A full disk stops rows, not the meter. What
 * writes columns is loaded on demand.
 */
import { resolve } from "node:path";
import { checkColumnFile, isColumnFile } from "../columnar/names.ts";
import type { PacketFile } from "../columnar/packetfile.ts";
import { ConfigError, OutputError } from "../errors.ts";
import { packetColumns, type PacketColumns } from "../report/columns.ts";
import { writeRecordsCsv, writeRecordsJson } from "../report/flows.ts";
import type { EntryLabel } from "../trace/labels.ts";
import type { CaptureMeter } from "../trace/meter.ts";
import { Output, PipeClosed } from "../trace/output.ts";
import type { LinkPolicy, Policy } from "../types.ts";

const STDOUT = "-";

export interface OutputNames {
  readonly packets?: string | undefined;
  readonly flows?: string | undefined;
  readonly nodes?: string | undefined;
}

/** Checks the names of the output files, before anything is read. Throws ConfigError. */
export function checkOutputs({ packets, flows, nodes }: OutputNames): void {
  if (packets !== undefined && packets !== STDOUT && !/\.(csv|parquet|arrow)$/u.test(packets)) {
    const detail =
      'is written as CSV, Parquet or Arrow; name a .csv, .parquet or .arrow file, or "-" for CSV on stdout';
    throw new ConfigError("CHOICE", "packets", packets, detail);
  }
  if (packets !== undefined) checkColumnFile("packets", packets);
  for (const [option, name] of Object.entries({ flows, nodes })) {
    if (name === undefined || name === STDOUT || /\.(csv|json|parquet)$/u.test(name)) continue;
    const detail = 'is written as CSV, JSON or Parquet; name a .csv, .json or .parquet file, or "-" for CSV on stdout';
    throw new ConfigError("CHOICE", option, name, detail);
  }
  const takers = new Map<string, string>();
  for (const [option, name] of Object.entries({ packets, flows, nodes })) {
    if (name === undefined) continue;
    const place = name === STDOUT ? name : resolve(name);
    const taker = takers.get(place);
    if (taker === undefined) {
      takers.set(place, option);
      continue;
    }
    const detail =
      name === STDOUT
        ? `${taker} go to stdout already; name a file for one of them`
        : `${taker} go to this file already; name another one`;
    throw new ConfigError("CONFLICT", option, name, detail);
  }
}

/** True when one of them takes stdout for itself. */
export function takesStdout({ packets, flows, nodes }: OutputNames): boolean {
  return [packets, flows, nodes].includes(STDOUT);
}

interface RecordFile {
  readonly kind: EntryLabel["kind"];
  readonly output: Output;
}

function opened(kind: RecordFile["kind"], name: string | undefined): RecordFile[] {
  return name === undefined ? [] : [{ kind, output: new Output(name) }];
}

/** Writes all records of a kind in the format that the output's name asks for. */
async function writeRecords(meter: CaptureMeter, { kind, output }: RecordFile): Promise<void> {
  if (isColumnFile(output.name)) {
    const { writeRecordColumns } = await import("../columnar/records.ts");
    return writeRecordColumns(meter, kind, output);
  }
  return (output.name.endsWith(".json") ? writeRecordsJson : writeRecordsCsv)(meter, kind, output);
}

/** The row files of one run. */
export class RowFiles {
  /** One line on each file that could not be written to its end. */
  readonly failures: string[] = [];
  readonly #records: readonly RecordFile[];
  readonly #policy: Policy | LinkPolicy;
  readonly #columns: PacketColumns;
  #packetFile: PacketFile | undefined;
  #packets: Output | undefined;
  #isHurried = false;

  /** Opens the files. Throws OutputError when one cannot be opened: nothing has been done yet. */
  constructor({ packets, flows, nodes }: OutputNames, policy: Policy | LinkPolicy, columns: PacketColumns) {
    this.#policy = policy;
    this.#columns = columns;
    this.#packets = packets === undefined ? undefined : new Output(packets);
    this.#records = [...opened("flow", flows), ...opened("node", nodes)];
  }

  get hasPackets(): boolean {
    return this.#packets !== undefined;
  }

  /** Writes the header. */
  async begin(): Promise<void> {
    await this.#tryPackets(async (output) => {
      if (!isColumnFile(output.name)) return output.write(`${packetColumns(this.#columns)}\n`);
      const { PacketFile } = await import("../columnar/packetfile.ts");
      this.#packetFile = await PacketFile.open(output, this.#policy, this.#columns);
    });
  }

  /** Rows of the batch at hand, formatted in the core. */
  async writePackets(meter: CaptureMeter, count: number): Promise<void> {
    await this.#tryPackets(async (output) => {
      if (this.#packetFile !== undefined) return this.#packetFile.add(meter, count);
      for (let next = 0; next < count;) {
        next = meter.core.writePacketRows(next, count);
        await output.write(meter.views.text.subarray(0, meter.core.textBytes()));
      }
    });
  }

  /** The run was interrupted: a reader of packets that has stopped reading is not waited for. */
  hurry(): void {
    this.#isHurried = true;
    this.#packets?.hurry();
  }

  /** Writes flows and nodes, and closes all files. */
  async finish(meter: CaptureMeter): Promise<void> {
    await this.#tryPackets(async (output) => {
      await this.#packetFile?.finish();
      output.close();
    });
    let closed: PipeClosed | undefined;
    for (const record of this.#records) {
      try {
        await this.#attempt(async () => {
          await writeRecords(meter, record);
          record.output.close();
        });
      } catch (error) {
        // The other file is still wanted.
        if (!(error instanceof PipeClosed)) throw error;
        closed = error;
      }
    }
    if (closed !== undefined) throw closed;
  }

  /** Packets stop at the first failure; so they do when their reader has gone and there is more to be done. */
  async #tryPackets(write: (output: Output) => Promise<void>): Promise<void> {
    const output = this.#packets;
    if (output === undefined) return;
    try {
      if (!(await this.#attempt(() => write(output)))) this.#packets = undefined;
    } catch (error) {
      if (!(error instanceof PipeClosed) || (this.#records.length === 0 && !this.#isHurried)) throw error;
      this.#packets = undefined;
    }
  }

  async #attempt(write: () => Promise<void>): Promise<boolean> {
    try {
      await write();
      return true;
    } catch (error) {
      if (!(error instanceof OutputError)) throw error;
      this.failures.push(error.message);
      return false;
    }
  }
}
