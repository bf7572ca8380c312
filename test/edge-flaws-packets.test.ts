// Goal: each flaw of policers and of limiters with integer emission intervals, found by running or reading them, is named
// here and shown not to be in Weir's edge library, on both of its engines: rates, bursts and costs far from one a second.
import { describe, expect, test } from "vitest";
import { createMeter } from "../src/edge/entry.node.ts";
import type { EdgeMeter, NamedPolicy } from "../src/edge/types.ts";

const START_NS = 1_700_000_000_000_000_000n;
const ENGINES = ["wasm", "js"] as const;
const COST_MAX = 2 ** 32 - 1;

describe.each(ENGINES)("%s", (engine) => {
  function meterOf(policy: NamedPolicy): EdgeMeter {
    return createMeter({ policies: [policy], maxFlows: 64, key: "u32", time: "ns", seed: [1, 2, 3, 4], engine });
  }

  /** A meter in bytes whose key 0 has nothing left at START_NS. */
  function spent(rate: string, burstBytes: number): EdgeMeter {
    const meter = meterOf({ meter: "token-bucket", rate, burst: `${burstBytes} B` });
    expect(meter.decide(0, START_NS, burstBytes)).toMatchObject({ allowed: true, remaining: 0 });
    return meter;
  }

  // What a byte costs in whole nanoseconds: 300 MB/s becomes 333, 700 MB/s becomes 1000, from 1 GB/s on there is no limit.
  test.each([
    { rate: "300 MB/s", truncatedNs: 3, cost: 1500, waitNs: 5000 },
    { rate: "300 MB/s", truncatedNs: 3, cost: 1, waitNs: 4 },
    { rate: "700 MB/s", truncatedNs: 1, cost: 1500, waitNs: 2143 },
    { rate: "1.25 GB/s", truncatedNs: 0, cost: 1500, waitNs: 1200 },
    { rate: "12.5 GB/s", truncatedNs: 0, cost: 64, waitNs: 6 },
    { rate: "100 GB/s", truncatedNs: 0, cost: 1500, waitNs: 15 },
  ])("an interval cut to whole ns (governor, throttled, uber): $rate, $cost B wait $waitNs ns", (row) => {
    const { rate, truncatedNs, cost, waitNs } = row;
    expect(truncatedNs * cost).toBeLessThan(waitNs);
    const meter = spent(rate, 9000);
    expect(meter.decide(0, START_NS, cost)).toMatchObject({ allowed: false, retryAfter: waitNs });
    expect(meter.decide(0, START_NS + BigInt(waitNs) - 1n, cost).allowed).toBe(false);
    expect(meter.decide(0, START_NS + BigInt(waitNs), cost).allowed).toBe(true);
  });

  test.each(["300 MB/s", "700 MB/s", "1.25 GB/s"])("a second at %s passes a second's bytes, to the byte", (rate) => {
    const bytesPerSec = { "300 MB/s": 300e6, "700 MB/s": 700e6, "1.25 GB/s": 1.25e9 }[rate]!;
    const meter = spent(rate, 9000);
    let passed = 0;
    for (let us = 1; us <= 1_000_000; us += 100) {
      const now = START_NS + BigInt(us) * 1000n;
      const { remaining } = meter.peek(0, now);
      passed += remaining;
      meter.charge(0, remaining, now);
    }
    // Every 100 us the bucket, 9000 B, overflows from 90 MB/s on: what it holds is what passes.
    const perStep = Math.min(9000, bytesPerSec / 10_000);
    expect(passed).toBe(bytesPerSec / 1e6 + 9999 * perStep);
  });

  test("OVS: a burst below a ms of the rate never fills again", () => {
    const meter = meterOf({ meter: "token-bucket", rate: "10 Gbit/s", burst: "125 kB" });
    for (let packet = 0; packet < 120; packet += 1) {
      expect(meter.decide(0, START_NS + BigInt(packet) * 20_000_000n, 1500).allowed).toBe(true);
    }
    const single = meterOf({ meter: "token-bucket", cost: "packets", rate: "2000 packets/s", burst: "1 packet" });
    for (let packet = 0; packet < 120; packet += 1) {
      expect(single.decide(0, START_NS + BigInt(packet) * 500_000n).allowed).toBe(true);
    }
  });

  test("VPP: a length that is shifted out of 32 bits costs nothing", () => {
    const meter = meterOf({ meter: "token-bucket", rate: "64 kbit/s", burst: "1000 B" });
    for (const cost of [1024, 2048, 65_536, 2 ** 20, 2 ** 31, COST_MAX]) {
      expect(meter.decide(0, START_NS, cost)).toMatchObject({ allowed: false, remaining: 1000, retryAfter: Infinity });
    }
  });

  test("VPP: with EB below CB the extended bucket is full again and again", () => {
    const meter = meterOf({ meter: "srtcm", cir: "8 kbit/s", cbs: "3000 B", ebs: "1000 B" });
    const colors = [1500, 1500, 1000, 1, 1, 1].map((cost) => meter.decide(0, START_NS, cost).color);
    expect(colors).toStrictEqual([0, 0, 1, 2, 2, 2]);
  });

  test("DPDK: the largest burst wraps to none; here what does not fit is refused by name", () => {
    expect(() => meterOf({ meter: "token-bucket", rate: "1 GB/s", burst: "18446744073709551615 B" })).toThrow(/burst/u);
  });

  test("DPDK: a rate of 1.8e17 B/s divides by zero", () => {
    const meter = spent("180000000 GB/s", 1500);
    expect(meter.decide(0, START_NS, 1)).toMatchObject({ allowed: false, retryAfter: 1 });
    expect(meter.decide(0, START_NS + 1n, 1500).allowed).toBe(true);
  });

  test("tc police: a burst cut to whole us is none at 400 Gbit/s", () => {
    const meter = meterOf({ meter: "token-bucket", rate: "400 Gbit/s", burst: "39800 B" });
    expect(meter.decide(0, START_NS, 39_800)).toMatchObject({ allowed: true, remaining: 0, resetAfter: 796 });
  });

  test("hashlimit: a burst of bytes is spent once and never comes back", () => {
    const meter = spent("1 MB/s", 15_000);
    expect(meter.decide(0, START_NS + 15_000_000n, 15_000)).toMatchObject({ allowed: true, remaining: 0 });
  });

  test("nft: from 1e9 packets/s on there is no limit", () => {
    const meter = meterOf({ meter: "token-bucket", cost: "packets", rate: "2000000000 packets/s", burst: "4 packets" });
    expect(meter.decide(0, START_NS, 4).allowed).toBe(true);
    expect(meter.decide(0, START_NS, 4)).toMatchObject({ allowed: false, retryAfter: 2 });
    expect(meter.decide(0, START_NS + 1n, 3).allowed).toBe(false);
    expect(meter.decide(0, START_NS + 1n, 2).allowed).toBe(true);
  });

  test("Linux: a rate of packets begins with no burst, a bucket in us with none at all; here a new key has its burst", () => {
    const meter = meterOf({ meter: "token-bucket", cost: "packets", rate: "1 packet/s", burst: "9 packets" });
    expect(meter.peek(7, START_NS).remaining).toBe(9);
  });
});
