/** From options as they are written to settings. All functions throw ConfigError. */
import { ConfigError } from "../errors.ts";
import { parseDscp } from "../policy/classes/fields.ts";
import { isZero } from "../rational.ts";
import { parseLengthBytes, parseRate } from "../units.ts";
import { meanFactor } from "./pareto.ts";
import { presetOptions } from "./presets.ts";
import { type Bursts, type CaptureSettings, type Flood, TIME_MAX_NS, type TrafficSettings } from "./settings.ts";
import { OPTION_NAMES, type OptionName, SYNTH_OPTIONS, type SynthInput } from "./table.ts";
import {
  readArrivals,
  readCount,
  readPercent,
  readPopularity,
  readSizes,
  readSpanNs,
  readTimeNs,
  readWeighted,
  readWord,
} from "./values.ts";

const SEED_MAX = 2 ** 32 - 1;
const PACKETS_MAX = 1e12;
const FLOWS_MAX = 16_000_000;
const BURST_PACKETS_MAX = 1e9;
const TRAIN_MAX = 1_000_000;
const VLAN_MAX = 4094;
const SNAP_BYTES_MAX = 262_144;
const NONE = "none";

/** The value of an option, its fallback when it was not given. */
type Lookup = (name: OptionName) => string;

/** What traffic the options ask for. */
export function trafficSettings(given: SynthInput): TrafficSettings {
  const { duration: presetDuration, ...preset } = presetOptions(given.preset);
  const input: SynthInput = { ...preset, ...given };
  const of: Lookup = (name) => input[name] ?? SYNTH_OPTIONS[name].fallback ?? "";
  const settings: TrafficSettings = {
    seed: readCount("seed", of("seed"), 0, SEED_MAX),
    packetsMax: input.packets === undefined ? Infinity : readCount("packets", input.packets, 1, PACKETS_MAX),
    endNs: endOf(given, presetDuration),
    flows: readCount("flows", of("flows"), 1, FLOWS_MAX),
    rate: rateOf("rate", of("rate")),
    popularity: readPopularity("popularity", of("popularity")),
    arrivals: arrivalsOf(given, of),
    sizes: readSizes("sizes", of("sizes")),
    bursts: burstsOf(given, of),
    flood: floodOf(given, of),
    ipv6Percent: readPercent("ipv6", of("ipv6")),
    udpPercent: readPercent("udp", of("udp")),
    dscps: readWeighted("dscp", of("dscp"), (part) => parseDscp("dscp", part)),
    vlan: input.vlan === undefined ? null : readCount("vlan", input.vlan, 1, VLAN_MAX),
  };
  checkEnds(settings, of);
  return settings;
}

/** How the capture is written. `output` is a path, or "-" for stdout. */
export function captureSettings(output: string, { format, times, snap }: SynthInput): CaptureSettings {
  const ending = /\.(pcap|pcapng)$/u.exec(output)?.[1] as CaptureSettings["format"] | undefined;
  const asked = format === undefined ? undefined : readWord("format", format, ["pcap", "pcapng"] as const);
  if (asked !== undefined && ending !== undefined && asked !== ending) {
    throw new ConfigError("CONFLICT", "format", format, `the output is named ${output}; name it .${asked}`);
  }
  const fallback = output === "-" ? "pcap" : undefined;
  const chosen = asked ?? ending ?? fallback;
  if (chosen === undefined) {
    const detail = 'name a .pcap or .pcapng file, or "-" for stdout, which other programs may compress';
    throw new ConfigError("CHOICE", "output", output, detail);
  }
  return {
    format: chosen,
    times: readWord("times", times ?? SYNTH_OPTIONS.times.fallback ?? "", ["ns", "us"] as const),
    snapBytes: snap === undefined ? Infinity : parseLengthBytes("snap", snap, 1, SNAP_BYTES_MAX),
  };
}

/** Only names of options, out of what a command line holds besides. */
export function synthInputOf(valueOf: (name: OptionName) => unknown): SynthInput {
  const given = OPTION_NAMES.map((name) => [name, valueOf(name)] as const);
  return Object.fromEntries(given.filter(([, value]) => typeof value === "string"));
}

