// Goal: what the page lets one copy says the same as the policy: for Weir by running it, for tc and nginx against their
// own arithmetic (net/sched/act_police.c, ngx_http_limit_req_module.c) on random arrivals.
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createCoreEngine } from "../src/core/engine.ts";
import { coreModule } from "../src/core/module.node.ts";
import { compileLoaded, compilePolicy, loadPolicyText, METERS } from "../src/policies.ts";
import type { ExportTarget } from "../src/playground/export/exported.ts";
import { EXPORTS } from "../src/playground/export/targets.ts";
import { weirPolicy } from "../src/playground/export/weir.ts";
import { type FormState, policyInputOf, withMeter } from "../src/playground/form/fields.ts";
import { stateOf } from "./support/playground.ts";
import { type Packet, runPackets } from "./support/run.ts";

const MS_NS = 1_000_000n;
const TICK_NS = 64n;
const FIRST = stateOf("token-bucket", { rate: "1 Mbit/s", burst: "16 kB" });

/** What the page offers under a name. */
function target(id: string): ExportTarget["make"] {
  return EXPORTS.find((row) => row.id === id)!.make;
}
const [tcPolice, tcTbf, nginxLimit] = [target("police"), target("tbf"), target("nginx")];

function made(make: ExportTarget["make"], state: FormState) {
  return make({ policy: compilePolicy(policyInputOf(state)), state });
}

function bucket(rate: string, burst: string, more: Readonly<Record<string, string>> = {}, by = "all"): FormState {
  return stateOf("leaky-bucket", { rate, burst, ...more }, by);
}

/** True for each packet that conforms. */
function conforming(state: FormState, packets: readonly Packet[]): boolean[] {
  const policy = compilePolicy(policyInputOf(state));
  const options = { policy, maxFlows: 64, secret: [1, 2, 3, 4], records: false, delays: false } as const;
  return runPackets(createCoreEngine(coreModule(), options), packets).colors.map((color) => color === 0);
}

/** A number behind a word of a command. */
function numberIn(text: string, pattern: RegExp): bigint {
  return BigInt(pattern.exec(text)?.[1] ?? "0");
}

/** tcf_police_act with the tokens of one rate, at ingress: the kernel sees the frame without its Ethernet header. */
function policed(text: string, packets: readonly Packet[]): boolean[] {
  const bytesPerSec = numberIn(text, / rate (\d+)bit/u) / 8n;
  const [burst, overhead] = [numberIn(text, / burst (\d+)b/u), numberIn(text, / overhead (\d+)/u)];
  const least = numberIn(text, / mpu (\d+)/u);
  const ticks = (burst * 1_000_000_000n + bytesPerSec * TICK_NS - 1n) / (bytesPerSec * TICK_NS);
  const burstNs = ticks * TICK_NS;
  let [tokensNs, lastNs] = [burstNs, 0n];
  return packets.map(({ timeNs, length }) => {
    let bytes = BigInt(length - 14) + overhead;
    if (bytes < least) bytes = least;
    const idleNs = timeNs - lastNs;
    let tokens = tokensNs + (idleNs < burstNs ? idleNs : burstNs);
    if (tokens > burstNs) tokens = burstNs;
    tokens -= (bytes * 1_000_000_000n) / bytesPerSec;
    if (tokens < 0n) return false;
    [tokensNs, lastNs] = [tokens, timeNs];
    return true;
  });
}

/** ngx_http_limit_req_lookup of one key: excess in thousandths of a request, time in milliseconds. */
function limited(text: string, packets: readonly Packet[]): boolean[] {
  const isPerSec = text.includes("r/s;");
  const rate = (numberIn(text, /rate=(\d+)r/u) * 1000n) / (isPerSec ? 1n : 60n);
  const burst = numberIn(text, / burst=(\d+) /u) * 1000n;
  let [excess, lastMs] = [-1n, 0n];
  return packets.map(({ timeNs }) => {
    const nowMs = timeNs / MS_NS;
    let next = excess < 0n ? 0n : excess - (rate * (nowMs - lastMs)) / 1000n + 1000n;
    if (next < 0n) next = 0n;
    if (next > burst) return false;
    [excess, lastMs] = [next, nowMs];
    return true;
  });
}

