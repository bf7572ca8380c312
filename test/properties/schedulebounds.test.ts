// Goal: the bounds that docs/schedulers.md states hold on traces that try to break them.
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { judged, type LinkPacket, linkOf, UNIT_A_NS } from "../support/links.ts";
import { type Service, servicesOf } from "../support/services.ts";

const SEEDED = { numRuns: 10_000, seed: 20_260_103 };
const NO_LIMIT = 1_000_000;

function most(values: readonly bigint[]): bigint {
  return values.reduce((largest, value) => (value > largest ? value : largest), 0n);
}

interface Contract {
  /** Units a ns in hundredths of the link's rate, which is one unit a ns. */
  readonly percent: number;
  readonly burst: number;
}

interface Offer {
  readonly gapNs: number;
  readonly length: number;
  readonly class: number;
}

/** The packets that keep their class's contract, by levels in hundredths of a unit. */
function conforming(offers: readonly Offer[], contracts: readonly Contract[]): LinkPacket[] {
  const levels = contracts.map(() => 0);
  const kept: LinkPacket[] = [];
  let nowNs = 0;
  for (const { gapNs, length, class: number } of offers) {
    nowNs += gapNs;
    for (const [index, { percent }] of contracts.entries())
      levels[index] = Math.max(0, levels[index]! - percent * gapNs);
    const index = number % contracts.length;
    if (levels[index]! + 100 * length > 100 * contracts[index]!.burst) continue;
    levels[index]! += 100 * length;
    kept.push({ timeNs: BigInt(nowNs), length, class: index });
  }
  return kept;
}

const offers = fc.array(
  fc.record({
    gapNs: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 12 })),
    length: fc.integer({ min: 0, max: 12 }),
    class: fc.nat(9),
  }),
  { minLength: 10, maxLength: 80 },
);
const bursts = fc.integer({ min: 1, max: 40 });

/** Contracts whose rates add up to at most the link's: each takes its part of what the ones before have left. */
const contractLists = fc
  .array(fc.tuple(fc.integer({ min: 0, max: 100 }), bursts), { minLength: 2, maxLength: 5 })
  .map((parts) => {
    let left = 100;
    return parts.map(([part, burst]): Contract => {
      const percent = Math.floor((left * part) / 100);
      left -= percent;
      return { percent, burst };
    });
  });

test("strict priority: D_p <= (sum of b_j, j <= p, + L_lower) / (R - sum of r_j, j < p)", () => {
  let closest = 0;
  fc.assert(
    fc.property(contractLists, offers, (contracts, tried) => {
      const packets = conforming(tried, contracts);
      const policy = linkOf({ scheduler: "priority", ratePerSec: UNIT_A_NS, classes: contracts.map(() => ({})) });
      const services = servicesOf(policy, packets, judged(policy, packets, NO_LIMIT));
      for (const { classIndex, came, ended } of services) {
        const burstSum = contracts.slice(0, classIndex + 1).reduce((sum, { burst }) => sum + burst, 0);
        const taken = contracts.slice(0, classIndex).reduce((sum, { percent }) => sum + percent, 0);
        const lower = most(services.filter((other) => other.classIndex > classIndex).map(({ units }) => units));
        if (taken === 100) continue;
        const delay = Number(ended - came) * (100 - taken);
        const bound = 100 * (burstSum + Number(lower));
        expect(delay).toBeLessThanOrEqual(bound);
        closest = Math.max(closest, delay / bound);
      }
    }),
    SEEDED,
  );
  // It is met, so a smaller one would not hold.
  expect(closest).toBe(1);
});

const quantumLists = fc.array(fc.integer({ min: 12, max: 40 }), { minLength: 2, maxLength: 5 });

