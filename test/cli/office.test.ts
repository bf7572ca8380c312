/** A policy of classes over a real capture: every sum comes out, and agrees with the rows. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import {
  type CountJson,
  FLOW_HEADER,
  meter,
  meterJson,
  OFFICE,
  type PacketRow,
  packetRows,
  ROOT,
  Scratch,
  type SummaryJson,
  tableRows,
  weir,
} from "../support/cli.ts";

const scratch = new Scratch();
const POLICIES = join(ROOT, "examples/policies");
const [PACKETS, BYTES, RED_BYTES, LABEL] = [1, 2, 8, 11];

interface Totals {
  readonly packets: number;
  readonly bytes: number;
}

function sumOf(counts: readonly CountJson[]): Totals {
  const sum = (pick: (count: CountJson) => number | string) =>
    counts.reduce((total, count) => total + Number(pick(count)), 0);
  return { packets: sum(({ packets }) => packets), bytes: sum(({ bytes }) => bytes) };
}

function totalsOf(rows: readonly PacketRow[]): Totals {
  return { packets: rows.length, bytes: rows.reduce((sum, { length }) => sum + length, 0) };
}

function csvTotals(rows: readonly string[][]): Totals {
  return sumOf(rows.map((row) => ({ packets: row[PACKETS]!, bytes: row[BYTES]! })));
}

/** Packets that no class's own meter has seen. */
function withoutFlow({ classes }: SummaryJson): Totals {
  return sumOf(classes.filter(({ name, refusedBy }) => refusedBy[0]?.node !== name));
}

describe("examples/policies/office.yaml", () => {
  const [packets, flows, nodes] = ["packets.csv", "flows.csv", "nodes.csv"].map((name) => scratch.at(name));
  const args = [OFFICE, "--policy", join(POLICIES, "office.yaml")];
  const summary = meterJson([...args, "--packets", packets!, "--flows", flows!, "--nodes", nodes!, "--top", "9999"]);
  const rows = packetRows(readFileSync(packets!, "utf8"));
  const flowRows = tableRows(readFileSync(flows!, "utf8"), `${FLOW_HEADER},class`);
  const nodeRows = tableRows(readFileSync(nodes!, "utf8"), `${FLOW_HEADER},node`);
  const { classes } = summary;

  test("has packets of every color, and every node refuses some", () => {
    for (const color of [summary.green, summary.yellow, summary.red]) expect(color.packets).toBeGreaterThan(0);
    for (const { refused } of summary.nodes) expect(refused.packets).toBeGreaterThan(0);
    expect(classes.filter((each) => each.packets === 0)).toStrictEqual([]);
  });

  test("the classes add up to the totals, color by color", () => {
    expect(sumOf(classes)).toStrictEqual({ packets: summary.packets, bytes: summary.bytes });
    for (const key of ["green", "yellow", "red", "oversize", "untracked"] as const) {
      expect(sumOf(classes.map((each) => each[key]))).toStrictEqual(summary[key]);
    }
    for (const each of classes) {
      expect(sumOf([each.green, each.yellow, each.red])).toStrictEqual({ packets: each.packets, bytes: each.bytes });
    }
  });

  test("what is red was refused by a node of the path, too large, untracked or blocked", () => {
    for (const { action, red, oversize, untracked, refusedBy } of classes) {
      const refused = sumOf([oversize, untracked, ...refusedBy]);
      expect(action === "block" ? { packets: 0, bytes: 0 } : red).toStrictEqual(refused);
    }
  });

  test("nodes: the sums of their classes, and of their instances", () => {
    for (const { name, instances, refused, green, yellow, red, ...total } of summary.nodes) {
      const through = classes.filter(({ refusedBy }) => refusedBy.some(({ node }) => node === name));
      expect(sumOf(through)).toStrictEqual({ packets: total.packets, bytes: total.bytes });
      expect([green, yellow, red]).toStrictEqual(
        (["green", "yellow", "red"] as const).map((color) => sumOf(through.map((each) => each[color]))),
      );
      expect(refused).toStrictEqual(
        sumOf(through.flatMap(({ refusedBy }) => refusedBy.filter(({ node }) => node === name))),
      );
      const own = nodeRows.filter((row) => row[LABEL] === name);
      expect(own).toHaveLength(instances);
      expect(csvTotals(own)).toStrictEqual(sumOf(through));
      expect(new Set(total.top.map(({ flow }) => flow))).toStrictEqual(new Set(own.map(([flow]) => flow)));
    }
  });

  test("flows: those of the classes with a meter, class by class", () => {
    expect(flowRows).toHaveLength(Number(summary.flows));
    expect(sumOf([csvTotals(flowRows), withoutFlow(summary)])).toStrictEqual(sumOf([summary]));
    for (const { name, flows: count, ...total } of classes.filter(({ flows: own }) => own > 0)) {
      const own = flowRows.filter((row) => row[LABEL] === name);
      expect(own).toHaveLength(count);
      expect(csvTotals(own)).toStrictEqual({ packets: total.packets, bytes: total.bytes });
    }
    expect(summary.topFlows.map(({ flow, red, class: name }) => [flow, Number(red.bytes), name])).toStrictEqual(
      flowRows
        .toSorted((a, b) => Number(b[RED_BYTES]) - Number(a[RED_BYTES]) || Number(b[BYTES]) - Number(a[BYTES]))
        .map((row) => [row[0], Number(row[RED_BYTES]), row[LABEL]]),
    );
  });

  test("packets: colors and reasons are those of the classes", () => {
    for (const color of ["green", "yellow", "red"] as const) {
      expect(totalsOf(rows.filter((row) => row.color === color))).toStrictEqual(summary[color]);
    }
    const red = rows.filter(({ color }) => color === "red");
    const blocked = classes.filter(({ action }) => action === "block").map((each) => each.red);
    expect(totalsOf(red.filter(({ reason }) => reason === "blocked"))).toStrictEqual(sumOf(blocked));
    const refusals = classes.flatMap(({ refusedBy }) => refusedBy);
    for (const node of new Set(refusals.map((each) => each.node))) {
      const named = red.filter(({ reason }) => reason.split("/")[0] === node);
      expect(totalsOf(named)).toStrictEqual(sumOf(refusals.filter((each) => each.node === node)));
    }
    const known = new Set(["blocked", "oversize", ...refusals.map(({ node }) => node)]);
    expect(rows.filter(({ color, reason }) => (color === "green") !== (reason === ""))).toStrictEqual([]);
    expect(red.filter(({ reason }) => !known.has(reason.split("/")[0]!))).toStrictEqual([]);
  });
});

