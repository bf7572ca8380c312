// Goal: a line of another system becomes the policy that treats packets as that system does: each is run against the
// system's own arithmetic, written back, and read again.
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ConfigError } from "../src/errors.ts";
import { compileLoaded, loadPolicyText } from "../src/policies.ts";
import { rational } from "../src/rational.ts";
import type { Explained } from "../src/translate/explained.ts";
import { packetBucket } from "../src/translate/packets.ts";
import { explain, READABLE, TARGETS } from "../src/translate/systems.ts";
import { compileDocument, policyYaml } from "../src/translate/yaml.ts";
import { departuresOf } from "./support/departed.ts";
import { ENGINES, engineOptions } from "./support/engines.ts";
import { limitReq, policed, tbfDepartures } from "./support/kernels.ts";
import { type Packet, runPackets } from "./support/run.ts";

const MS_NS = 1_000_000n;
const BEGIN_NS = 1_000_000_000n;
/** Bytes a second of which one takes whole nanoseconds: nothing rounds there. */
const RATES = [125_000n, 250_000n, 1_000_000n, 8000n] as const;
const CORE = ENGINES.find(({ name }) => name === "core-release")!;

function engineOf({ policy }: Pick<Explained, "policy">) {
  return CORE.create(engineOptions(compileDocument(policy)));
}

/** Packets of one flow, `stepNs` apart or a multiple of it. */
function arrivals(stepNs: bigint, stepsMax: number, lengthMax = 1514): fc.Arbitrary<Packet[]> {
  const move = fc.tuple(fc.integer({ min: 0, max: stepsMax }), fc.integer({ min: 60, max: lengthMax }));
  return fc.array(move, { minLength: 1, maxLength: 60 }).map((moves) => {
    let timeNs = BEGIN_NS;
    return moves.map(([steps, length]) => ({ timeNs: (timeNs += BigInt(steps) * stepNs), length, key: 0n }));
  });
}

function passes(explained: Explained, packets: readonly Packet[]): boolean[] {
  return runPackets(engineOf(explained), packets).colors.map((color) => color === 0);
}

describe("every line that the help shows", () => {
  test.for(READABLE.map(({ example }) => example))("%s", async (example) => {
    const { policy, also, figures } = explain(example);
    expect(figures.length).toBeGreaterThan(2);
    for (const document of [policy, ...also.map((view) => view.policy)]) {
      const loaded = await loadPolicyText(policyYaml(document), "policy.yaml");
      expect(compileLoaded(loaded)).toEqual(compileDocument(document));
    }
  });
});

const rate = fc.constantFrom(...RATES);
const burst = fc.integer({ min: 1600, max: 20_000 }).map(BigInt);

