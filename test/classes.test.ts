/** Policies of classes: what they compile to. */
import { describe, expect, test } from "vitest";
import { RULES_MAX } from "../assembly/abi/classifier.ts";
import { CLASSES_MAX } from "../src/policy/classes/compile.ts";
import { classesLines, describeClasses } from "../src/policy/classes/describe.ts";
import { compileClasses, compilePolicy } from "../src/policies.ts";
import type { ClassPolicy, PathEntry } from "../src/types.ts";
import { compileClassesText, messageOfText } from "./support/policytext.ts";

const TREE = `
length: ip
overhead: 4
color-aware: true
classes:
  - name: voip
    match: { protocol: udp, dst-port: [5060-5061, 53], src: [192.0.2.0/24, 2001:db8::/32] }
    meter: srtcm
    cir: 1 Mbit/s
    cbs: 10 kB
    ebs: 10 kB
    parent: subscriber
  - name: pings
    match: [{ protocol: icmp }, { protocol: icmpv6, dscp: [ef, 0], vlan: 7 }]
    rate: 10 packets/s
    burst: 5 packets
    by: src/24
    parent: subscriber
  - name: rest
    parent: uplink
nodes:
  - { name: subscriber, by: src, rate: 10 Mbit/s, burst: 64 kB, parent: uplink }
  - { name: uplink, by: all, rate: 1 Gbit/s, burst: 1 MB }
`;

function entry(policy: ClassPolicy, className: string, name: string): PathEntry {
  const found = policy.classes.find((each) => each.name === className)?.path.find((each) => each.name === name);
  if (found === undefined) throw new Error(`${className} has no ${name} on its path`);
  return found;
}

function ids({ classes }: ClassPolicy): number[][] {
  return classes.map(({ path }) => path.map(({ nodeId }) => nodeId));
}

/** So many classes of one match. */
function classesText(count: number): string {
  const classes = Array.from({ length: count }, (_, index) => ({
    name: `c${index}`,
    match: { dscp: 1 },
    action: "pass",
  }));
  return JSON.stringify({ classes });
}

/** A class of so many matches. */
function rulesText(count: number): string {
  const match = Array.from({ length: count }, () => ({ dscp: 1 }));
  return JSON.stringify({ classes: [{ name: "a", action: "pass", match }] });
}

describe("a tree", () => {
  test("has paths of numbered nodes, shared ones with one number", async () => {
    const policy = await compileClassesText(TREE);
    expect(policy).toMatchObject({ meter: "classes", length: "ip", charge: "all-or-none", warnings: [] });
    expect(policy.classes.map(({ name, action }) => [name, action])).toEqual([
      ["voip", "meter"],
      ["pings", "meter"],
      ["rest", "meter"],
    ]);
    expect(ids(policy)).toEqual([[1, 2, 3], [4, 2, 3], [3]]);
    expect(policy.classes[1]?.path.map(({ name, keying }) => [name, keying])).toEqual([
      ["pings", { by: "source", prefixBits: 24 }],
      ["subscriber", { by: "source" }],
      ["uplink", { by: "all" }],
    ]);
  });

  test("has rules in the order of its classes", async () => {
    const { matches } = await compileClassesText(TREE);
    expect(matches).toEqual([
      {
        sources: [
          { version: 4, address: 0xc000_0200n, bits: 24 },
          { version: 6, address: 0x2001_0db8n << 96n, bits: 32 },
        ],
        protocols: [17],
        destinationPorts: [
          { first: 5060, last: 5061 },
          { first: 53, last: 53 },
        ],
        classIndex: 0,
      },
      { protocols: [1], classIndex: 1 },
      { protocols: [58], dscps: [46, 0], vlans: [{ first: 7, last: 7 }], classIndex: 1 },
      { classIndex: 2 },
    ]);
  });

  test("gives each meter the defaults that it takes", async () => {
    const policy = await compileClassesText(TREE);
    const voip = { meter: "srtcm", cir: "1 Mbit/s", cbs: "10 kB", ebs: "10 kB", length: "ip", overhead: 4 };
    expect(entry(policy, "voip", "voip").policy).toEqual(compilePolicy({ ...voip, colorAware: true }));
    const pings = { meter: "token-bucket", rate: "10 packets/s", burst: "5 packets", length: "ip" };
    expect(entry(policy, "pings", "pings").policy).toEqual(compilePolicy(pings));
    const own = await compileClassesText(TREE.replace("by: src/24", "overhead: 0\n    min-length: 0"));
    expect(entry(own, "pings", "pings").policy).toEqual(compilePolicy(pings));
  });

  test("has one bucket a class where a node is kept by class", async () => {
    const policy = await compileClassesText(TREE.replace("by: src, rate", "by: class, rate"));
    expect(ids(policy)).toEqual([[1, 2, 3], [4, 5, 3], [3]]);
    expect(entry(policy, "pings", "subscriber").keying).toEqual({ by: "all" });
  });

  test("may be as deep as four meters and eight pairs of buckets", async () => {
    const buckets = "meter: multi, buckets: [1 MB/s 9 kB, 1 MB/s 9 kB, 1 MB/s 9 kB]";
    const nodes = ["b", "c", "d"].map(
      (name, index) => `{name: ${name}, ${buckets}${["", ", parent: b", ", parent: c"][index]}}`,
    );
    const policy = await compileClassesText(
      `{nodes: [${nodes.join(", ")}], classes: [{name: a, ${buckets}, parent: d}]}`,
    );
    expect(policy.classes[0]?.path.flatMap((each) => each.policy.profiles)).toHaveLength(8);
  });
});