function rateOf(name: OptionName, text: string): TrafficSettings["rate"] {
  return { text, ...parseRate(name, text) };
}

/** A number of packets that is asked for is not cut short by a duration that nobody asked for. */
function endOf({ packets, duration }: SynthInput, presetDuration: string | undefined): number {
  if (packets !== undefined && duration === undefined) return TIME_MAX_NS;
  const text = duration ?? presetDuration ?? SYNTH_OPTIONS.duration.fallback ?? "";
  const endNs = readTimeNs("duration", text);
  if (endNs > 0) return endNs;
  throw new ConfigError("RANGE", "duration", text, "must be at least 1 ns");
}

/** Options that would do nothing are a mistake. */
function refuseIdle(given: SynthInput, names: readonly OptionName[], reason: string): void {
  for (const name of names) if (given[name] !== undefined) throw new ConfigError("CONFLICT", name, given[name], reason);
}

function arrivalsOf(given: SynthInput, of: Lookup): TrafficSettings["arrivals"] {
  const onPackets = readCount("on-packets", of("on-packets"), 1, TRAIN_MAX);
  const peak = readCount("on-peak", of("on-peak"), 2, TRAIN_MAX);
  const arrivals = readArrivals("arrivals", of("arrivals"), onPackets, peak);
  if (arrivals.kind !== "on-off") {
    const reason = `arrivals that are ${arrivals.kind} have no on periods; say --arrivals on-off, or leave it out`;
    refuseIdle(given, ["on-packets", "on-peak"], reason);
    return arrivals;
  }
  // The shortest on period has a packet.
  const least = Math.ceil(meanFactor(arrivals.alpha));
  if (onPackets >= least) return arrivals;
  const detail = `with the tail index ${arrivals.alpha} the mean on period has at least ${least} packets`;
  throw new ConfigError("RANGE", "on-packets", of("on-packets"), detail);
}

function burstsOf(given: SynthInput, of: Lookup): Bursts | null {
  const text = of("burst-at");
  if (text === NONE) {
    refuseIdle(given, ["burst-packets", "burst-gap"], "there are no bursts; say when with --burst-at, such as 1s");
    return null;
  }
  const startsNs = text.split(",").map((part) => readTimeNs("burst-at", part.trim()));
  startsNs.sort((left, right) => left - right);
  const packets = readCount("burst-packets", of("burst-packets"), 1, BURST_PACKETS_MAX);
  const gapNs = readTimeNs("burst-gap", of("burst-gap"));
  const lengthNs = (packets - 1) * gapNs;
  if (startsNs.some((startNs, index) => index > 0 && startNs < startsNs[index - 1]! + lengthNs)) {
    throw new ConfigError("CONFLICT", "burst-at", text, "one burst begins before another ends; shorten the gap");
  }
  return { startsNs, packets, gapNs };
}

function floodOf(given: SynthInput, of: Lookup): Flood | null {
  const text = of("flood");
  if (text === NONE) {
    refuseIdle(given, ["flood-rate"], "there is no flood; say when with --flood, such as 5s-10s");
    return null;
  }
  const [fromNs, toNs] = readSpanNs("flood", text);
  return { fromNs, toNs, rate: rateOf("flood-rate", of("flood-rate")) };
}

/** Throws for what would never be sent. */
function checkEnds({ endNs, rate, bursts, flood }: TrafficSettings, of: Lookup): void {
  if (bursts !== null && bursts.startsNs.some((startNs) => startNs >= endNs)) {
    throw new ConfigError("RANGE", "burst-at", of("burst-at"), "lies behind the end; give a longer --duration");
  }
  if (flood !== null && flood.fromNs >= endNs) {
    throw new ConfigError("RANGE", "flood", of("flood"), "begins behind the end; give a longer --duration");
  }
  if (isZero(rate.unitsPerSec) && bursts === null && (flood === null || isZero(flood.rate.unitsPerSec))) {
    throw new ConfigError("CONFLICT", "rate", rate.text, "leaves nothing to send; raise it, or give bursts or a flood");
  }
}