describe("as the other system has it, packet by packet", () => {
  test("tc tbf: departures and drops", () => {
    fc.assert(
      fc.property(
        rate,
        burst,
        fc.integer({ min: 0, max: 20_000 }),
        arrivals(100_000n, 200),
        (bytes, depth, more, packets) => {
          const limit = depth + BigInt(more);
          const explained = explain(`tbf rate ${bytes * 8n}bit burst ${depth}b limit ${limit}b`);
          const wanted = tbfDepartures([{ rate: bytes, burst: depth }], limit, packets);
          expect(departuresOf(engineOf(explained), packets)).toEqual(wanted);
        },
      ),
    );
  });

  test("tc tbf with a peak rate: both buckets", () => {
    fc.assert(
      fc.property(
        burst,
        fc.integer({ min: 1514, max: 4000 }).map(BigInt),
        arrivals(100_000n, 200),
        (depth, mtu, packets) => {
          const explained = explain(`tbf rate 1mbit burst ${depth}b limit 40kb peakrate 2mbit mtu ${mtu}b`);
          const buckets = [
            { rate: 125_000n, burst: depth },
            { rate: 250_000n, burst: mtu },
          ];
          expect(departuresOf(engineOf(explained), packets)).toEqual(tbfDepartures(buckets, 40_960n, packets));
        },
      ),
    );
  });

  test("tc police at ingress, with and without a peak rate", () => {
    fc.assert(
      fc.property(rate, burst, fc.boolean(), arrivals(100_000n, 400), (bytes, depth, hasPeak, packets) => {
        const peak = { rate: 2_000_000n, burst: 3000n };
        const words = hasPeak ? ` peakrate ${peak.rate * 8n}bit mtu ${peak.burst}b` : " mtu 64kb";
        const explained = explain(`action police rate ${bytes * 8n}bit burst ${depth}b${words} conform-exceed drop`);
        const buckets = [{ rate: bytes, burst: depth }, ...(hasPeak ? [peak] : [])];
        expect(passes(explained, packets)).toEqual(policed(buckets, 14n, packets));
      }),
    );
  });

  test("nginx: who passes when, and who is refused", () => {
    // At rates that divide 1000 its milliseconds are exact.
    const rates = fc.constantFrom(1n, 2n, 5n, 10n, 20n, 50n, 100n);
    const counts = fc.integer({ min: 1, max: 9 }).map(BigInt);
    const delays = fc.option(fc.integer({ min: 1, max: 9 }).map(BigInt), { nil: undefined });
    fc.assert(
      fc.property(rates, counts, delays, arrivals(MS_NS, 300), (perSec, count, delay, packets) => {
        const line = `limit_req rate=${perSec}r/s burst=${count}${delay === undefined ? "" : ` delay=${delay}`}`;
        const explained = explain(line);
        const wanted = limitReq(perSec, count, delay ?? 0n, packets);
        if (explained.policy["shaper"] === undefined) {
          expect(delay).toBeGreaterThanOrEqual(count);
          expect(passes(explained, packets)).toEqual(wanted.map((ms) => ms !== undefined));
          return;
        }
        const passed = departuresOf(engineOf(explained), packets).map((ns) =>
          ns === undefined ? undefined : ns / MS_NS,
        );
        expect(passed).toEqual(wanted);
      }),
    );
  });

  test("a bucket of packets is the same by its rate and by the time of one", () => {
    const [seventh, half] = [packetBucket(rational(7_000_000n), 4n), packetBucket(rational(500_000_000n), 4n)];
    expect(seventh["meter"]).toBe("gcra");
    expect(half["meter"]).toBe("token-bucket");
    const byTime = { meter: "gcra", increment: "500 ms", limit: "1500 ms", cost: "packets" };
    fc.assert(
      fc.property(arrivals(10n * MS_NS, 100), (packets) => {
        const [left, right] = [half, byTime].map((policy) => runPackets(engineOf({ policy }), packets).colors);
        expect(left).toEqual(right);
      }),
    );
  });
});

function written(document: Readonly<Record<string, string>>, target: string, by = "all"): (string | null)[] {
  const policy = compileDocument(document);
  return TARGETS.find(({ id }) => id === target)!.writers.map(({ write }) => write({ policy, by }).text);
}

/** All that is said of a line besides its figures. */
function remarks(line: string): string {
  const { refuses, rounds, differs } = explain(line);
  return [...refuses, ...rounds, ...differs].join("\n");
}

