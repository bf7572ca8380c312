// Goal: what a burst loses agrees with a meter that sees its packets one by one, for any size, rate and line.
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { burstOutcome, type BurstQuestion } from "../src/advise/burst.ts";
import { compare, rational } from "../src/rational.ts";

/** The level form in fractions of one denominator: bytes times q, where a byte lets p / q of one drain while it comes. */
function metered({ burstBytes, packetBytes, bucketBytes, bytesPerSec, lineBytesPerSec }: BurstQuestion) {
  const line = lineBytesPerSec;
  const isSlower = line !== undefined && compare(bytesPerSec, line) < 0;
  const [p, q] =
    line === undefined ? [0n, 1n] : isSlower ? [bytesPerSec.num * line.den, bytesPerSec.den * line.num] : [1n, 1n];
  let [level, lostPackets, lostBytes, left] = [0n, 0n, 0n, burstBytes];
  while (left > 0n) {
    const bytes = left < packetBytes ? left : packetBytes;
    left -= bytes;
    level = level > bytes * p ? level - bytes * p : 0n;
    if ((level + bytes * q) * bucketBytes.den > bucketBytes.num * q)
      [lostPackets, lostBytes] = [lostPackets + 1n, lostBytes + bytes];
    else level += bytes * q;
  }
  return { lostPackets, lostBytes, level: rational(level, q) };
}

const question = fc.record({
  burstBytes: fc.bigInt({ min: 1n, max: 20_000n }),
  packetBytes: fc.bigInt({ min: 1n, max: 3000n }),
  bucketBytes: fc
    .tuple(fc.bigInt({ min: 0n, max: 12_000n }), fc.constantFrom(1n, 3n))
    .map(([num, den]) => rational(num, den)),
  bytesPerSec: fc
    .tuple(fc.bigInt({ min: 1n, max: 5000n }), fc.constantFrom(1n, 7n))
    .map(([num, den]) => rational(num, den)),
  lineBytesPerSec: fc.option(
    fc.bigInt({ min: 1n, max: 20_000n }).map((num) => rational(num)),
    { nil: undefined },
  ),
});

describe("a burst", () => {
  test("loses what a meter refuses of its packets", () => {
    fc.assert(
      fc.property(question, (asked) => {
        const { lostPackets, lostBytes, drainNs, packets } = burstOutcome(asked);
        const wanted = metered(asked);
        expect({ lostPackets, lostBytes }).toEqual({ lostPackets: wanted.lostPackets, lostBytes: wanted.lostBytes });
        const { bytesPerSec } = asked;
        const drained = rational(drainNs.num * bytesPerSec.num, drainNs.den * bytesPerSec.den * 1_000_000_000n);
        expect(drained).toEqual(wanted.level);
        expect(packets).toBe((asked.burstBytes + asked.packetBytes - 1n) / asked.packetBytes);
      }),
      { numRuns: 3000 },
    );
  });

  test("as packets of a byte loses what the fluid does, but for parts of a byte", () => {
    // A bucket of a byte or two runs empty between bytes, which a fluid's never does.
    const roomy = question.filter(({ bucketBytes: { num, den } }) => num >= 3n * den);
    fc.assert(
      fc.property(roomy, (asked) => {
        const { lostBytes, fluidLostBytes } = burstOutcome({ ...asked, packetBytes: 1n });
        const { num, den } = fluidLostBytes;
        expect(lostBytes * den - num).toBeLessThanOrEqual(den * 2n);
        expect(num - lostBytes * den).toBeLessThanOrEqual(den * 2n);
      }),
    );
  });

  test("of ten million packets is done in one step for each that passes", () => {
    const asked = {
      burstBytes: 640_000_000n,
      packetBytes: 64n,
      bucketBytes: rational(100_000n),
      bytesPerSec: rational(125_000n),
      lineBytesPerSec: rational(125_000_000n),
    };
    const { packets, lostPackets } = burstOutcome(asked);
    expect(packets).toBe(10_000_000n);
    // What drains in the 5.12 s that it takes, and the bucket.
    expect(packets - lostPackets).toBe((100_000n + 640_000n) / 64n);
  });
});
