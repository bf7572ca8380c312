/** The binary file of a run's packets. */
import type { PacketColumns } from "../report/columns.ts";
import type { CaptureMeter } from "../trace/meter.ts";
import type { Output } from "../trace/output.ts";
import type { LinkPolicy, Policy } from "../types.ts";
import type { ColumnFile } from "./column.ts";
import { openColumnFile } from "./open.ts";
import { PacketGroup } from "./packets.ts";

export class PacketFile {
  readonly #group: PacketGroup;
  readonly #file: ColumnFile;

  private constructor(group: PacketGroup, file: ColumnFile) {
    this.#group = group;
    this.#file = file;
  }

  static async open(output: Output, policy: Policy | LinkPolicy, columns: PacketColumns): Promise<PacketFile> {
    const group = new PacketGroup(policy, columns);
    return new PacketFile(group, await openColumnFile(output, group.columns));
  }

  /** Adds the batch at hand. Throws OutputError. */
  async add(meter: CaptureMeter, count: number): Promise<void> {
    this.#group.add(meter, count, this.#file.wantsLengths);
    if (this.#group.isFull) await this.#file.write(this.#group.take());
  }

  /** Writes what is left and the file's end. Throws OutputError. */
  async finish(): Promise<void> {
    const rest = this.#group.take();
    if (rest.rows > 0) await this.#file.write(rest);
    await this.#file.finish();
  }
}