describe("there and back", () => {
  const bytes = fc.integer({ min: 2000, max: 10_000_000 });
  const sizes = fc.integer({ min: 1600, max: 200_000 });

  test("a token bucket through tc police and Cisco", () => {
    fc.assert(
      fc.property(bytes, sizes, (perSec, depth) => {
        const document = { meter: "token-bucket", rate: `${perSec} B/s`, burst: `${depth} B` };
        const wanted = compileDocument(document).definition;
        for (const line of [written(document, "tc")[0]!, written(document, "cisco")[0]!]) {
          const { policy } = explain(line.split("\n").find((text) => text.includes("police"))!);
          expect(compileDocument(policy).definition).toEqual(wanted);
        }
      }),
    );
  });

  test("three colors through Cisco", () => {
    const one = { meter: "srtcm", cir: "1 Mbit/s", cbs: "16000 B", ebs: "24000 B" };
    const two = { meter: "trtcm", cir: "1 Mbit/s", cbs: "16000 B", pir: "2 Mbit/s", pbs: "24000 B" };
    for (const document of [one, two]) {
      const [line] = written(document, "cisco");
      expect(compileDocument(explain(line!).policy).definition).toEqual(compileDocument(document).definition);
    }
  });

  test("shapers of one and two rates through tc tbf", () => {
    fc.assert(
      fc.property(bytes, sizes, sizes, (perSec, depth, more) => {
        const ends = { limit: `${depth + more} B` };
        const one = { shaper: "token-bucket", rate: `${perSec} B/s`, burst: `${depth} B`, ...ends };
        const two = {
          shaper: "two-rate",
          cir: `${perSec} B/s`,
          cbs: `${depth} B`,
          pir: `${2 * perSec} B/s`,
          pbs: "1514 B",
          ...ends,
        };
        for (const document of [one, two]) {
          const [police, tbf] = written(document, "tc");
          expect(police).toBeNull();
          expect(compileDocument(explain(tbf!).policy).definition).toEqual(compileDocument(document).definition);
        }
      }),
    );
  });

  test("requests through nginx: refused, delayed, some at once", () => {
    const lines = ["rate=10r/s burst=5 nodelay", "rate=10r/s", "rate=10r/s burst=5", "rate=30r/m burst=9 delay=3"];
    for (const words of lines) {
      const { policy } = explain(`limit_req ${words}`);
      const [line] = written(policy, "nginx", "src");
      const back = explain(line!.replaceAll(/ {2}#.*$/gmu, ""));
      expect(compileDocument(back.policy).definition).toEqual(compileDocument(policy).definition);
      expect(back.by).toBe("src");
    }
  });

  test.for(["all", "src", "dst", "pair", "5-tuple", "src/24"])("packets by %s through iptables", (by) => {
    for (const perSec of ["10 packets/s", "3 packets/min", "7 packets/h"]) {
      const document = { meter: "token-bucket", rate: perSec, burst: "6 packets" };
      const [text] = written(document, "iptables", by);
      const back = explain(text!.split("\n")[0]!);
      expect(back.by).toBe(by);
      const { rounds } = back;
      const [wanted, got] = [document, back.policy].map(
        (policy) =>
          runPackets(
            engineOf({ policy }),
            Array.from({ length: 9 }, (_, at) => ({ timeNs: BigInt(at), length: 1, key: 1n })),
          ).colors,
      );
      expect([got, rounds.length]).toEqual([wanted, perSec.startsWith("7") ? 2 : 1]);
    }
  });

  test("what cannot be said is said", () => {
    const leaky = { shaper: "leaky-bucket", rate: "1 Mbit/s", burst: "16 kB" };
    expect(written(leaky, "tc")[1]).toContain("burst 1514b limit 16000b");
    expect(["nginx", "iptables", "cisco"].map((target) => written(leaky, target)[0])).toEqual([null, null, null]);
    const ticks = { shaper: "tick-packets", tick: "10 ms", limit: "5 packets" };
    expect(written(ticks, "tc")).toEqual([null, null]);
    const bucket = { meter: "token-bucket", rate: "1 Mbit/s", burst: "16 kB" };
    expect(["nginx", "iptables"].map((target) => written(bucket, target)[0])).toEqual([null, null]);
  });
});

describe("what others round and refuse", () => {
  test.for([
    [
      "police rate 100gbit burst 39800b",
      "whole microseconds and then to steps of 64 ns: 36,800 bytes instead of 39,800",
    ],
    ["police rate 1mbit burst 10k", "the mtu of 2040 B that tc sets when none is given exceed"],
    ["police rate 1mbit burst 10k mtu 1500 peakrate 2mbit", "packets longer than mtu 1,500 B exceed"],
    ["police rate 1mbit burst 10k conform-exceed reclassify/pipe", "what exceeds gets the action reclassify"],
    ["police rate 1kbit burst 64k", "more than 274.877 s of the rate"],
    ["police pkts_rate 100 pkts_burst 10", "begins empty"],
    ["tc filter add dev eth0 egress matchall action police rate 1mbit burst 10k", "at egress it counts the frame"],
    ["tbf rate 1mbit burst 1000b latency 10ms", "burst 1000b is 1,000 B"],
    ["tbf rate 1mbit burst 10kb limit 2kb", "even when nothing waits"],
    ["tbf rate 1mbit burst 10kb latency 1ms linklayer adsl", "whole ATM cells of 53 bytes"],
    ["tbf rate 1001bit burst 10kb latency 1ms", "rate is cut to whole bytes a second: 125 instead of 125.125"],
    ["htb rate 2mbit ceil 1mbit", "ceil is below rate"],
    ["limit_req rate=100r/m burst=5", "1.666 a second"],
    ["limit_req_zone $http_x zone=a:1m rate=5r/s", "no key $http_x"],
    ["hashlimit --hashlimit-upto 300000/sec --hashlimit-burst 9", "333,333.333 packets/s instead of 300,000"],
    [
      "hashlimit --hashlimit-upto 512kb/s --hashlimit-burst 1mb --hashlimit-mode srcip",
      "is 2 seconds of the rate that an entry may use once",
    ],
    ["hashlimit --hashlimit-above 10/sec --hashlimit-mode dstip,dstport", "red is what matches the rule"],
    ["limit --limit 3000/second", "3,333.33333 packets/s instead of 3,000"],
    ["limit rate over 512 kbytes/second burst 9 kbytes", "lets 533,504 B pass at once"],
    ["dpdk trtcm cir=3000000 pir=7000000 cbs=2048 pbs=4096 hz=1000000000", "3,003,003 B/s instead of 3,000,000"],
    ["envoy max_tokens: 100 tokens_per_fill: 10 fill_interval: 10ms", "fill_interval is at least 50 ms"],
    ["governor per_second=300000000", "333,333,333 cells/s instead of 300,000,000"],
    ["police cir 4000 bc 500 be 1500", "cir goes from 8000 bit/s on"],
    ["gcra T=10 tau=45", "read as seconds"],
  ] as const)("%s: %s", ([line, remark]) => {
    expect(remarks(line)).toContain(remark);
  });

  test("DPDK's periods make rates up to one percent too high, never too low", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2_000_000_000 }), (perSec) => {
        const kept = /: ([\d,.]+) B\/s instead/u.exec(
          remarks(`dpdk srtcm cir=${perSec} cbs=1 ebs=1 hz=2000000000`),
        )?.[1];
        const part = kept === undefined ? 1 : Number(kept.replaceAll(",", "")) / perSec;
        expect(part).toBeGreaterThan(0.999_999_99);
        expect(part).toBeLessThan(1.01);
      }),
    );
  });
});

