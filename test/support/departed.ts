/** When packets leave an engine that runs a shaper. */
import type { MeterEngine } from "../../src/types.ts";
import type { Packet } from "./run.ts";

function write(column: Uint32Array, value: bigint): void {
  column[0] = Number(value & 0xffff_ffffn);
  column[1] = Number(value >> 32n);
}

/** Ns of departure of each packet, rounded up; undefined: dropped. One packet a batch, so any engine's columns do. */
export function departuresOf(engine: MeterEngine, packets: readonly Packet[]): (bigint | undefined)[] {
  return packets.map(({ timeNs, length, key }) => {
    const { batch } = engine;
    write(batch.time, timeNs);
    write(batch.key, key);
    batch.length[0] = length;
    batch.colorIn[0] = 0;
    engine.run(1);
    const { color, departure } = engine.batch;
    if (color[0] === 2) return undefined;
    return (BigInt(departure[1]!) << 32n) + BigInt(departure[0]!);
  });
}
