/** `digest`: SHA-256 of one byte a packet, its color; equal for equal input and policy. */
import { describe, expect, test } from "vitest";
import { compilePolicy } from "../../src/policies.ts";
import { createReferenceEngine } from "../../src/reference/meter.ts";
import { meterJson, meterRows, OFFICE, type PacketRow } from "../support/cli.ts";
import { digestOf, runPackets } from "../support/run.ts";

const NEVER = 2n ** 64n - 1n;
const COLORS = ["green", "yellow", "red"];

interface Case {
  readonly policy: Readonly<Record<string, string>>;
  readonly by?: string;
}

const CASES: Readonly<Record<string, Case>> = {
  "leaky-bucket": { policy: { meter: "leaky-bucket", rate: "300 kbit/s", burst: "4 kB", overhead: "24" } },
  gcra: { policy: { meter: "gcra", increment: "3 ms", limit: "20 ms", cost: "packets" }, by: "src" },
  "token-bucket": { policy: { meter: "token-bucket", rate: "7 Mbit/s", burst: "30 ms" }, by: "dst/24" },
  "token-bucket over all": {
    policy: { meter: "token-bucket", rate: "142.857 packets/s", burst: "50 packets" },
    by: "all",
  },
};

function optionsOf({ policy, by }: Case): string[] {
  const options = Object.entries({ ...policy, by: by ?? "5-tuple" });
  return [OFFICE, ...options.flatMap(([name, value]) => [`--${name}`, value])];
}

/** What the reference engine says of the rows, each flow text a flow. */
function judged(rows: readonly PacketRow[], policy: Case["policy"]) {
  const keys = new Map<string, bigint>();
  const packets = rows.map(({ timeNs, flow, length }) => {
    const key = keys.get(flow) ?? BigInt(keys.size);
    keys.set(flow, key);
    return { timeNs, length, key };
  });
  const engine = createReferenceEngine({
    policy: compilePolicy(policy),
    maxFlows: packets.length + 1,
    secret: [0, 0, 0, 0],
    records: false,
    delays: true,
  });
  return runPackets(engine, packets);
}

const digests: string[] = [];

describe.for(Object.keys(CASES))("%s", (name) => {
  const contract = CASES[name]!;
  const options = optionsOf(contract);
  const rows = meterRows(options);
  const summary = meterJson(options);
  digests.push(summary.digest);

  test("is made of the colors of --packets", () => {
    expect(summary.digest).toBe(digestOf(rows.map(({ color }) => COLORS.indexOf(color))));
    expect(rows.some(({ color }) => color === "red")).toBe(true);
    expect(rows.some(({ color }) => color === "green")).toBe(true);
  });

  test("is that of the reference engine, which agrees on every delay and total", () => {
    const { colors, delays, stats } = judged(rows, contract.policy);
    expect(digestOf(colors)).toBe(summary.digest);
    expect(delays.map((delay) => (delay === NEVER ? "never" : `${delay}`))).toStrictEqual(
      rows.map(({ delay }) => delay),
    );
    expect(summary).toMatchObject({
      green: { packets: Number(stats.green.packets), bytes: Number(stats.green.bytes) },
      red: { packets: Number(stats.red.packets), bytes: Number(stats.red.bytes) },
      oversize: { packets: Number(stats.oversize.packets), bytes: Number(stats.oversize.bytes) },
      flows: stats.flows,
    });
  });

  test.for(["0", "200000"])("is the same again, with --expect-flows %s", (flows) => {
    expect(meterJson([...options, "--expect-flows", flows]).digest).toBe(summary.digest);
  });
});

test("differs when the policy does", () => {
  expect(new Set(digests).size).toBe(Object.keys(CASES).length);
});
