/** A capture of a million small packets a microsecond apart, of which one is large: what a chart may not lose. */
import { ipFrame } from "./cli.ts";
import { pcapHeader, pcapRecord } from "./writer.ts";

export const MILLION = 1_000_000;
export const SPIKE = { packet: 654_321, bytes: 9000 } as const;
export const SMALL_BYTES = 64;
/** Apart. */
export const STEP_NS = 1000;

/** The whole file, about 58 MB. */
export function spikedCapture(): Uint8Array {
  const header = pcapHeader({ clock: "nano" });
  const record = pcapRecord(ipFrame(0n, SMALL_BYTES), { clock: "nano" });
  const file = new Uint8Array(header.length + MILLION * record.length);
  file.set(header);
  const view = new DataView(file.buffer);
  for (let packet = 0; packet < MILLION; packet += 1) {
    const at = header.length + packet * record.length;
    file.set(record, at);
    view.setUint32(at, Math.floor((packet * STEP_NS) / 1e9), true);
    view.setUint32(at + 4, (packet * STEP_NS) % 1e9, true);
    if (packet === SPIKE.packet) view.setUint32(at + 12, SPIKE.bytes, true);
  }
  return file;
}
