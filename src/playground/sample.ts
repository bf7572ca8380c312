/** Traffic made in the page, so that there is something to look at: what `weir synth` writes, byte by byte. */
import { captureSettings, trafficSettings } from "../synth/input.ts";
import { PRESETS } from "../synth/presets.ts";
import { Traffic } from "../synth/traffic.ts";

/** Headers are all that a meter reads. */
const SNAP = "96";
const FILE = "sample.pcap";

export interface Sample {
  /** One that is in PRESETS. */
  readonly preset: string;
  /** What one sees in it. */
  readonly shows: string;
  /** The command that writes the same capture. */
  readonly command: string;
}

export const SAMPLES: readonly Sample[] = PRESETS.map(({ name, shows }) => ({
  preset: name,
  shows,
  command: `weir synth --preset ${name} --snap ${SNAP} -o ${name}.pcap`,
}));

/** The capture of a preset. Throws ConfigError for an unknown one. */
export function sampleCapture(preset: string): Blob {
  const input = { preset, snap: SNAP };
  const traffic = new Traffic(trafficSettings(input), captureSettings(FILE, input));
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  // Each piece is valid until the next.
  for (let piece = traffic.next(); piece !== undefined; piece = traffic.next()) pieces.push(piece.slice());
  return new Blob(pieces);
}
