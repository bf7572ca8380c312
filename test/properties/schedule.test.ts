// Goal: every engine of links gives what the definition gives, and what it gives is what a link does.
import { isDeepStrictEqual } from "node:util";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { judged, LINK_ENGINES, sendPackets } from "../support/links.ts";
import { type LinkTrace, linkTraces, timelyTraces } from "../support/linktraces.ts";
import { arrivalsOf, type Service, servicesOf, unitsOf } from "../support/services.ts";
import { cuts } from "../support/traces.ts";

const SEEDED = { numRuns: 10_000, seed: 20_260_102 };

test("every engine equals the definition under any split into batches", () => {
  const [reference, ...others] = LINK_ENGINES;
  const seen = new Set<number>();
  fc.assert(
    fc.property(linkTraces(), cuts, ({ policy, packets, maxQueued }, sizes) => {
      const expected = sendPackets(reference!.create({ policy, maxQueued }), packets);
      for (const reason of expected.reasons) seen.add(reason);
      for (const row of others) {
        const outcome = sendPackets(row.create({ policy, maxQueued }), packets, sizes);
        if (!isDeepStrictEqual(outcome, expected)) expect({ [row.name]: outcome }).toEqual({ [row.name]: expected });
      }
    }),
    SEEDED,
  );
  // Taken, oversize, and each of the three ways to be full.
  expect([...seen].toSorted((left, right) => left - right)).toEqual([0, 1, 12, 13, 14]);
});

function sent({ policy, packets, maxQueued }: LinkTrace) {
  const outcome = judged(policy, packets, maxQueued);
  return { outcome, services: servicesOf(policy, packets, outcome) };
}

test("it never rests while a packet waits, sends one at a time, and loses none that it took", () => {
  fc.assert(
    fc.property(timelyTraces(), (trace) => {
      const { outcome, services } = sent(trace);
      const taken = outcome.colors.flatMap((color, index) => (color === 0 ? [index] : []));
      expect(services.map(({ sequence }) => sequence).toSorted((a, b) => a - b)).toEqual(taken);
      let freeAt = 0n;
      for (const [index, { began, ended, came }] of services.entries()) {
        const isBusy = began === freeAt;
        const rested = came === began && services.slice(index).every((later) => later.came >= began);
        expect(began >= freeAt && (isBusy || rested)).toBe(true);
        expect(came <= began).toBe(true);
        freeAt = ended;
      }
    }),
    SEEDED,
  );
});

/** Whether a packet was there when the next was chosen at `instant`: those that come then come after the choice. */
function waitsAt({ came, began }: Service, instant: bigint): boolean {
  return came < instant && began >= instant;
}

function orderOf(services: readonly Service[]): number[] {
  return services.map(({ sequence }) => sequence);
}

test("each class is first in, first out; under fifo the link is", () => {
  fc.assert(
    fc.property(timelyTraces(), (trace) => {
      const { scheduler, classes } = trace.policy.definition;
      const { services } = sent(trace);
      const queues =
        scheduler === "fifo" ? [services] : classes.map((_, i) => services.filter((s) => s.classIndex === i));
      for (const queue of queues) expect(orderOf(queue)).toEqual(orderOf(queue).toSorted((a, b) => a - b));
    }),
    SEEDED,
  );
});

test("under priority no packet is chosen while one of a higher class waits", () => {
  let chosenAboveOthers = 0;
  fc.assert(
    fc.property(timelyTraces("priority"), (trace) => {
      const { services } = sent(trace);
      for (const [index, { began, classIndex }] of services.entries()) {
        const waiting = services.slice(index + 1).filter((other) => waitsAt(other, began));
        expect(waiting.every((other) => other.classIndex >= classIndex)).toBe(true);
        chosenAboveOthers += waiting.some((other) => other.classIndex > classIndex) ? 1 : 0;
      }
    }),
    SEEDED,
  );
  expect(chosenAboveOthers).toBeGreaterThan(SEEDED.numRuns / 10);
});

function sumOf(services: readonly Service[]): bigint {
  return services.reduce((total, { units }) => total + units, 0n);
}

/** What the link held for some classes just before a packet came, from arrivals and departures alone. */
function heldAt(services: readonly Service[], sequence: number, instant: bigint) {
  const held = services.filter((each) => each.sequence < sequence && each.ended > instant);
  const waiting = held.filter(({ began }) => began > instant).length;
  const ofClass = (classIndex: number) => held.filter((each) => each.classIndex === classIndex);
  return { waiting, all: held, ofClass };
}

test("a packet is dropped if and only if its class, the link or the memory has no room for it", () => {
  fc.assert(
    fc.property(timelyTraces(), (trace) => {
      const { policy, packets, maxQueued } = trace;
      const { classes, limit, unitsMax } = policy.definition;
      const { outcome, services } = sent(trace);
      const arrivals = arrivalsOf(policy, packets);
      for (const [sequence, packet] of packets.entries()) {
        const units = unitsOf(policy, packet.length);
        const classIndex = Math.min(packet.class, classes.length - 1);
        const own = classes[classIndex]!.limit;
        const { waiting, all, ofClass } = heldAt(services, sequence, arrivals[sequence]!);
        const isFull = (held: readonly Service[], { units: mostUnits, packets: mostPackets }: typeof own) =>
          sumOf(held) + units > mostUnits || BigInt(held.length) >= mostPackets;
        const isDropped = units > unitsMax || isFull(ofClass(classIndex), own) || isFull(all, limit);
        expect(outcome.colors[sequence]).toBe(isDropped || waiting === maxQueued ? 2 : 0);
      }
    }),
    SEEDED,
  );
});
