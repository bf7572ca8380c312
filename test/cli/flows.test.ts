/** `--flows`: a row a flow, whose sums are the totals. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import {
  FLOW_HEADER,
  arpFrame,
  type FlowJson,
  ipFrame,
  meter,
  meterJson,
  meterRows,
  OFFICE,
  POLICY,
  Scratch,
  tableRows,
  weir,
} from "../support/cli.ts";

const scratch = new Scratch();

function csvFlows(csv: string): Map<string, bigint[]> {
  return new Map(tableRows(csv, FLOW_HEADER).map(([flow, ...numbers]) => [flow!, numbers.map(BigInt)]));
}

function numbersOf(flow: FlowJson): bigint[] {
  const counts = [flow, flow.green, flow.yellow, flow.red].flatMap(({ packets, bytes }) => [packets, bytes]);
  return [...counts, flow.firstNs, flow.lastNs].map(BigInt);
}

describe("the office", () => {
  const [csv, json] = [scratch.at("office.csv"), scratch.at("office.json")];
  const summary = meterJson([OFFICE, ...POLICY, "--flows", csv, "--top", "100000"]);
  meter([OFFICE, ...POLICY, "--flows", json, "--quiet"]);
  const flows = csvFlows(readFileSync(csv, "utf8"));

  test("CSV: one row a flow, and the columns add up to the totals", () => {
    const { packets, bytes, green, yellow, red } = summary;
    const totals = [packets, bytes, ...[green, yellow, red].flatMap((count) => [count.packets, count.bytes])];
    const sums = totals.map((_, column) => [...flows.values()].reduce((sum, numbers) => sum + numbers[column]!, 0n));
    expect(flows.size).toBe(summary.flows);
    expect(sums).toStrictEqual(totals.map(BigInt));
  });

  test("JSON: the same flows and numbers", () => {
    const read = JSON.parse(readFileSync(json, "utf8")) as FlowJson[];
    expect(new Map(read.map((flow) => [flow.flow, numbersOf(flow)]))).toStrictEqual(flows);
  });

  test("--top of all: the same flows and numbers", () => {
    expect(new Map(summary.topFlows.map((flow) => [flow.flow, numbersOf(flow)]))).toStrictEqual(flows);
  });

  test("the rows of --packets, gathered by flow", () => {
    const gathered = new Map<string, bigint[]>();
    for (const { flow, length, color, timeNs } of meterRows([OFFICE, ...POLICY])) {
      const numbers = gathered.get(flow) ?? [0n, 0n, 0n, 0n, 0n, 0n, 0n, 0n, timeNs, timeNs];
      for (const at of [0, 2 + 2 * ["green", "yellow", "red"].indexOf(color)]) {
        numbers[at]! += 1n;
        numbers[at + 1]! += BigInt(length);
      }
      numbers[9] = timeNs;
      gathered.set(flow, numbers);
    }
    expect(gathered).toStrictEqual(flows);
  });
});

describe("small captures", () => {
  const frames = [ipFrame(1n, 100), arpFrame(2n), ipFrame(3n, 200), ipFrame(4n, 300, { sourcePort: 9 })];
  const capture = scratch.pcap("small.pcap", frames);
  const args = [capture, "--meter", "token-bucket", "--rate", "1 B/s", "--burst", "250 B"];

  test("- is CSV on stdout, the summary goes to stderr", () => {
    const { code, stdout, stderr } = weir(["meter", ...args, "--flows", "-"]);
    expect(code).toBe(0);
    expect(Object.fromEntries(csvFlows(stdout))).toStrictEqual({
      "udp 10.0.0.1:1111 > 10.0.0.2:53": [2n, 300n, 1n, 100n, 0n, 0n, 1n, 200n, 1n, 3n],
      other: [1n, 60n, 1n, 60n, 0n, 0n, 0n, 0n, 2n, 2n],
      "udp 10.0.0.1:9 > 10.0.0.2:53": [1n, 300n, 0n, 0n, 0n, 0n, 1n, 300n, 4n, 4n],
    });
    expect(stderr).toMatch(/^digest /mu);
    expect(weir(["meter", ...args, "--flows", "-", "--quiet"])).toStrictEqual({ code: 0, stdout, stderr: "" });
  });

  test("no packets: the header alone, an empty array", () => {
    const none = scratch.pcap("none.pcap", []);
    const json = scratch.at("none.json");
    expect(meter([none, ...POLICY, "--flows", "-", "--quiet"])).toBe(`${FLOW_HEADER}\n`);
    meter([none, ...POLICY, "--flows", json]);
    expect(JSON.parse(readFileSync(json, "utf8"))).toStrictEqual([]);
  });

  test("packets and flows at once", () => {
    const flows = scratch.at("both.csv");
    const rows = meterRows([...args, "--flows", flows]);
    expect(rows).toHaveLength(4);
    expect(csvFlows(readFileSync(flows, "utf8")).size).toBe(3);
  });
});
