/** The sources that settings ask for. */
import { ConfigError } from "../errors.ts";
import { compare, multiply, rational } from "../rational.ts";
import type { Rational } from "../types.ts";
import { BurstSource, EvenSource, FloodSource } from "./even.ts";
import { ConstantFlows, HeapedSource, OnOffFlows } from "./heaped.ts";
import { PoissonSource } from "./poisson.ts";
import { type Popularity, popularityOf } from "./popularity.ts";
import { Random } from "./random.ts";
import { baseGapNs, floodGapNs } from "./rate.ts";
import { type Flood, TIME_MAX_NS, type TrafficSettings } from "./settings.ts";
import type { Source } from "./source.ts";

const STREAM_ARRIVALS = 1;
/** Identities of flood flows are 32 bits. */
const FLOOD_PACKETS_MAX = 2n ** 32n;

/** In the order in which packets of the same time are sent. */
export interface Sources {
  readonly bursts: Source;
  readonly base: Source;
  readonly flood: Source;
}

const NONE: Source = { timeNs: Infinity, flow: 0, advance: () => undefined };

/** Throws ConfigError when rates and times do not go together. */
export function sourcesOf(settings: TrafficSettings, kinds: Uint8Array): Sources {
  const { bursts, flood, flows, popularity: law } = settings;
  const popularity = popularityOf(law, flows);
  const gapNs = baseGapNs(settings, kinds, popularity);
  if (gapNs !== null) checkTime(settings, gapNs);
  return {
    bursts: bursts === null ? NONE : new BurstSource(bursts, flows),
    base: gapNs === null ? NONE : baseSource(settings, popularity, gapNs),
    flood: flood === null ? NONE : floodSource(flood, settings),
  };
}

function baseSource(settings: TrafficSettings, popularity: Popularity, gapNs: Rational): Source {
  const { arrivals, flows, popularity: law, seed } = settings;
  const random = new Random(seed, STREAM_ARRIVALS);
  const gap = Number(gapNs.num) / Number(gapNs.den);
  if (arrivals.kind === "poisson") return new PoissonSource(popularity, gap, random);
  if (arrivals.kind === "on-off") {
    return new HeapedSource(flows, new OnOffFlows(popularity, flows, gap, arrivals, random));
  }
  if (law.kind === "uniform") return new EvenSource(flows, gapNs);
  return new HeapedSource(flows, new ConstantFlows(flows, popularity, gap));
}

function floodSource({ fromNs, toNs, rate }: Flood, settings: TrafficSettings): Source {
  const gapNs = floodGapNs(rate, settings);
  if (gapNs === null) return NONE;
  const packetsMax = (BigInt(toNs - fromNs) * gapNs.den) / gapNs.num;
  if (packetsMax >= FLOOD_PACKETS_MAX) {
    throw new ConfigError("RANGE", "flood-rate", rate.text, `a flood has at most ${FLOOD_PACKETS_MAX} packets`);
  }
  return new FloodSource(fromNs, toNs, gapNs);
}

/** A number of packets that would take longer than times reach is refused rather than not met. */
function checkTime({ packetsMax, endNs, rate }: TrafficSettings, gapNs: Rational): void {
  if (packetsMax === Infinity || endNs < TIME_MAX_NS) return;
  if (compare(multiply(gapNs, rational(BigInt(packetsMax))), rational(BigInt(TIME_MAX_NS))) <= 0) return;
  const detail = `would take more than 30 days at ${rate.text}; ask for fewer, raise the rate, or give a duration`;
  throw new ConfigError("RANGE", "packets", `${packetsMax}`, detail);
}
