/** What each field of a rule holds for, and what it never does; classes and colors on their way through the columns. */
import { describe, expect, test } from "vitest";
import { COLOR_GREEN, COLOR_RED, COLOR_YELLOW } from "../assembly/abi.ts";
import type { MatchRule } from "../src/types.ts";
import { classify, classifyCaptures } from "./support/classify.ts";
import { NgWriter } from "./support/ngwriter.ts";
import { fieldsOf, frameBytes, type FrameSpec, matchLinear, prefixOf, SPEC } from "./support/rulewriter.ts";
import { writePcap } from "./support/writer.ts";

const IPV6 = { version: 6, source: 0x2001_0db8n << 96n, destination: (0x2001_0db8n << 96n) | 1n } as const;
const NOT_IP: FrameSpec = { ...SPEC, version: null };

/** Class 1 when the rule holds for the frame, else 0. */
function held(rule: Omit<MatchRule, "classIndex">, spec: Partial<FrameSpec>): boolean {
  const { classes } = classify([frameBytes({ ...SPEC, ...spec })], {
    rules: [{ ...rule, classIndex: 1 }],
    defaultClass: 0,
  });
  return classes[0] === 1;
}

const ANY_PORT = [{ first: 0, last: 65_535 }];
const ANY_VLAN = [{ first: 0, last: 4095 }];
const ALL_PROTOCOLS = Array.from({ length: 256 }, (_, index) => index);
const ALL_DSCPS = Array.from({ length: 64 }, (_, index) => index);

describe("a condition holds", () => {
  test.for<[string, Omit<MatchRule, "classIndex">, Partial<FrameSpec>]>([
    ["for a prefix of no bits, of its version", { sources: [prefixOf(4, 0n, 0)] }, {}],
    ["for a whole address", { sources: [prefixOf(4, SPEC.source, 32)] }, {}],
    ["for the last address", { destinations: [prefixOf(4, 0xffff_ffffn, 32)] }, { destination: 0xffff_ffffn }],
    ["for IPv6 of no bits", { sources: [prefixOf(6, 0n, 0)] }, IPV6],
    ["for a whole IPv6 address", { destinations: [prefixOf(6, IPV6.destination, 128)] }, IPV6],
    ["for one of several values", { protocols: [17, 6] }, {}],
    ["for a range's ends", { destinationPorts: [{ first: 443, last: 443 }] }, {}],
    ["for ports of SCTP", { sourcePorts: [{ first: 50_000, last: 50_000 }] }, { protocol: 132 }],
    ["for ports of a first fragment", { destinationPorts: ANY_PORT }, { fragment: "first" }],
    ["for ports of a first fragment, IPv6", { destinationPorts: ANY_PORT }, { ...IPV6, fragment: "first" }],
    ["for a code point, whatever ECN says", { dscps: [46] }, { dscp: 46 }],
    ["for a code point of IPv6", { dscps: [46] }, { ...IPV6, dscp: 46 }],
    ["for the protocol behind extension headers", { protocols: [6] }, { ...IPV6, fragment: "first" }],
    ["for a tag", { vlans: [{ first: 100, last: 100 }] }, { tags: [[0x8100, 100]] }],
    [
      "for the outermost tag",
      { vlans: [{ first: 5, last: 5 }] },
      {
        tags: [
          [0x88a8, 5],
          [0x8100, 6],
        ],
      },
    ],
    [
      "for the outermost tag of old QinQ",
      { vlans: [{ first: 5, last: 5 }] },
      {
        tags: [
          [0x9100, 5],
          [0x8100, 6],
        ],
      },
    ],
    ["for a priority tag: id 0", { vlans: [{ first: 0, last: 0 }] }, { tags: [[0x8100, 0]] }],
    ["for a tagged frame without IP", { vlans: [{ first: 7, last: 7 }] }, { version: null, tags: [[0x8100, 7]] }],
  ])("%s", ([, rule, spec]) => {
    expect(held(rule, spec)).toBe(true);
  });
});

