/** Every meter over a real capture: verdicts, delays, reasons and totals are those of the reference engine. */
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { REASON_BUCKET, REASON_NONE, REASON_OVERSIZE } from "../../assembly/abi.ts";
import { reasonNames } from "../../src/core/reasons.ts";
import { compilePolicy, METERS, type PolicyInput } from "../../src/policies.ts";
import { createReferenceEngine } from "../../src/reference/meter.ts";
import type { CompiledPolicy } from "../../src/types.ts";
import { meterJson, meterRows, OFFICE, optionsOf, type PacketRow, Scratch } from "../support/cli.ts";
import { digestOf, runPackets } from "../support/run.ts";

const NEVER = 2n ** 64n - 1n;
const COLORS = ["green", "yellow", "red"];
const PART_PACKETS = 12_000;
const HEADER_BYTES = 24;
const RECORD_HEADER_BYTES = 16;

interface Case {
  readonly policy: PolicyInput;
  readonly by?: string;
  /** The first packets only: the reference takes its time. */
  readonly isPart?: boolean;
}

const CASES: Readonly<Record<string, Case>> = {
  "leaky-bucket": { policy: { meter: "leaky-bucket", rate: "300 kbit/s", burst: "4 kB", overhead: "24" } },
  gcra: { policy: { meter: "gcra", increment: "3 ms", limit: "20 ms", cost: "packets" }, by: "src" },
  "token-bucket": { policy: { meter: "token-bucket", rate: "7 Mbit/s", burst: "30 ms" }, by: "dst/24" },
  "token-bucket over all": {
    policy: { meter: "token-bucket", rate: "142.857 packets/s", burst: "50 packets" },
    by: "all",
  },
  "gcra by mbs": { policy: { meter: "gcra", increment: "10 ms", mbs: "4", cost: "packets" }, by: "pair", isPart: true },
  overdraft: { policy: { meter: "token-bucket", rate: "1 Mbit/s", burst: "6 kB", check: "overdraft" }, isPart: true },
  "a bucket that begins half full": {
    policy: { meter: "token-bucket", rate: "1 Mbit/s", burst: "6 kB", initial: "50%" },
    isPart: true,
  },
  turner: {
    policy: { meter: "turner", rate: "1 Mbit/s", burst: "8 kB", mode: "clamped", cap: "12 kB" },
    by: "src",
    isPart: true,
  },
  "turner, unlimited": {
    policy: { meter: "turner", rate: "1 Mbit/s", burst: "8 kB", mode: "unlimited" },
    by: "src",
    isPart: true,
  },
  "event-counter": {
    policy: { meter: "event-counter", rate: "100 packets/s", alarm: "20", clear: "5", cap: "40 packets" },
    by: "src",
    isPart: true,
  },
  "dual, tags": {
    policy: { meter: "dual", peakRate: "8 Mbit/s", peakBurst: "3 kB", rate: "1 Mbit/s", burst: "6 kB", tag: true },
    isPart: true,
  },
  "dual, sequential": {
    policy: { meter: "dual", pcr: "1000 packets/s", cdvt: "1 ms", scr: "100 packets/s", mbs: "9", mode: "sequential" },
    by: "src",
    isPart: true,
  },
  "dual, independent": {
    policy: {
      meter: "dual",
      peakIncrement: "1 us",
      peakLimit: "1 ms",
      increment: "8 us",
      limit: "20 ms",
      mode: "independent",
    },
    by: "src",
    isPart: true,
  },
  srtcm: { policy: { meter: "srtcm", cir: "400 kbit/s", cbs: "4 kB", ebs: "8 kB" }, isPart: true },
  trtcm: {
    policy: { meter: "trtcm", cir: "400 kbit/s", cbs: "4 kB", pir: "2 Mbit/s", pbs: "4 kB" },
    by: "pair",
    isPart: true,
  },
  "trtcm-4115": {
    policy: { meter: "trtcm-4115", cir: "300 kbit/s", cbs: "3 kB", eir: "100 kbit/s", ebs: "3 kB" },
    isPart: true,
  },
  mef: {
    policy: { meter: "mef", cir: "300 kbit/s", cbs: "3 kB", eir: "0 bit/s", ebs: "9 kB", coupling: "on" },
    isPart: true,
  },
  "multi, two buckets": {
    policy: { meter: "multi", buckets: ["1 Mbit/s,4 kB", "50 packets/s,20 packets"] },
    isPart: true,
  },
  "multi, five buckets": {
    policy: {
      meter: "multi",
      buckets: ["8 Mbit/s,3 kB", "2 Mbit/s,6 kB", "1 Mbit/s,12 kB", "500 kbit/s,24 kB", "9 packets/s,9 packets"],
    },
    by: "src",
    isPart: true,
  },
  weighted: { policy: { meter: "weighted", rate: "2 Mbit/s", burst: "16 kB" }, by: "src", isPart: true },
};

