/** Policies of classes: rows, flows, nodes and the summary, derived by hand. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import {
  arpFrame,
  type Endpoints,
  type FlowJson,
  FLOW_HEADER,
  ipFrame,
  meter,
  meterJson,
  meterRows,
  POLICY,
  Scratch,
  tableRows,
  weir,
} from "../support/cli.ts";

const scratch = new Scratch();
const ICMP = 1;

const policy = scratch.write(
  "classes.yaml",
  `classes:
  - {name: gone, match: {src: 10.9.0.0/16}, action: block}
  - {name: free, match: {protocol: icmp}, action: pass}
  - {name: dns, match: {protocol: udp, dst-port: 53}, by: src, rate: 1 B/s, burst: 250 B, parent: site}
  - {name: web, match: {dst-port: 80}, meter: trtcm, cir: 1 B/s, cbs: 100 B, pir: 1 B/s, pbs: 500 B, parent: tenant}
  - {name: rest, parent: tenant}
nodes:
  - {name: tenant, by: class, rate: 1 B/s, burst: 400 B, parent: site}
  - {name: site, rate: 1 B/s, burst: 900 B}
`,
);

/** All at one instant: nothing drains. What each comes to is beside it: flow, color, reason. */
const STEPS: readonly (readonly [number, Endpoints, string, string, string])[] = [
  [100, {}, "10.0.0.1", "green", ""],
  [100, { sourcePort: 2222 }, "10.0.0.1", "green", ""],
  // dns 300 of 250.
  [100, {}, "10.0.0.1", "red", "dns"],
  [100, { source: "10.9.0.1" }, "udp 10.9.0.1:1111 > 10.0.0.2:53", "red", "blocked"],
  [100, { protocol: ICMP }, "proto-1 10.0.0.1 > 10.0.0.2", "green", ""],
  // Above 100 committed; tenant 300, site 500.
  [300, { source: "10.0.0.3", destinationPort: 80 }, "udp 10.0.0.3:1111 > 10.0.0.2:80", "yellow", "web/committed"],
  // tenant of this class 600 of 400.
  [300, { source: "10.0.0.4", destinationPort: 80 }, "udp 10.0.0.4:1111 > 10.0.0.2:80", "red", "tenant"],
  // Its tenant is another one: 300, then 400; site 800, then 900.
  [300, { destinationPort: 99 }, "all", "green", ""],
  [100, { destinationPort: 99 }, "all", "green", ""],
  [60, { destinationPort: 99 }, "all", "red", "tenant"],
  // dns 60 of 250, site 960 of 900.
  [60, { source: "10.0.0.7" }, "10.0.0.7", "red", "site"],
  // Larger than what its flow can ever hold.
  [600, { source: "10.0.0.3", destinationPort: 80 }, "udp 10.0.0.3:1111 > 10.0.0.2:80", "red", "oversize"],
];
const capture = scratch.pcap("classes.pcap", [...STEPS.map(([bytes, ends]) => ipFrame(0n, bytes, ends)), arpFrame(0n)]);
const args = [capture, "--policy", policy];

function count(packets: number, bytes: number) {
  return { packets, bytes };
}

function csvFlows(path: string, column: string): string[][] {
  return tableRows(readFileSync(path, "utf8"), `${FLOW_HEADER},${column}`);
}

function jsonFlows(path: string): FlowJson[] {
  return JSON.parse(readFileSync(path, "utf8")) as FlowJson[];
}

/** Flow, packets, bytes, class or node. */
function shortOf(row: readonly string[]) {
  return [row[0], Number(row[1]), Number(row[2]), row[11]];
}

