/** Every option of the traffic and the capture: what validation, help and documents are made from. */

export const OPTION_NAMES = [
  "preset",
  "seed",
  "packets",
  "duration",
  "flows",
  "rate",
  "popularity",
  "arrivals",
  "on-packets",
  "on-peak",
  "sizes",
  "burst-at",
  "burst-packets",
  "burst-gap",
  "flood",
  "flood-rate",
  "ipv6",
  "udp",
  "dscp",
  "vlan",
  "format",
  "times",
  "snap",
] as const;

export type OptionName = (typeof OPTION_NAMES)[number];

/** Options as they are written. */
export type SynthInput = Readonly<Partial<Record<OptionName, string>>>;

export interface OptionRow {
  /** What stands for the value in the help. */
  readonly value: string;
  readonly help: string;
  readonly example: string;
  /** As it would be written; absent where the help says what happens without. */
  readonly fallback?: string;
}

/** By name, in the order of a help text. */
export const SYNTH_OPTIONS: Readonly<Record<OptionName, OptionRow>> = {
  preset: {
    value: "name",
    help: "values for the options below, which options beside it replace; the list is at the end",
    example: "office",
  },
  seed: { value: "n", help: "0 to 4294967295; equal options and seeds give equal bytes", example: "7", fallback: "1" },
  packets: {
    value: "n",
    help: "end after so many packets of all kinds; then there is no duration",
    example: "1000000",
  },
  duration: {
    value: "time",
    help: "end before this time; with --packets what comes first",
    example: "60s",
    fallback: "10s",
  },
  flows: { value: "n", help: "flows of the base traffic, 1 to 16000000", example: "1000", fallback: "100" },
  rate: {
    value: "rate",
    help: "mean rate of all flows together, bursts and flood apart; 0packets/s: no base traffic",
    example: "50Mbit/s",
    fallback: "10Mbit/s",
  },
  popularity: {
    value: "law",
    help: "uniform: all flows send alike; zipf[:s]: flow i in proportion to 1 / i^s, s is 1 or 0.01 to 5",
    example: "zipf:1.2",
    fallback: "uniform",
  },
  arrivals: {
    value: "law",
    help: "constant: each flow evenly; poisson: independent; on-off[:alpha]: each flow in heavy-tailed trains, alpha is 1.5 or 1.1 to 10",
    example: "on-off:1.3",
    fallback: "poisson",
  },
  "on-packets": {
    value: "n",
    help: "on-off: mean packets of an on period",
    example: "50",
    fallback: "20",
  },
  "on-peak": {
    value: "n",
    help: "on-off: while on, a flow sends at so many times its mean rate",
    example: "25",
    fallback: "10",
  },
  sizes: {
    value: "mix",
    help: "bytes of a frame: imix (60:7,590:4,1514:1), fixed:N, uniform:A-B, or size:weight,size:weight,... where a size may be a range",
    example: "64:7,594:4,1518:1",
    fallback: "imix",
  },
  "burst-at": {
    value: "times",
    help: "bursts at these times, besides the rate, or none",
    example: "999.999ms,1s",
    fallback: "none",
  },
  "burst-packets": {
    value: "n",
    help: "packets of each burst, dealt to the flows in turn",
    example: "500",
    fallback: "100",
  },
  "burst-gap": {
    value: "time",
    help: "between packets of a burst; 0ns: all at the same instant",
    example: "12us",
    fallback: "0ns",
  },
  flood: {
    value: "from-to",
    help: "between these times, SYNs of which each is a flow of its own, besides the rate, or none",
    example: "5s-10s",
    fallback: "none",
  },
  "flood-rate": { value: "rate", help: "rate of the flood", example: "1Gbit/s", fallback: "100000packets/s" },
  ipv6: { value: "percent", help: "share of flows that are IPv6", example: "30%", fallback: "0%" },
  udp: { value: "percent", help: "share of flows that are UDP, the others are TCP", example: "20%", fallback: "0%" },
  dscp: {
    value: "mix",
    help: "mark of each packet but those of the flood, 0 to 63 or a name: one, or mark:weight,mark:weight,...",
    example: "af11:6,af12:3,af13:1",
    fallback: "be",
  },
  vlan: { value: "id", help: "VLAN tag of every frame, 1 to 4094; without: no tags", example: "10" },
  format: { value: "pcap|pcapng", help: "default: as the file is named; pcap for stdout", example: "pcapng" },
  times: { value: "ns|us", help: "unit of the times", example: "us", fallback: "ns" },
  snap: { value: "bytes", help: "keep this much of each frame; without: all of it", example: "96" },
};