/** Packets of one flow, `stepNs` apart or a multiple of it. */
function arrivals(stepNs: bigint, stepsMax: number): fc.Arbitrary<Packet[]> {
  const move = fc.tuple(fc.integer({ min: 0, max: stepsMax }), fc.integer({ min: 60, max: 1514 }));
  return fc.array(move, { minLength: 1, maxLength: 80 }).map((moves) => {
    let timeNs = 1_000_000_000n;
    return moves.map(([steps, length]) => ({ timeNs: (timeNs += BigInt(steps) * stepNs), length, key: 0n }));
  });
}

describe("Weir", () => {
  const states = METERS.flatMap(({ name, forms }) => forms.map((_, form) => withMeter(FIRST, name, form)));

  test.for(states.map((state) => [`${state.meter} ${state.form}`, state] as const))(
    "%s: the policy file compiles to the same",
    async ([, state]) => {
      const { text } = made(weirPolicy, state);
      const loaded = await loadPolicyText(text!, "policy.yaml");
      expect(compileLoaded(loaded)).toEqual(compilePolicy(policyInputOf(state)));
    },
  );

  test("every meter can be written as every target, or why not is said", () => {
    for (const state of states) {
      for (const { make } of EXPORTS) {
        const { text, remarks } = made(make, state);
        if (text === null) expect(remarks.length).toBeGreaterThan(0);
        else expect(text).toMatch(/\S\n$/u);
      }
    }
  });
});

describe("tc police", () => {
  test("one line a command, with what tc rounds", () => {
    const { text, remarks } = made(tcPolice, { ...FIRST, by: "src" });
    expect(text).toBe(
      "tc qdisc add dev eth0 clsact\n" +
        "tc filter add dev eth0 ingress matchall action police rate 1000000bit burst 16000b mtu 65535 overhead 14 conform-exceed drop\n",
    );
    expect(remarks.join("\n")).toContain("tc writes kb for 1024 bytes");
    expect(remarks.join("\n")).toContain("for src give each flow its filter");
    expect(remarks.join("\n")).not.toContain("the burst is kept");
    const odd = made(tcPolice, bucket("1000001 bit/s", "12345 B"));
    expect(odd.remarks).toContain("rates are whole bytes a second: 125,000 instead of 125,000.125");
    const steps = made(tcPolice, bucket("999 MB/s", "1500 B")).remarks.join("\n");
    expect(steps).toContain("steps of 64 ns, rounded up: 1,534.464 bytes instead of 1,500");
  });

  test("refuses what Weir refuses, packet by packet", () => {
    // A byte takes whole nanoseconds at these rates, and the bursts whole ticks: nothing rounds.
    const states = [
      FIRST,
      bucket("8 Mbit/s", "3200 B"),
      bucket("64 kB/s", "8 kB", { overhead: "24", "min-length": "84" }),
    ];
    fc.assert(
      fc.property(fc.constantFrom(...states), arrivals(100_000n, 400), (state, packets) => {
        expect(policed(made(tcPolice, state).text!, packets)).toEqual(conforming(state, packets));
      }),
    );
  });

  test("packets a second, a peak, and the outermost IP length", () => {
    expect(made(tcPolice, bucket("100 packets/s", "20 packets")).text).toContain("pkts_rate 100 pkts_burst 20 ");
    const peak = { "peak-rate": "10 Mbit/s", "peak-burst": "3 kB", rate: "1 Mbit/s", burst: "16 kB" };
    expect(made(tcPolice, stateOf("dual", peak)).text).toContain(
      "rate 1000000bit burst 16000b peakrate 10000000bit mtu 2986b overhead 14 conform-exceed drop",
    );
    expect(made(tcPolice, bucket("1 Mbit/s", "16 kB", { length: "ip" })).text).not.toContain("overhead");
  });

  test.for([
    [stateOf("srtcm", { cir: "1 Mbit/s", cbs: "16 kB", ebs: "16 kB" }), "a third color"],
    [bucket("1 Mbit/s", "16 kB", { check: "pre" }), "check pre"],
    [bucket("1 Mbit/s", "16 kB", { initial: "empty" }), "a bucket that does not begin full"],
    [bucket("1 bit/s", "16 kB"), "a rate below 1 byte a second"],
    [bucket("1 kB/s", "1 MB"), "a burst of more than 274.877 s of the rate"],
    [bucket("1 Mbit/s", "5 GB"), "a burst above 4294967295 bytes"],
    [bucket("1 Mbit/s", "16 kB", { overhead: "-20" }), "cannot make packets shorter"],
    [stateOf("turner", { rate: "1 Mbit/s", burst: "16 kB" }), "counting refused packets too"],
    [stateOf("weighted", { rate: "1 Mbit/s", burst: "16 kB" }), "one rate shared"],
    [stateOf("multi", { bucket: "1 Mbit/s 16 kB" }), "several buckets"],
    [
      stateOf("dual", { "peak-rate": "9 B/s", "peak-burst": "9 B", rate: "1 B/s", burst: "9 B", tag: "true" }),
      "a peak and a sustained bucket with this mode",
    ],
  ] as const)("cannot say %o", ([state, why]) => {
    const { text, remarks } = made(tcPolice, state);
    expect(text).toBeNull();
    expect(remarks.join()).toContain(why);
  });
});