/** The first packets of the office, as a capture of their own. */
function firstPackets(count: number): Uint8Array {
  const whole = gunzipSync(readFileSync(OFFICE));
  const view = new DataView(whole.buffer, whole.byteOffset, whole.length);
  let end = HEADER_BYTES;
  for (let packet = 0; packet < count; packet += 1) end += RECORD_HEADER_BYTES + view.getUint32(end + 8, true);
  return whole.subarray(0, end);
}

const scratch = new Scratch();
const part = scratch.write("part.pcap", firstPackets(PART_PACKETS));

/** What the reference engine says of the rows, each flow text a flow. */
function judged(rows: readonly PacketRow[], policy: CompiledPolicy) {
  const keys = new Map<string, bigint>();
  const packets = rows.map(({ timeNs, flow, length }) => {
    const key = keys.get(flow) ?? BigInt(keys.size);
    keys.set(flow, key);
    return { timeNs, length, key };
  });
  const engine = createReferenceEngine({
    policy,
    maxFlows: packets.length * policy.profiles.length + 1,
    secret: [0, 0, 0, 0],
    records: false,
    delays: true,
  });
  return { ...runPackets(engine, packets), flows: keys.size };
}

function reasonText(reason: number, names: readonly string[]): string {
  if (reason === REASON_NONE) return "";
  return reason === REASON_OVERSIZE ? "oversize" : names[reason - REASON_BUCKET]!;
}

const digests: string[] = [];

test("no meter is left out", () => {
  const tried = new Set(Object.values(CASES).map(({ policy }) => policy.meter));
  expect(METERS.map(({ name }) => name).filter((name) => !tried.has(name))).toStrictEqual([]);
});

describe.for(Object.keys(CASES))("%s", (name) => {
  const contract = CASES[name]!;
  const capture = contract.isPart === true ? part : OFFICE;
  const options = [capture, ...optionsOf(contract.policy), "--by", contract.by ?? "5-tuple"];
  const rows = meterRows(options);
  const summary = meterJson(options);
  digests.push(summary.digest);

  test("is made of the colors of --packets", () => {
    expect(summary.digest).toBe(digestOf(rows.map(({ color }) => COLORS.indexOf(color))));
    expect(rows.some(({ color }) => color === "red")).toBe(true);
    expect(rows.some(({ color }) => color === "green")).toBe(true);
  });

  test("is that of the reference engine, which agrees on every delay, reason and total", () => {
    const policy = compilePolicy(contract.policy);
    const { colors, delays, reasons, stats, flows } = judged(rows, policy);
    const [names] = reasonNames(policy);
    expect(digestOf(colors)).toBe(summary.digest);
    expect(delays.map((delay) => (delay === NEVER ? "never" : `${delay}`))).toStrictEqual(
      rows.map(({ delay }) => delay),
    );
    expect(reasons.map((reason) => reasonText(reason, names!))).toStrictEqual(rows.map(({ reason }) => reason));
    expect(summary).toMatchObject({
      green: { packets: Number(stats.green.packets), bytes: Number(stats.green.bytes) },
      yellow: { packets: Number(stats.yellow.packets), bytes: Number(stats.yellow.bytes) },
      red: { packets: Number(stats.red.packets), bytes: Number(stats.red.bytes) },
      oversize: { packets: Number(stats.oversize.packets), bytes: Number(stats.oversize.bytes) },
      flows,
    });
  });

  test("is the same again, with the table made large at once", () => {
    expect(meterJson([...options, "--expect-flows", "200000"]).digest).toBe(summary.digest);
  });
});

test("differs when the policy does", () => {
  expect(new Set(digests).size).toBe(Object.keys(CASES).length);
});