test("flows that were dropped to make room: what they had is in evicted, and nothing else", () => {
  // Drains any flow within a millisecond, so that there always is one to drop.
  const policy = scratch.write(
    "roomy.yaml",
    `classes:
  - {name: names, match: {protocol: udp, dst-port: 53}, parent: sender}
  - {name: pings, match: {protocol: [icmp, icmpv6]}, action: pass}
  - {name: rest, rate: 1 Gbit/s, burst: 100 kB, parent: sender}
nodes:
  - {name: sender, by: src, rate: 10 Gbit/s, burst: 1 MB}
`,
  );
  const args = [OFFICE, "--policy", policy];
  const whole = meterJson(args);
  expect(whole.evicted).toStrictEqual({ flows: 0, packets: 0, bytes: 0 });
  const csv = scratch.at("kept.csv");
  const limited = meterJson([...args, "--max-flows", "500", "--flows", csv]);
  const kept = tableRows(readFileSync(csv, "utf8"), `${FLOW_HEADER},class`);
  expect(limited).toMatchObject({ digest: whole.digest, untracked: { packets: 0 } });
  expect(Number(limited.evicted.flows)).toBeGreaterThan(0);
  expect(sumOf([csvTotals(kept), limited.evicted, withoutFlow(limited)])).toStrictEqual(sumOf([limited]));
});

test("packets that find the table full are counted in their class", () => {
  const policy = scratch.write(
    "crowded.yaml",
    `classes:
  - {name: names, match: {protocol: udp}, by: src, rate: 1 B/s, burst: 1 MB, parent: pair}
  - {name: rest, rate: 1 B/s, burst: 1 MB, parent: pair}
nodes:
  - {name: pair, by: pair, rate: 1 B/s, burst: 9 MB}
`,
  );
  const csv = scratch.at("crowded.csv");
  const { classes, ...summary } = meterJson([OFFICE, "--policy", policy, "--max-flows", "300", "--flows", csv]);
  expect(Number(summary.untracked.packets)).toBeGreaterThan(0);
  expect(Number(summary.green.packets)).toBeGreaterThan(0);
  expect(sumOf(classes)).toStrictEqual(sumOf([summary]));
  expect(sumOf(classes.map(({ untracked }) => untracked))).toStrictEqual(summary.untracked);
  const kept = tableRows(readFileSync(csv, "utf8"), `${FLOW_HEADER},class`);
  expect(sumOf([csvTotals(kept), summary.untracked, summary.evicted])).toStrictEqual(sumOf([summary]));
});

describe("every policy in examples/policies", () => {
  const all = readdirSync(POLICIES).filter((name) => name.endsWith(".yaml"));
  // Links have no meter, and neither they nor shapers have classes that meter.
  const delaying = all.filter((name) => /^(?:link|shaper):/mu.test(readFileSync(join(POLICIES, name), "utf8")));
  const names = all.filter((name) => !delaying.includes(name));

  test.for(delaying)("%s shapes", (name) => {
    const output = scratch.at(`${name}.pcap`);
    const { code, stdout } = weir(["shape", OFFICE, "--policy", join(POLICIES, name), "-o", output, "--json"]);
    const { packets, shape } = JSON.parse(stdout) as SummaryJson & { shape: Record<"departed" | "dropped", CountJson> };
    expect(code).toBe(0);
    expect(sumOf([shape.departed, shape.dropped]).packets).toBe(packets);
  });

  test.for(names)("%s runs", (name) => {
    const args = [OFFICE, "--policy", join(POLICIES, name)];
    const { packets, classes } = meterJson(args);
    expect(sumOf(classes).packets).toBe(packets);
    expect(meter(args)).toMatch(/^class +packets/mu);
  });

  test("the commands in their comments and in examples/README.md run", () => {
    const texts = [...names.map((name) => join(POLICIES, name)), join(ROOT, "examples/README.md")];
    const lines = texts.flatMap((path) => readFileSync(path, "utf8").split("\n"));
    const commands = lines.flatMap(
      (line) => /^(?:#? *)weir (meter .*examples\/office\.pcap\.gz.*)$/u.exec(line)?.[1] ?? [],
    );
    expect(commands.length).toBeGreaterThan(2);
    for (const command of commands) {
      const words = [...command.matchAll(/"([^"]*)"|(\S+)/gu)].map(([, quoted, plain]) => quoted ?? plain!);
      expect({ command, ...weir([...words, "--quiet"]) }).toMatchObject({ command, code: 0, stderr: "" });
    }
  });
});