test("tc tbf delays, and says so", () => {
  const { text, remarks } = made(tcTbf, FIRST);
  expect(text).toBe("tc qdisc add dev eth0 root tbf rate 1000000bit burst 16000b latency 50ms\n");
  expect(remarks[0]).toContain("delays what the meter refuses");
  expect(made(tcTbf, bucket("5 packets/s", "5 packets")).remarks).toEqual([
    "tbf cannot express a cost in packets: it counts bytes",
  ]);
});

describe("nginx", () => {
  test("one less than the burst, and the key of the flows", () => {
    const { text, remarks } = made(nginxLimit, bucket("10 packets/s", "20 packets", {}, "src"));
    expect(text).toBe(
      "limit_req_zone $binary_remote_addr zone=weir:10m rate=10r/s;  # in http { }\n" +
        "limit_req zone=weir burst=19 nodelay;  # in server { } or location { }\n",
    );
    expect(remarks).toContain("burst is one less than Weir's: nginx lets 19 + 1 requests pass at once");
    expect(made(nginxLimit, bucket("10 packets/s", "1 packets")).text).toContain("limit_req zone=weir nodelay;");
  });

  test("lets pass what Weir lets pass, at whole milliseconds", () => {
    const rates = fc.integer({ min: 1, max: 500 });
    const bursts = fc.integer({ min: 1, max: 12 });
    fc.assert(
      fc.property(rates, bursts, fc.constantFrom("post", "pre"), arrivals(MS_NS, 60), (rate, burst, check, packets) => {
        const state = bucket(`${rate} packets/s`, `${burst} packets`, { check });
        expect(limited(made(nginxLimit, state).text!, packets)).toEqual(conforming(state, packets));
      }),
    );
  });

  test("rates by the minute are kept in thousandths a second", () => {
    const { text, remarks } = made(nginxLimit, bucket("100 packets/min", "5 packets"));
    expect(text).toContain("rate=100r/m;");
    expect(remarks).toContain("100r/m is kept in thousandths of a request a second, rounded down: 1.666 a second");
    const odd = made(nginxLimit, bucket("0.51 packets/s", "5.5 packets")).remarks;
    expect(odd).toContain("rates are whole requests a second or a minute: 30r/m instead of 30.6");
    expect(odd).toContain("bursts are whole requests: 5 instead of 5.5");
  });

  test.for([
    [FIRST, "counts requests, not bytes"],
    [bucket("10 packets/h", "5 packets"), "a rate below 1 request a minute"],
    [bucket("10 packets/s", "0.5 packets"), "a burst below 1 request"],
    [bucket("10 packets/s", "5 packets", { check: "overdraft" }), "check overdraft"],
    [bucket("10 packets/s", "5 packets", { initial: "1 packets" }), "does not begin full"],
    [stateOf("event-counter", { rate: "10 packets/s", alarm: "5" }), "counting refused packets too"],
  ] as const)("cannot say %o", ([state, why]) => {
    const { text, remarks } = made(nginxLimit, state);
    expect(text).toBeNull();
    expect(remarks.join()).toContain(why);
  });
});