test("drr: while all wait, each class has sent within one packet of quantum x turns", () => {
  fc.assert(
    fc.property(
      quantumLists,
      fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 20, maxLength: 90 }),
      (quanta, lengths) => {
        // All come at once, so that each class begins with its first turn and no deficit.
        const packets = lengths.map((length, index) => ({ timeNs: 7n, length, class: index % quanta.length }));
        const classes = quanta.map((quantum) => ({ quantum }));
        const policy = linkOf({ scheduler: "drr", ratePerSec: UNIT_A_NS, classes });
        const services = servicesOf(policy, packets, judged(policy, packets, NO_LIMIT));
        const largest = most(services.map(({ units }) => units));
        for (const { classIndex, turns, units } of turnsWhileAllWait(services, quanta.length)) {
          const due = BigInt(quanta[classIndex]! * turns);
          expect(units <= due && units > due - largest).toBe(true);
        }
      },
    ),
    SEEDED,
  );
});

/** What each class had sent at the end of each of its turns, until the first queue is empty. */
function turnsWhileAllWait(services: readonly Service[], classCount: number) {
  const left = Array.from({ length: classCount }, (_, index) => services.filter((s) => s.classIndex === index).length);
  const sums = left.map(() => ({ turns: 0, units: 0n }));
  const ends: { readonly classIndex: number; readonly turns: number; readonly units: bigint }[] = [];
  for (const [index, { classIndex, units }] of services.entries()) {
    const sum = sums[classIndex]!;
    if (services[index - 1]?.classIndex !== classIndex) sum.turns += 1;
    sum.units += units;
    left[classIndex]! -= 1;
    if (left.some((count) => count === 0)) break;
    if (services[index + 1]!.classIndex !== classIndex) ends.push({ classIndex, ...sum });
  }
  return ends;
}

/** Whether a class has a packet to choose at every choice from `first` to `last`. */
function waitsThroughout(services: readonly Service[], classIndex: number, first: number, last: number): boolean {
  return services.slice(first, last + 1).every(({ began }, offset) => {
    return services.slice(first + offset).some((each) => each.classIndex === classIndex && each.came < began);
  });
}

const busyLinks = fc.record({
  quanta: fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 2, maxLength: 4 }),
  moves: fc.array(fc.tuple(fc.integer({ min: 0, max: 6 }), fc.integer({ min: 1, max: 12 }), fc.nat(9)), {
    minLength: 20,
    maxLength: 80,
  }),
});

/** Twice as much as the link sends. */
function busyPackets(moves: readonly (readonly [number, number, number])[], classCount: number): LinkPacket[] {
  let nowNs = 0n;
  return moves.map(([gapNs, length, number]) => {
    nowNs += BigInt(gapNs);
    return { timeNs: nowNs, length, class: number % classCount };
  });
}

test("drr: while two classes wait, what they send by their quanta differs by at most 1 + L_i/Q_i + L_j/Q_j", () => {
  let compared = 0;
  fc.assert(
    fc.property(busyLinks, fc.nat(), fc.nat(), ({ quanta, moves }, from, length) => {
      const policy = linkOf({
        scheduler: "drr",
        ratePerSec: UNIT_A_NS,
        classes: quanta.map((quantum) => ({ quantum, units: 60 })),
      });
      const { classes } = policy.definition;
      const packets = busyPackets(moves, quanta.length);
      const services = servicesOf(policy, packets, judged(policy, packets));
      const first = from % services.length;
      const last = Math.min(services.length - 1, first + (length % 20));
      const waiting = classes.map((_, index) => index).filter((index) => waitsThroughout(services, index, first, last));
      const shares = waiting.map((index) => {
        const { quantum } = classes[index]!;
        const units = services
          .slice(first, last + 1)
          .flatMap((each) => (each.classIndex === index ? [each.units] : []));
        const largest = most(services.flatMap((each) => (each.classIndex === index ? [each.units] : [])));
        return { sent: units.reduce((sum, one) => sum + one, 0n), largest, quantum };
      });
      for (const [index, one] of shares.entries()) {
        for (const other of shares.slice(index + 1)) {
          const difference = one.sent * other.quantum - other.sent * one.quantum;
          const bound = one.quantum * other.quantum + one.largest * other.quantum + other.largest * one.quantum;
          expect((difference < 0n ? -difference : difference) <= bound).toBe(true);
          compared += last > first ? 1 : 0;
        }
      }
    }),
    SEEDED,
  );
  expect(compared).toBeGreaterThan(SEEDED.numRuns / 2);
});