describe("classes", () => {
  test("that leave packets over are followed by one that lets them pass", async () => {
    const block = "{name: a, match: {dscp: ef}, action: block}";
    const { classes, matches } = await compileClassesText(`classes: [${block}]`);
    expect(classes).toEqual([
      { name: "a", action: "block", path: [] },
      { name: "unmatched", action: "pass", path: [] },
    ]);
    expect(matches).toEqual([{ dscps: [46], classIndex: 0 }]);
    const whole = await compileClassesText(`classes: [${block}, {name: unmatched, action: block}]`);
    expect(whole.classes.map(({ action }) => action)).toEqual(["block", "block"]);
  });

  test("keep every charge mode, and length is the file's", async () => {
    for (const charge of ["all-or-none", "series", "borrow"]) {
      const policy = await compileClassesText(`{charge: ${charge}, classes: [{name: a, rate: 1 MB/s, burst: 9 kB}]}`);
      expect([policy.charge, policy.length]).toEqual([charge, "frame"]);
    }
  });

  test("of any meter go without nodes", async () => {
    const meters = [
      "meter: turner, rate: 1 MB/s, burst: 9 kB",
      "meter: event-counter, rate: 1 packets/s, alarm: 5",
      "meter: dual, mode: independent, peak-rate: 2 MB/s, peak-burst: 3 kB, rate: 1 MB/s, burst: 9 kB",
      "meter: multi, buckets: [1 MB/s 9 kB, {rate: 1 packets/s, burst: 9 packets}]",
    ];
    const classes = meters.map((meter, index) => `{name: c${index}, match: {dscp: ${index}}, ${meter}}`);
    const { classes: compiled } = await compileClassesText(`classes: [${classes.join(", ")}]`);
    expect(compiled.flatMap(({ path }) => path.map(({ policy }) => policy.meter))).toEqual([
      "turner",
      "event-counter",
      "dual",
      "multi",
    ]);
  });

  test("are stated by programs too, in either spelling, and errors then name the class", () => {
    const policy = compileClasses({
      minLength: 64,
      classes: [{ name: "a", match: { dstPort: [53, "80-90"], src: undefined }, rate: "1 MB/s", burst: "9 kB" }],
    });
    expect(policy.matches[0]?.destinationPorts).toHaveLength(2);
    const bad = { name: "a", rate: "1 MB", burst: "9 kB" };
    expect(() => compileClasses({ classes: [bad] })).toThrow('class a: rate "1 MB": unknown unit "MB"; write 1 MB/s');
    expect(() => compileClasses({ classes: [{ name: "a", action: "pass", match: { srcFile: "x" } }] })).toThrow(
      'class a: src-file "x": there is nothing here that reads files; list the prefixes under src',
    );
    expect(() => compileClasses({ classes: [] })).toThrow(/^classes: is missing or empty/u);
    expect(() => compileClasses({ classes: [{ name: "a", action: "pass" }] }, { length: "eth" })).toThrow(
      'length "eth": unknown word; it is one of frame or ip',
    );
  });

  test("have limits, which the messages name", async () => {
    expect((await compileClassesText(classesText(CLASSES_MAX))).classes).toHaveLength(CLASSES_MAX + 1);
    expect(await messageOfText(classesText(CLASSES_MAX + 1))).toBe(
      "p.yaml:1: classes: holds 4097 classes and the limit is 4096; put several matches into one class",
    );
    expect((await compileClassesText(rulesText(RULES_MAX))).matches).toHaveLength(RULES_MAX);
    expect(await messageOfText(rulesText(RULES_MAX + 1))).toBe(
      "p.yaml:1: class a: match: makes more than 16384 rules in the policy; give one match several values",
    );
  });
});

