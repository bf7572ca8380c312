/** The files of rows: packets as they are metered, flows at the end. A full disk stops the rows, not the meter. */
import { resolve } from "node:path";
import { ConfigError, OutputError } from "../errors.ts";
import { PACKET_COLUMNS, writeFlowsCsv, writeFlowsJson } from "../report/flows.ts";
import type { CaptureMeter } from "../trace/meter.ts";
import { Output, PipeClosed } from "../trace/output.ts";

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
  #isHurried = false;

  /** Opens the files. Throws OutputError when one cannot be opened: nothing has been done yet. */
  constructor({ packets, flows }: OutputNames) {
    this.#packets = packets === undefined ? undefined : new Output(packets);
    this.#flows = flows === undefined ? undefined : new Output(flows);
  }

  get hasPackets(): boolean {
    return this.#packets !== undefined;
  }

  /** Writes the header. */
  async begin(): Promise<void> {
    await this.#tryPackets(async (output) => output.write(`${PACKET_COLUMNS}\n`));
  }

  /** Rows of the batch at hand, formatted in the core. */
  async writePackets(meter: CaptureMeter, count: number): Promise<void> {
    await this.#tryPackets(async (output) => {
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

  /** Writes the flows and closes both files. */
  async finish(meter: CaptureMeter): Promise<void> {
    await this.#tryPackets(async (output) => output.close());
    const flows = this.#flows;
    if (flows === undefined) return;
    await this.#attempt(async () => {
      await (flows.name.endsWith(".json") ? writeFlowsJson : writeFlowsCsv)(meter, flows);
      flows.close();
    });
  }

  /** Packets stop at the first failure; so they do when their reader has gone and there is more to be done. */
  async #tryPackets(write: (output: Output) => Promise<void>): Promise<void> {
    const output = this.#packets;
    if (output === undefined) return;
    try {
      if (!(await this.#attempt(() => write(output)))) this.#packets = undefined;
    } catch (error) {
      if (!(error instanceof PipeClosed) || (this.#flows === undefined && !this.#isHurried)) throw error;
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
