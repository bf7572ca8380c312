// Goal: links of one queue give the recorded departures of queues of whole packets.
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { linkTime } from "../src/policy/link/time.ts";
import { divide, fraction, subtract } from "../src/reference/rational.ts";
import { LINK_ENGINES, linkOf, sendPackets, type ShortClass, type ShortLink } from "./support/links.ts";

interface QueueVector {
  readonly name: string;
  readonly policy: { readonly rate: number | string; readonly limit: number; readonly count: "bytes" | "packets" };
  readonly packets: readonly (readonly [timeNs: string, lengthBytes: number, colorIn: number])[];
  /** Color and departure, "p/q" ns, null when it was dropped. */
  readonly expect: readonly (readonly [number, string | null])[];
}

const VECTORS_AT = new URL("vectors/shapers/", import.meta.url);
/** Those of queues of whole packets. */
const VECTORS = readdirSync(VECTORS_AT)
  .filter((file) => /^shaper-(?:bytes|packets)-\d\.json$/u.test(file))
  .map((file) => JSON.parse(readFileSync(new URL(file, VECTORS_AT), "utf8")) as QueueVector);

function parse(text: number | string) {
  const [num = "", den = "1"] = String(text).split("/");
  return divide(fraction(BigInt(num)), fraction(BigInt(den)));
}

test("the vectors of queues are there", () => {
  expect(VECTORS.map(({ name }) => name.replace(/-\d$/u, ""))).toEqual([
    ...Array.from({ length: 4 }, () => "shaper-bytes"),
    ...Array.from({ length: 4 }, () => "shaper-packets"),
  ]);
});

describe.each(LINK_ENGINES)("$name", ({ create }) => {
  /** The queue of a vector is a link of one class; with several, fifo gives the same when the link has the limit. */
  test.each(VECTORS)(
    "fifo gives the departures of $name to the exact fraction",
    ({ policy, packets, expect: expected }) => {
      const limit: ShortClass = policy.count === "bytes" ? { units: policy.limit } : { packets: policy.limit };
      const ratePerSec = parse(policy.rate);
      const { departureParts } = linkTime(ratePerSec, String(policy.rate)).profile;
      const links: ShortLink[] = [
        { scheduler: "fifo", ratePerSec, classes: [limit] },
        { scheduler: "priority", ratePerSec, classes: [limit] },
        { scheduler: "drr", ratePerSec, classes: [limit] },
        { scheduler: "fifo", ratePerSec, classes: [{}, {}, {}], limit },
      ];
      for (const link of links) {
        const offered = packets.map(([timeNs, length], index) => {
          return { timeNs: BigInt(timeNs), length, class: index % link.classes.length };
        });
        for (const cuts of [[], [1], [7, 64, 3]]) {
          const { colors, left } = sendPackets(create({ policy: linkOf(link), maxQueued: 10_000 }), offered, cuts);
          expect(colors).toEqual(expected.map(([color]) => color));
          const instants = new Map(left.map(({ sequence, ns, rest }) => [sequence, at(ns, rest, departureParts)]));
          const wanted = expected.map(([, departure]) => (departure === null ? undefined : parse(departure)));
          expect(expected.map((_, index) => instants.get(index))).toEqual(wanted);
        }
      }
    },
  );
});

function at(ns: bigint, rest: bigint, departureParts: bigint) {
  return subtract(fraction(ns), divide(fraction(rest), fraction(departureParts)));
}