describe("warnings", () => {
  const UP = "{name: up, rate: 1 MB/s, burst: 64 kB}";
  test.each([
    [
      "classes: [{name: a, action: pass}, {name: b, match: {dscp: ef}, action: block}]",
      ["class b: can never match; class a before it takes every packet"],
    ],
    [
      "classes: [{name: a, match: [{dscp: ef}, {}], action: pass}, {name: b, action: block}]",
      ["class b: can never match; class a before it takes every packet"],
    ],
    [`{nodes: [${UP}], classes: [{name: a, action: pass}]}`, ["node up: no class has it on its path"]],
    ["{groups: [{name: g, rate: 1 MB/s}], classes: [{name: a, action: pass}]}", ["group g: no class is in it"]],
    [
      `{nodes: [${UP}], classes: [{name: a, match: {dscp: 1}, parent: up, threshold: 48 kB}, {name: b, parent: up, threshold: 32 kB}]}`,
      ["node up: no class may fill more than 48 kB of its 64 kB; leave threshold out for the first class"],
    ],
    [
      `{nodes: [${UP}], classes: [{name: a, match: {dscp: 1}, parent: up, threshold: 1 kB}, {name: b, parent: up}]}`,
      ['class a: threshold "1 kB": packets longer than 1000 bytes can never conform'],
    ],
    [
      "classes: [{name: a, rate: 1 MB/s, burst: 1 kB}]",
      [
        'class a: burst "1 kB": packets longer than 1000 bytes can never conform; a full frame of 1514 bytes needs a depth of 1514 B',
      ],
    ],
    [
      "{nodes: [{name: up, rate: 0 B/s, burst: 64 kB}], classes: [{name: a, match: {dscp: 1}, parent: up}, {name: b, parent: up}]}",
      ['node up: rate "0 B/s": the bucket never drains; after 64 kB a flow never conforms again'],
    ],
  ])("%s", async (text, warnings) => {
    expect((await compileClassesText(text)).warnings).toEqual(warnings);
  });
});

describe("a described policy", () => {
  test("is plain JSON, with names and texts as in a file", async () => {
    const described = describeClasses(
      await compileClassesText(`${TREE}  - { name: spare, rate: 1 MB/s, burst: 9 kB }\n`),
    );
    expect(JSON.parse(JSON.stringify(described))).toEqual(described);
    expect(described).toMatchObject({
      meter: "classes",
      length: "ip",
      charge: "all-or-none",
      classes: [
        {
          name: "voip",
          action: "meter",
          matches: ["protocol udp, src 192.0.2.0/24 2001:db8::/32, dst-port 5060-5061 53"],
          path: ["voip", "subscriber", "uplink"],
          meter: { name: "voip", by: "5-tuple", policy: { meter: "srtcm", colorAware: true } },
          thresholds: [],
        },
        { name: "pings", matches: ["protocol icmp", "protocol icmpv6, dscp ef be, vlan 7"], meter: { by: "src/24" } },
        { name: "rest", matches: ["all"], path: ["uplink"], meter: null },
      ],
      nodes: [
        { name: "subscriber", by: "src", policy: { rate: { text: "10 Mbit/s" } } },
        { name: "uplink", by: "all" },
      ],
      warnings: ["node spare: no class has it on its path"],
    });
  });

  test("shows people the first classes of many", async () => {
    const lines = classesLines(await compileClassesText(classesText(100)));
    expect([lines.length, lines[0], lines.at(-1)]).toEqual([
      34,
      "classes  101, charge all-or-none, length frame",
      "and 69 more classes",
    ]);
  });

  test("is short where lists are long, and tells thresholds apart from the node", async () => {
    const ports = Array.from({ length: 100 }, (_, index) => index);
    const text = `{nodes: [{name: up, rate: 1 MB/s, burst: 64 kB}], classes: [{name: a, match: {dst-port: [${ports.join(", ")}]}, parent: up, threshold: 32 kB}, {name: b, parent: up}]}`;
    const policy = await compileClassesText(text);
    const { classes, nodes } = describeClasses(policy);
    expect(classes[0]).toMatchObject({
      matches: ["dst-port 0 1 2 3 4 5 6 7 and 92 more"],
      thresholds: [{ node: "up", level: { text: "32 kB", units: 32_000 } }],
    });
    expect(nodes).toMatchObject([{ policy: { depth: { units: 64_000 }, largestConformingPacket: 64_000 } }]);
    expect(classesLines(policy)).toEqual([
      "classes  2, charge all-or-none, length frame",
      "class a: dst-port 0 1 2 3 4 5 6 7 and 92 more => up; fills up up to 32 kB",
      "  node up: token-bucket  8 Mbit/s, burst 64 kB, cost bytes, length frame, per all; a full bucket drains in 64 ms",
      "class b: all => up",
    ]);
  });
});