describe("--packets", () => {
  const rows = meterRows(args);

  test("the flow is the key of the leaf, or the 5-tuple without a meter; the reason names the node", () => {
    expect(rows.slice(0, -1).map(({ flow, color, reason }) => [flow, color, reason])).toStrictEqual(
      STEPS.map(([, , ...outcome]) => outcome),
    );
    expect(rows.at(-1)).toMatchObject({ flow: "all", color: "red", reason: "tenant" });
  });

  test("a blocked packet never conforms, a refused one when its path has drained", () => {
    // 50 bytes too many at 1 byte a second; 200; 60 of the whole site.
    expect([2, 3, 6, 10].map((row) => rows[row]!.delay)).toStrictEqual(
      ["50000000000", "never", "200000000000", "60000000000"], // prettier-ignore
    );
  });
});

describe("--flows and --nodes", () => {
  const [flows, nodes] = [scratch.at("flows.csv"), scratch.at("nodes.csv")];
  meter([...args, "--flows", flows, "--nodes", nodes, "--quiet"]);
  const flowRows = csvFlows(flows, "class");
  const nodeRows = csvFlows(nodes, "node");

  test("flows are those of the classes' own meters", () => {
    const zeros = ["0", "0"];
    expect(flowRows.map((row) => [row[0], ...row.slice(3, 9), row[11]])).toStrictEqual([
      ["10.0.0.1", "2", "200", ...zeros, "1", "100", "dns"],
      ["udp 10.0.0.3:1111 > 10.0.0.2:80", ...zeros, "1", "300", "1", "600", "web"],
      ["udp 10.0.0.4:1111 > 10.0.0.2:80", ...zeros, ...zeros, "1", "300", "web"],
      ["10.0.0.7", ...zeros, ...zeros, "1", "60", "dns"],
    ]);
  });

  test("nodes are all others; one for each class is named by the class", () => {
    expect(nodeRows.map((row) => [row[0], row[1], row[2], row[11]])).toStrictEqual([
      ["all", "11", String(3 * 100 + 300 + 300 + 300 + 100 + 60 + 60 + 600 + 60), "site"],
      ["web", "3", "1200", "tenant"],
      ["rest", "4", "520", "tenant"],
    ]);
  });

  test("as JSON: the same", () => {
    const [flowsJson, nodesJson] = [scratch.at("flows.json"), scratch.at("nodes.json")];
    meter([...args, "--flows", flowsJson, "--nodes", nodesJson, "--quiet"]);
    expect(jsonFlows(flowsJson).map((flow) => [flow.flow, flow.packets, flow.bytes, flow.class])).toStrictEqual(
      flowRows.map(shortOf),
    );
    expect(jsonFlows(nodesJson).map((flow) => [flow.flow, flow.packets, flow.bytes, flow.node])).toStrictEqual(
      nodeRows.map(shortOf),
    );
  });

  test("- is stdout, for one of them", () => {
    expect(meter([...args, "--nodes", "-", "--quiet"])).toBe(readFileSync(nodes, "utf8"));
    const both = weir(["meter", ...args, "--nodes", "-", "--flows", "-"]);
    expect(both).toMatchObject({ code: 2, stdout: "" });
    expect(both.stderr).toMatch(/^weir: nodes "-": flows go to stdout already; name a file for one of them\n$/u);
  });
});

