/** Traffic that shows something, by name. */
import { ConfigError, didYouMean, listed } from "../errors.ts";
import type { SynthInput } from "./table.ts";

export interface Preset {
  readonly name: string;
  /** One line: what one sees in it. */
  readonly shows: string;
  readonly options: SynthInput;
}

export const PRESETS: readonly Preset[] = [
  {
    name: "office",
    shows: "a line that many share: a few flows send most of it, in trains; what limits for each flow cut",
    options: {
      duration: "10s",
      flows: "200",
      rate: "20Mbit/s",
      popularity: "zipf:1.1",
      arrivals: "on-off:1.5",
      ipv6: "30%",
      udp: "25%",
    },
  },
  {
    name: "cbr",
    shows: "a hundred calls of voice, a packet each in 20 ms to the nanosecond: contracts without any tolerance",
    options: {
      duration: "10s",
      flows: "100",
      rate: "5000packets/s",
      arrivals: "constant",
      sizes: "fixed:214",
      udp: "100%",
      dscp: "ef",
    },
  },
  {
    name: "bursty",
    shows:
      "flows that keep a mean rate in heavy-tailed trains: no depth of a bucket is right; marks for color-aware meters",
    options: {
      duration: "20s",
      flows: "20",
      rate: "20Mbit/s",
      arrivals: "on-off:1.3",
      "on-packets": "50",
      "on-peak": "20",
      dscp: "af11:6,af12:3,af13:1",
    },
  },
  {
    name: "flood",
    shows: "a thousand flows, and in one of three seconds 100,000 spoofed ones: what bounds a table, and who suffers",
    options: {
      duration: "3s",
      flows: "1000",
      rate: "20Mbit/s",
      popularity: "zipf:1",
      flood: "1s-2s",
      "flood-rate": "100000packets/s",
    },
  },
  {
    name: "contract-edge",
    shows: "one flow that fills a bucket of 64 kB at 10 Mbit/s to its last byte with every packet: equality conforms",
    options: {
      duration: "5s",
      flows: "1",
      rate: "10Mbit/s",
      arrivals: "constant",
      sizes: "fixed:1000",
      "burst-at": "0s",
      "burst-packets": "63",
    },
  },
];

/** Options that a preset stands for; none without one. Throws ConfigError. */
export function presetOptions(name: string | undefined): SynthInput {
  if (name === undefined) return {};
  const preset = PRESETS.find((known) => known.name === name);
  if (preset !== undefined) return preset.options;
  const names = PRESETS.map((known) => known.name);
  const near = didYouMean(name, names);
  throw new ConfigError("CHOICE", "preset", name, `is ${listed(names, "or")}${near === "" ? "" : `;${near}`}`);
}
