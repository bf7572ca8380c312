/** Running totals. */
import type { Color, Count } from "../types.ts";
import { GREEN, RED } from "./flowmeter.ts";
import { REASON_OVERSIZE, REASON_MEMORY_FULL, REASON_UNTRACKED } from "./reason.ts";

export const NO_PACKETS: Count = { packets: 0n, bytes: 0n };

/** A count with one packet more. */
export function counted(count: Count, lengthBytes: number): Count {
  return { packets: count.packets + 1n, bytes: count.bytes + BigInt(lengthBytes) };
}

/** Packets by color. */
export class ColorTally {
  green = NO_PACKETS;
  yellow = NO_PACKETS;
  red = NO_PACKETS;

  add(color: Color, lengthBytes: number): void {
    if (color === GREEN) this.green = counted(this.green, lengthBytes);
    else if (color === RED) this.red = counted(this.red, lengthBytes);
    else this.yellow = counted(this.yellow, lengthBytes);
  }

  colors(): { readonly green: Count; readonly yellow: Count; readonly red: Count } {
    const { green, yellow, red } = this;
    return { green, yellow, red };
  }
}

/** Packets by color, and two kinds of red ones apart. */
export class Tally {
  readonly #colors = new ColorTally();
  #oversize = NO_PACKETS;
  #untracked = NO_PACKETS;
  #unqueued = NO_PACKETS;

  add(color: Color, reason: number, lengthBytes: number): void {
    this.#colors.add(color, lengthBytes);
    if (reason === REASON_OVERSIZE) this.#oversize = counted(this.#oversize, lengthBytes);
    if (reason === REASON_MEMORY_FULL) this.#unqueued = counted(this.#unqueued, lengthBytes);
    if (reason === REASON_UNTRACKED) this.#untracked = counted(this.#untracked, lengthBytes);
  }

  totals(): Readonly<Record<"green" | "yellow" | "red" | "oversize" | "untracked" | "unqueued", Count>> {
    return { ...this.#colors.colors(), oversize: this.#oversize, untracked: this.#untracked, unqueued: this.#unqueued };
  }
}