describe("a condition does not hold", () => {
  test.for<[string, Omit<MatchRule, "classIndex">, Partial<FrameSpec>]>([
    ["for the other version", { sources: [prefixOf(4, 0n, 0)] }, IPV6],
    ["for the other version, IPv6", { sources: [prefixOf(6, 0n, 0)] }, {}],
    ["on any address without IP", { sources: [prefixOf(4, 0n, 0), prefixOf(6, 0n, 0)] }, NOT_IP],
    ["on any protocol without IP", { protocols: ALL_PROTOCOLS }, NOT_IP],
    ["on any code point without IP", { dscps: ALL_DSCPS }, NOT_IP],
    ["on any port without IP", { sourcePorts: ANY_PORT }, NOT_IP],
    ["on any port of ICMP", { sourcePorts: ANY_PORT }, { protocol: 1 }],
    ["on any port of a later fragment", { destinationPorts: ANY_PORT }, { fragment: "later" }],
    ["on any port of a later fragment, IPv6", { destinationPorts: ANY_PORT }, { ...IPV6, fragment: "later" }],
    ["on any VLAN without a tag", { vlans: ANY_VLAN }, {}],
    [
      "on an inner tag",
      { vlans: [{ first: 6, last: 6 }] },
      {
        tags: [
          [0x88a8, 5],
          [0x8100, 6],
        ],
      },
    ],
    ["without values", { protocols: [], sources: [prefixOf(4, 0n, 0)] }, {}],
    ["when only some of its fields do", { protocols: [6], destinationPorts: [{ first: 80, last: 80 }] }, {}],
  ])("%s", ([, rule, spec]) => {
    expect(held(rule, spec)).toBe(false);
  });
});

test("a rule without conditions holds for every frame, and hides what follows", () => {
  const rules: MatchRule[] = [{ protocols: [17], classIndex: 2 }, { classIndex: 1 }, { protocols: [6], classIndex: 3 }];
  const specs: FrameSpec[] = [SPEC, { ...SPEC, protocol: 17 }, NOT_IP];
  expect(classify(specs.map(frameBytes), { rules, defaultClass: 0 }).classes).toStrictEqual([1, 2, 1]);
});

test("without rules every frame has the default class", () => {
  const frames = [frameBytes(SPEC), frameBytes(NOT_IP)];
  for (const defaultClass of [0, 3]) {
    expect(classify(frames, { rules: [], defaultClass }).classes).toStrictEqual([defaultClass, defaultClass]);
  }
});

describe("a frame cut off by the snap length", () => {
  // Where in the IP header each field ends.
  const ENDS = {
    4: { dscp: 2, protocol: 10, source: 16, destination: 20, ports: 24 },
    6: { dscp: 2, protocol: 7, source: 24, destination: 40, ports: 44 },
  } as const;
  const RULES: readonly MatchRule[] = [
    { destinationPorts: ANY_PORT, classIndex: 1 },
    { destinations: [prefixOf(4, 0n, 0), prefixOf(6, 0n, 0)], protocols: ALL_PROTOCOLS, classIndex: 2 },
    { sources: [prefixOf(4, 0n, 0), prefixOf(6, 0n, 0)], protocols: ALL_PROTOCOLS, classIndex: 3 },
    { protocols: ALL_PROTOCOLS, classIndex: 4 },
    { dscps: ALL_DSCPS, classIndex: 5 },
    { vlans: ANY_VLAN, classIndex: 6 },
  ];

  test.for([
    ["IPv4", SPEC],
    ["IPv6", { ...SPEC, ...IPV6 }],
    ["tagged IPv4", { ...SPEC, tags: [[0x8100, 9]] }],
    ["tagged IPv6", { ...SPEC, ...IPV6, tags: [[0x8100, 9]] }],
  ] as [string, FrameSpec][])("has what is left of it: %s", ([, spec]) => {
    const whole = frameBytes(spec);
    const ipStart = 14 + 4 * spec.tags.length;
    const ends = ENDS[spec.version!];
    const fields = fieldsOf(spec);
    const expected = Array.from({ length: whole.length + 1 }, (_, bytes) => {
      const has = (end: number) => bytes >= ipStart + end;
      return matchLinear(RULES, 0, {
        ...(has(1) ? { version: spec.version! } : {}),
        ...(has(ends.dscp) ? { dscp: fields.dscp! } : {}),
        ...(has(ends.protocol) ? { protocol: fields.protocol! } : {}),
        ...(has(ends.source) ? { source: fields.source! } : {}),
        ...(has(ends.destination) ? { destination: fields.destination! } : {}),
        ...(has(ends.ports) ? { destinationPort: fields.destinationPort! } : {}),
        ...(spec.tags.length > 0 && bytes >= 16 ? { vlan: 9 } : {}),
      });
    });
    const frames = expected.map((_, bytes) => whole.subarray(0, bytes));
    expect(classify(frames, { rules: RULES, defaultClass: 0 }).classes).toStrictEqual(expected);
  });
});