describe("an error names the word, its place and what is allowed", () => {
  test.for([
    ["", "line: is missing; give one, such as"],
    ["htbb rate 1mbit", 'word 1 "htbb": no such system; did you mean htb?'],
    ["iptablse", 'word 1 "iptablse": no such system; a line names one of tbf, police,'],
    ["tbf rat 1mbit", 'word 2 "rat": unknown parameter of tc tbf; did you mean rate?'],
    ["tbf colour red", 'word 2 "colour": unknown parameter of tc tbf; tc tbf takes rate, burst,'],
    [
      "tbf rate 1mbit burst 10q latency 1ms",
      'word 5 "10q": unknown unit "q" for a size of tc such as 10kb; the units are b, kb,',
    ],
    ["tbf rate fast burst 10kb latency 1ms", 'word 3 "fast": is not a rate of tc'],
    ["tbf rate 10% burst 10kb latency 1ms", "a percentage of a device's speed is not known here"],
    ["tbf rate 1mbit burst", 'word 4 "burst": burst needs a value behind it'],
    ["tbf rate 1mbit rate 2mbit", 'word 4 "rate": rate is given twice'],
    ["tbf rate 1mbit burst 10kb", "limit: is missing; tbf needs limit (bytes) or latency (a time)"],
    ["tbf rate 1mbit burst 10kb limit 1kb latency 1ms", "tc takes limit or latency, not both"],
    ["tbf rate 1mbit burst 10kb latency 1ms peakrate 2mbit", "mtu: is missing"],
    ["tbf rate 1bit burst 10kb latency 1ms", "is below 1 byte a second"],
    ["tbf rate 1mbit burst 8gb latency 1ms", "sizes go up to 4294967295 bytes"],
    ["police rate 1mbit", "burst: is missing"],
    ["police rate 1mbit burst 1kb pkts_rate 5 pkts_burst 5", "rate and pkts_rate do not go into one action"],
    ["police rate 1mbit burst 1kb conform-exceed shout", 'word 7 "shout"'],
    ["police cir 8000 pir 4000", "Cisco refuses a pir below cir"],
    ["police cir percent 20", "a percentage of an interface is not known here"],
    ["limit_req rate=10rs", 'word 2 "10rs": is no rate of nginx; write whole requests such as 10r/s or 30r/m'],
    ["limit_req burst=5", "rate: is missing; nginx states it in limit_req_zone"],
    ["limit_req rate=10r/s burst=0", "burst is a whole number from 1"],
    ["limit_req rate=10r/s burst=5 delay=2 nodelay", "delay and nodelay contradict each other"],
    ["limit --limit 20000/second", "iptables refuses rates above 10000 a second"],
    ["limit --limit 5/fortnight", "is no rate; write one such as 10/second"],
    [
      "hashlimit --hashlimit-upto 512kb/s --hashlimit-burst 1kb",
      "refuses a burst below one second of the rate, 524288 bytes",
    ],
    ["hashlimit --hashlimit-upto 5/s --hashlimit-mode mac", "hashlimit-mode takes srcip, dstip"],
    ["dpdk qos cir=1", 'word 2 "qos": is no profile of rte_meter'],
    ["envoy max_tokens=5 fill_interval=5", 'word 3 "5": needs a unit: ms or s'],
    ["governor per_second=5 per_hour=9", "per_second states the rate already"],
    ["gcra T=0 tau=5", "T must be above 0"],
    ["gcra T=5 delta=5 MBS=4", "cells T or more apart conform without end"],
    ["PCR=10 SCR=100 MBS=5", "SCR is at most PCR"],
    ["leaky cup 5", 'word 1 "leaky": goes on with bucket'],
    ["leaky bucket 10 KB", "rate: is missing"],
    ["leaky bucket 10 KB 5 B/s 7", "a bucket has a size and a rate, no third value"],
    ["bdp 10Mbit/s", "rtt: is missing"],
    [`tbf ${"x".repeat(3000)}`, "is longer than 2000 characters"],
    ["tbf rate 99999999999999999999999999999999999999999999mbit burst 1 limit 1", "is longer than 40 characters"],
  ] as const)("%s", ([line, message]) => {
    let error: unknown;
    try {
      explain(line);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(ConfigError);
    expect((error as ConfigError).message).toContain(message);
    expect((error as ConfigError).message).not.toContain("\n");
  });

  test("no line of any words makes it throw anything else", () => {
    const word = fc.oneof(
      fc.constantFrom(
        ...READABLE.flatMap(({ example }) => example.split(" ")),
        "=",
        "b=",
        "-1",
        "1e9",
        "1e99",
        "0",
        "/",
        "percent",
      ),
      fc.string({ maxLength: 6 }),
    );
    fc.assert(
      fc.property(fc.array(word, { maxLength: 9 }), (words) => {
        try {
          compileDocument(explain(words.join(" ")).policy);
        } catch (error) {
          expect(error).toBeInstanceOf(ConfigError);
        }
      }),
      { numRuns: 5000 },
    );
  });
});
