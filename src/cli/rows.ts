/** The files of rows: packets as they are metered, flows at the end. A full disk stops the rows, not the meter. */
import { resolve } from "node:path";
import { ConfigError, OutputError } from "../errors.ts";
import { PACKET_COLUMNS, writeFlowsCsv, writeFlowsJson } from "../report/flows.ts";
import type { CaptureMeter } from "../trace/meter.ts";
import { Output } from "../trace/output.ts";

export interface OutputNames {
  readonly packets: string | undefined;
  readonly flows: string | undefined;
}

/** Checks the names of the output files, before anything is read. Throws ConfigError. */
export function outputNames(packets: string | undefined, flows: string | undefined): OutputNames {
  if (packets !== undefined && packets !== "-" && !packets.endsWith(".csv")) {
    throw new ConfigError("CHOICE", "packets", packets, 'is written as CSV; name a .csv file, or "-" for stdout');
  }
  if (flows !== undefined && flows !== "-" && !/\.(csv|json)$/u.test(flows)) {
    const detail = 'is written as CSV or JSON; name a .csv or .json file, or "-" for CSV on stdout';
    throw new ConfigError("CHOICE", "flows", flows, detail);
  }
  if (packets === "-" && flows === "-") {
    throw new ConfigError("CONFLICT", "flows", "-", "packets go to stdout already; name a file for one of them");
  }
  if (packets !== undefined && flows !== undefined && packets !== "-" && resolve(packets) === resolve(flows)) {
    throw new ConfigError("CONFLICT", "flows", flows, "packets go to this file already; name another one");
  }
  return { packets, flows };
}

/** The row files of one run. */
export class RowFiles {
  /** One line on each file that could not be written to its end. */
  readonly failures: string[] = [];
  readonly #flows: Output | undefined;
  #packets: Output | undefined;

  /** Opens the files. Throws OutputError when one cannot be opened: nothing has been done yet. */
  constructor({ packets, flows }: OutputNames) {
    this.#packets = packets === undefined ? undefined : new Output(packets);
    this.#flows = flows === undefined ? undefined : new Output(flows);
    if (!this.#attempt(() => this.#packets?.write(`${PACKET_COLUMNS}\n`))) this.#packets = undefined;
  }

  get hasPackets(): boolean {
    return this.#packets !== undefined;
  }

  /** Rows of the batch at hand, formatted in the core. */
  writePackets(meter: CaptureMeter, count: number): void {
    const output = this.#packets;
    if (output === undefined) return;
    const isWritten = this.#attempt(() => {
      for (let next = 0; next < count;) {
        next = meter.core.writePacketRows(next, count);
        output.write(meter.views.text.subarray(0, meter.core.textBytes()));
      }
    });
    if (!isWritten) this.#packets = undefined;
  }

  /** Writes the flows and closes both files. */
  finish(meter: CaptureMeter): void {
    this.#attempt(() => this.#packets?.close());
    const flows = this.#flows;
    if (flows === undefined) return;
    this.#attempt(() => {
      (flows.name.endsWith(".json") ? writeFlowsJson : writeFlowsCsv)(meter, flows);
      flows.close();
    });
  }

  #attempt(write: () => void): boolean {
    try {
      write();
      return true;
    } catch (error) {
      if (!(error instanceof OutputError)) throw error;
      this.failures.push(error.message);
      return false;
    }
  }
}
