// Packets on links: made so that departures and arrivals meet, queues run full, and packets are many quanta.
import * as fc from "fast-check";
import type { LinkPolicy, Rational, SchedulerName } from "../../src/types.ts";
import { type LinkPacket, linkOf, type ShortClass, type ShortLink, UNIT_A_NS } from "./links.ts";

export interface LinkTrace {
  readonly policy: LinkPolicy;
  readonly packets: readonly LinkPacket[];
  readonly maxQueued: number;
}

/** Lengths and gaps of a few units, at which instants meet all the time; or those of real links. */
interface Scale {
  readonly lengths: fc.Arbitrary<number>;
  readonly gapsNs: fc.Arbitrary<number>;
  readonly rates: fc.Arbitrary<Rational>;
  readonly units: fc.Arbitrary<number>;
  readonly quanta: fc.Arbitrary<number>;
}

const rate = (num: bigint, den = 1n): Rational => ({ num, den });

const TINY: Scale = {
  lengths: fc.integer({ min: 0, max: 9 }),
  gapsNs: fc.oneof({ weight: 3, arbitrary: fc.integer({ min: 0, max: 9 }) }, fc.constantFrom(-3, 0, 40)),
  rates: fc.constantFrom(UNIT_A_NS, UNIT_A_NS, rate(2_000_000_000n), rate(1_500_000_000n), rate(7_000_000_000n, 3n)),
  units: fc.integer({ min: 0, max: 40 }),
  quanta: fc.integer({ min: 1, max: 12 }),
};
const WIRE: Scale = {
  lengths: fc.oneof(
    { weight: 8, arbitrary: fc.constantFrom(0, 1, 40, 64, 576, 1499, 1500, 1501, 9000) },
    { weight: 1, arbitrary: fc.constant(65_535) },
    { weight: 3, arbitrary: fc.integer({ min: 0, max: 9000 }) },
  ),
  gapsNs: fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom(0, 1, 1200, 12_000, 1_200_000) },
    { weight: 4, arbitrary: fc.integer({ min: 0, max: 2_000_000 }) },
    { weight: 1, arbitrary: fc.constantFrom(-1, -1_000_000, 3_600_000_000_000) },
  ),
  rates: fc.constantFrom(
    rate(1_250_000n),
    rate(125_000_000n),
    rate(375_000n),
    rate(12_500_000_000n),
    rate(1n, 8n),
    rate(1n, 10_800n),
    rate(999_999_937n, 7n),
    // More parts a ns than numbers hold, and more units a ns than a packet has.
    rate(2n ** 62n + 1n),
    rate(2n ** 53n + 3n, 1001n),
  ),
  units: fc.constantFrom(0, 1500, 9000, 20_000, 65_536, 2 ** 33),
  quanta: fc.constantFrom(300, 1500, 1514, 9000, 2 ** 32 - 1),
};
/** Packets that no link carries; the reference goes through every round. */
const HUGE: Scale = {
  ...WIRE,
  lengths: fc.constantFrom(0, 1500, 2 ** 31, 2 ** 32 - 1),
  units: fc.constantFrom(1500, 2 ** 33, 2 ** 36),
  quanta: fc.constantFrom(2 ** 27 + 1, 2 ** 30, 2 ** 32 - 1),
};

const STARTS = [0n, 1n, 1_700_000_000_000_000_000n, 2n ** 63n];
/** Where time ends within the trace. */
const LATE_STARTS = [2n ** 64n - 30n, 2n ** 64n - 1n];
const NS_MAX = 2n ** 64n - 1n;
const PACKETS_MAX = 60;

const schedulers = fc.constantFrom<SchedulerName>("priority", "drr", "fifo");
const costRules = fc.constantFrom(
  { cost: "bytes", overheadBytes: 0, minLengthBytes: 0 } as const,
  { cost: "bytes", overheadBytes: 0, minLengthBytes: 0 } as const,
  { cost: "bytes", overheadBytes: 24, minLengthBytes: 84 } as const,
  { cost: "bytes", overheadBytes: -14, minLengthBytes: 0 } as const,
  { cost: "packets", overheadBytes: 0, minLengthBytes: 0 } as const,
);

function limits({ units, quanta }: Scale): fc.Arbitrary<ShortClass> {
  const packets = fc.integer({ min: 1, max: 6 });
  const limit = fc.oneof(
    { weight: 3, arbitrary: fc.record({ units }) },
    { weight: 2, arbitrary: fc.record({ packets }) },
    { weight: 1, arbitrary: fc.constant({}) },
  );
  return fc.tuple(limit, quanta).map(([held, quantum]): ShortClass => Object.assign({}, held, { quantum }));
}

/** Any link and any packets. */
export function linkTraces(scheduler?: SchedulerName): fc.Arbitrary<LinkTrace> {
  return tracesFrom([...STARTS, ...LATE_STARTS], scheduler);
}

/** The same where no service is cut by the end of time. */
export function timelyTraces(scheduler?: SchedulerName): fc.Arbitrary<LinkTrace> {
  return tracesFrom(STARTS, scheduler);
}

function tracesFrom(starts: readonly bigint[], scheduler?: SchedulerName): fc.Arbitrary<LinkTrace> {
  const scales = fc.constantFrom(TINY, TINY, TINY, WIRE, WIRE, HUGE);
  return scales.chain((scale) =>
    tracesOf(scale, starts, scheduler === undefined ? schedulers : fc.constant(scheduler)),
  );
}

function tracesOf(
  scale: Scale,
  starts: readonly bigint[],
  scheduler: fc.Arbitrary<SchedulerName>,
): fc.Arbitrary<LinkTrace> {
  const limit = limits(scale);
  const links: fc.Arbitrary<ShortLink> = fc.record({
    scheduler,
    ratePerSec: scale.rates,
    classes: fc.oneof(
      { weight: 9, arbitrary: fc.array(limit, { minLength: 1, maxLength: 4 }) },
      { weight: 1, arbitrary: fc.array(limit, { minLength: 64, maxLength: 64 }) },
    ),
    limit: fc.oneof({ weight: 3, arbitrary: fc.constant({}) }, { weight: 1, arbitrary: limit }),
    costRule: costRules,
  });
  const move = fc.record({ gapNs: scale.gapsNs, length: scale.lengths, class: fc.integer({ min: 0, max: 999 }) });
  const moves = fc.array(move, { minLength: 1, maxLength: PACKETS_MAX });
  return fc
    .tuple(links, moves, fc.constantFrom(...starts), fc.constantFrom(1, 3, 10, 1000))
    .map(([link, steps, startNs, maxQueued]) => {
      const packets = packetsOf(steps, startNs, link.classes.length);
      return printed({ policy: linkOf(link), packets, maxQueued }, link);
    });
}

interface Move {
  readonly gapNs: number;
  readonly length: number;
  readonly class: number;
}

/** A class one beyond the last is the last. */
function packetsOf(moves: readonly Move[], startNs: bigint, classCount: number): LinkPacket[] {
  let nowNs = startNs;
  return moves.map(({ gapNs, length, class: number }) => {
    nowNs += BigInt(gapNs);
    const timeNs = nowNs < 0n ? 0n : nowNs > NS_MAX ? NS_MAX : nowNs;
    return { timeNs, length, class: number % (classCount + 1) };
  });
}

/** A trace that prints itself as what is needed to see it fail. */
function printed(trace: LinkTrace, link: ShortLink): LinkTrace {
  const text = () => [link, trace.maxQueued, ...trace.packets].map((part) => fc.stringify(part)).join("\n");
  return { ...trace, [fc.toStringMethod]: text } as LinkTrace;
}