describe("--json", () => {
  const summary = meterJson(args);

  test("the totals of each class, and which node of its path refused", () => {
    const none = count(0, 0);
    const rest = { oversize: none, untracked: none };
    expect(summary.classes).toStrictEqual([
      { name: "gone", action: "block", flows: 0, ...count(1, 100), green: none, yellow: none, red: count(1, 100), ...rest, refusedBy: [] }, // prettier-ignore
      { name: "free", action: "pass", flows: 0, ...count(1, 100), green: count(1, 100), yellow: none, red: none, ...rest, refusedBy: [] }, // prettier-ignore
      {
        name: "dns",
        action: "meter",
        flows: 2,
        ...count(4, 360),
        green: count(2, 200),
        yellow: none,
        red: count(2, 160),
        ...rest,
        refusedBy: [
          { node: "dns", ...count(1, 100) },
          { node: "site", ...count(1, 60) },
        ],
      },
      {
        name: "web",
        action: "meter",
        flows: 2,
        ...count(3, 1200),
        green: none,
        yellow: count(1, 300),
        red: count(2, 900),
        oversize: count(1, 600),
        untracked: none,
        refusedBy: [
          { node: "web", ...none },
          { node: "tenant", ...count(1, 300) },
          { node: "site", ...none },
        ],
      },
      {
        name: "rest",
        action: "meter",
        flows: 0,
        ...count(4, 520),
        green: count(2, 400),
        yellow: none,
        red: count(2, 120),
        ...rest,
        refusedBy: [
          { node: "tenant", ...count(2, 120) },
          { node: "site", ...none },
        ],
      },
    ]);
  });

  test("the nodes, summed over their classes", () => {
    const [site, tenant] = summary.nodes;
    expect(site).toMatchObject({
      name: "site",
      instances: 1,
      ...count(11, 2080),
      green: count(4, 600),
      yellow: count(1, 300),
      red: count(6, 1180),
      refused: count(1, 60),
      top: [{ flow: "all", node: "site", ...count(11, 2080) }],
    });
    expect(tenant).toMatchObject({ name: "tenant", instances: 2, refused: count(3, 420) });
    expect(tenant!.top.map(({ flow, red }) => [flow, red.bytes])).toStrictEqual([
      ["web", 900],
      ["rest", 120],
    ]);
    expect(summary.nodes).toHaveLength(2);
  });

  test("flows are those of the classes; the classes state their keys", () => {
    expect(summary).toMatchObject({ flows: 4, by: null, policy: { meter: "classes", charge: "all-or-none" } });
    expect(summary.topFlows.map((flow) => [flow.flow, flow.class])).toStrictEqual([
      ["udp 10.0.0.3:1111 > 10.0.0.2:80", "web"],
      ["udp 10.0.0.4:1111 > 10.0.0.2:80", "web"],
      ["10.0.0.1", "dns"],
      ["10.0.0.7", "dns"],
    ]);
  });

  test("--top limits the instances of each node, too", () => {
    const { topFlows, nodes } = meterJson([...args, "--top", "1"]);
    expect([topFlows, ...nodes.map(({ top }) => top)].map((top) => top.length)).toStrictEqual([1, 1, 1]);
    expect(nodes.map(({ instances }) => instances)).toStrictEqual([1, 2]);
  });

  test("a policy of one meter has neither", () => {
    expect(meterJson([capture, ...POLICY])).toMatchObject({ classes: [], nodes: [], by: "5-tuple" });
  });
});

test("the text shows classes, nodes and the class of each of the worst flows", () => {
  const text = meter(args);
  expect(text).toMatch(/^class dns: protocol udp, dst-port 53 => dns -> site$/mu);
  expect(text).toMatch(/^class +packets +bytes +green bytes +yellow bytes +red bytes +red$/mu);
  expect(text).toMatch(/^gone \(block\) +1 +100 +0 +0 +100 +100\.00 %$/mu);
  expect(text).toMatch(/^web +3 +1,200 +0 +300 +900 +75\.00 %$/mu);
  expect(text).toMatch(/^tenant +2 +7 +1,720 +3 +420 +24\.42 %$/mu);
  expect(text).toMatch(/^4 flows, /mu);
  expect(text).toMatch(/^10\.0\.0\.7 .* 100\.00 % {2}dns$/mu);
});