/** AFxy is 8x + 2y, RFC 2597. */
function colorOf(dscp: number): number {
  const assured = [1, 2, 3, 4].flatMap((x) => [1, 2, 3].map((y) => [8 * x + 2 * y, y] as const));
  const precedence = new Map(assured).get(dscp) ?? 1;
  return [COLOR_GREEN, COLOR_YELLOW, COLOR_RED][precedence - 1]!;
}

describe("color of arrival", () => {
  test.for([4, 6] as const)("is the drop precedence of assured forwarding, IPv%i", (version) => {
    const specs = ALL_DSCPS.map((dscp) => ({ ...SPEC, ...(version === 6 ? IPV6 : {}), dscp }));
    const { colors } = classify(specs.map(frameBytes), { rules: [], defaultClass: 0, dscpColors: true });
    expect(colors).toStrictEqual(ALL_DSCPS.map(colorOf));
    expect(colors.filter((color) => color !== COLOR_GREEN)).toHaveLength(8);
  });

  test("is green without IP, and when it is not asked for", () => {
    const frames = [NOT_IP, { ...SPEC, dscp: 14 }].map(frameBytes);
    expect(classify(frames, { rules: [], defaultClass: 0, dscpColors: true }).colors).toStrictEqual([0, COLOR_RED]);
    expect(classify(frames, { rules: [], defaultClass: 0 }).colors).toStrictEqual([0, 0]);
  });
});

describe("class and color stay with their frame", () => {
  const RULES: readonly MatchRule[] = [0, 1, 2, 3].map((index) => ({
    sources: [prefixOf(4, BigInt(index) << 24n, 8)],
    classIndex: index,
  }));
  /** AF11, AF12, AF13 and best effort. */
  const DSCPS = [10, 12, 14, 0];
  const COLORS = [COLOR_GREEN, COLOR_YELLOW, COLOR_RED, COLOR_GREEN];
  const frameOf = (index: number) => frameBytes({ ...SPEC, source: BigInt(index) << 24n, dscp: DSCPS[index]! });
  const order = Array.from({ length: 10_000 }, (_, index) => (index * 7 + (index >>> 3)) % 4);
  const timed = (index: number, at: number) => ({ timeNs: BigInt(at) * 1000n, bytes: frameOf(index) });

  test("when captures are merged", () => {
    const captures = [0, 1, 2].map((part) => writePcap(order.map(timed).filter((_, at) => at % 3 === part)));
    const { classes, colors } = classifyCaptures(captures, { rules: RULES, defaultClass: 9, dscpColors: true });
    expect(classes).toStrictEqual(order);
    expect(colors).toStrictEqual(order.map((index) => COLORS[index]));
  });

  test("when frames without IP are left out", () => {
    const frames = order.flatMap((index, at) =>
      at % 5 === 0 ? [frameBytes(NOT_IP), frameOf(index)] : [frameOf(index)],
    );
    const { classes, colors } = classify(frames, { rules: RULES, defaultClass: 9, dscpColors: true, skipOther: true });
    expect(classes).toStrictEqual(order);
    expect(colors).toStrictEqual(order.map((index) => COLORS[index]));
  });

  test("when the record is longer than the window", () => {
    const longFrames = [2, 1, 3].map((index, at) => {
      const bytes = new Uint8Array(600_000);
      bytes.set(frameOf(index));
      return { timeNs: BigInt(at), bytes };
    });
    const session = new NgWriter().interface();
    for (const frame of longFrames) session.packet(frame);
    for (const capture of [writePcap(longFrames), session.done()]) {
      const { classes, colors } = classifyCaptures([capture], { rules: RULES, defaultClass: 9, dscpColors: true });
      expect(classes).toStrictEqual([2, 1, 3]);
      expect(colors).toStrictEqual([COLOR_RED, COLOR_YELLOW, COLOR_GREEN]);
    }
  });
});