describe("colors", () => {
  const colored = scratch.write(
    "colored.yaml",
    `color-aware: true
classes:
  - {name: leaf, meter: mef, cir: 1 MB/s, cbs: 9 kB, eir: 0 B/s, ebs: 9 kB, parent: node}
nodes:
  - {name: node, meter: trtcm, cir: 1 B/s, cbs: 1 kB, pir: 1 MB/s, pbs: 9 kB}
`,
  );

  test("come with the packet, and a node sees the one that its child gave", () => {
    const [AF11, AF12, AF13] = [10, 12, 14];
    const frames = [AF11, AF12, AF13, AF11, AF11].map((dscp) => ipFrame(0n, 400, { dscp }));
    const rows = meterRows([scratch.pcap("colored.pcap", frames), "--policy", colored]);
    // The yellow one took nothing of the node's committed bucket, which holds two.
    expect(rows.map(({ color, reason }) => [color, reason])).toStrictEqual([
      ["green", ""],
      ["yellow", "color-in"],
      ["red", "color-in"],
      ["green", ""],
      ["yellow", "node/committed"],
    ]);
  });
});

describe("options that the policy has no use for: exit 2", () => {
  const flat = scratch.write("flat.yaml", "classes: [{name: every, rate: 1 MB/s, burst: 9 kB}]\n");

  test.for<readonly [string, readonly string[], RegExp]>([
    ["--by", [...args, "--by", "src"], /by "src": cannot stand beside the classes of .*classes\.yaml, which state/u],
    ["--rate", [...args, "--rate", "1 MB/s"], /rate "1 MB\/s": cannot be combined with the classes of/u],
    ["--nodes of flat classes", [capture, "--policy", flat, "--nodes", "n.csv"], /nodes "n\.csv": the policy has no/u],
    ["--nodes of one meter", [capture, ...POLICY, "--nodes", "n.csv"], /nodes "n\.csv": the policy has no nodes/u],
    ["--nodes of another kind", [...args, "--nodes", "n.txt"], /nodes "n\.txt": is written as CSV, JSON or Parquet/u],
    ["one file for two", [...args, "--nodes", "n.csv", "--flows", "n.csv"], /nodes "n\.csv": flows go to this file/u],
  ])("%s", ([, options, message]) => {
    const { code, stdout, stderr } = weir(["meter", ...options], { cwd: scratch.path });
    expect({ code, stdout }).toStrictEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(/^weir: [^\n]+\n$/u);
    expect(stderr).toMatch(message);
  });

  test("--length may stand beside classes", () => {
    const frames = meterJson([capture, "--policy", flat]);
    const packets = meterJson([capture, "--policy", flat, "--length", "ip"]);
    expect(Number(frames.bytes) - Number(packets.bytes)).toBe(14 * STEPS.length);
  });
});

test("names of 64 characters of three bytes fit into their rows", () => {
  const [long, longer] = ["流".repeat(64), `${"流".repeat(63)}計`];
  const text = `classes:
  - {name: ${long}, meter: mef, cir: 1 B/s, cbs: 1 B, eir: 1 B/s, ebs: 1 B, parent: ${longer}}
nodes:
  - {name: ${longer}, by: pair, rate: 1 B/s, burst: 9 kB}
`;
  const frames = Array.from(
    { length: 5000 },
    (_, index) =>
    ipFrame(2n ** 62n, 60, { source: `2001:db8:1111:2222:3333:4444:5555:${(index + 4096).toString(16)}`, destination: "2001:db8:1111:2222:3333:4444:5555:6666", protocol: 136 }), // prettier-ignore
  );
  const files = [scratch.at("long-flows.csv"), scratch.at("long-nodes.csv")] as const;
  const options = ["--policy", scratch.write("long.yaml", text), "--flows", files[0], "--nodes", files[1]];
  const rows = meterRows([scratch.pcap("long.pcap", frames), ...options]);
  expect(rows).toHaveLength(frames.length);
  expect(new Set(rows.map(({ reason }) => reason))).toStrictEqual(new Set(["oversize"]));
  expect(csvFlows(files[0], "class").map((row) => row[11])).toStrictEqual(frames.map(() => long));
  expect(csvFlows(files[1], "node").map((row) => row[11])).toStrictEqual(frames.map(() => longer));
});
