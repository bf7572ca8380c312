/** Topic `rules`: what it costs to find a packet's class among many rules; the whole way from capture to verdict. */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { classStatsOf } from "../../src/core/classstats.ts";
import { coreModule } from "../../src/core/module.node.ts";
import { CaptureMeter } from "../../src/trace/meter.ts";
import type { ClassPolicy, MatchRule, PacketClass } from "../../src/types.ts";
import { interleave, pairedRatio, type Subject, type Timing } from "../harness.ts";
import { countText, short } from "../report.ts";
import { mixedRules, RULE_CLASSES, sourceRules, synthesizeSpread } from "../ruleset.ts";
import type { Bar, RunOptions, Topic, TopicResult } from "../topic.ts";
import { contractOf } from "../workload.ts";

interface RuleCase {
  readonly name: string;
  readonly rules: readonly MatchRule[];
  /** It may cost this many times of what one rule does. */
  readonly limit?: number;
}

const ONE = "1 rule";
const LIMIT = 1.5;
const SECRET = [1, 2, 3, 4] as const;

export const rules: Topic = {
  name: "rules",
  summary: "a capture in memory to verdicts under 1, 100 and 10,000 rules: ns a packet",
  run: async (options) => measureRules(options),
};

function casesOf(seed: number): RuleCase[] {
  return [
    { name: "no rule", rules: [] },
    { name: ONE, rules: [{ sources: [{ version: 4, address: 0x0a00_0000n, bits: 9 }], classIndex: 0 }] },
    { name: "100 rules of every kind", rules: mixedRules(100, seed) },
    { name: "10,000 source prefixes", rules: sourceRules(10_000, seed), limit: LIMIT },
    { name: "10,000 rules of every kind", rules: mixedRules(10_000, seed), limit: LIMIT },
  ];
}

function measureRules({ smoke, seed, progress }: RunOptions): TopicResult {
  const shape = smoke ? { packets: 2 ** 17, flows: 10_000, seed } : { packets: 2 ** 20, flows: 100_000, seed };
  progress(`${countText(shape.packets)} packets of ${countText(shape.flows)} flows`);
  const capture = synthesizeSpread(shape);
  const cases = casesOf(seed);
  const matched = new Map<string, number>();
  const subjects = cases.map((each) => subjectOf(each, capture, shape, matched));
  const timings = interleave(subjects, smoke ? 3 : 9, { clock: "cpu", warmRounds: 2 });
  const one = timings.find(({ name }) => name === ONE)!;
  const failures = cases
    .filter(({ name }) => matched.get(name) === undefined)
    .map(({ name }) => `${name}: lost packets`);
  return {
    tables: [
      {
        title: `rules: ${countText(shape.packets)} packets, ${countText(shape.flows)} flows, a quarter of IPv6, records of flows kept`,
        head: ["", "ns/packet", "spread", `/ ${ONE}`, "matched"],
        rows: timings.map((timing) => rowOf(timing, one, shape.packets, matched)),
        notes: [
          "Kinds: a source or a destination prefix, either with a protocol and ports, both. Every class is metered alike.",
          "What is not matched belongs to a last class. Classifiers are built before timing begins.",
        ],
      },
    ],
    bars: cases.flatMap(({ name, limit }) =>
      barOf(
        timings.find((timing) => timing.name === name)!,
        one,
        limit,
      ),
    ),
    failures,
    data: { shape, timings, matched: Object.fromEntries(matched) },
  };
}

function rowOf(timing: Timing, one: Timing, packets: number, matched: ReadonlyMap<string, number>): string[] {
  const { name, medianMs, spread } = timing;
  return [
    name,
    short((medianMs * 1e6) / packets),
    `${(spread * 100).toFixed(0)} %`,
    short(pairedRatio(timing, one)),
    `${((100 * matched.get(name)!) / packets).toFixed(0)} %`,
  ];
}

/** A smoke run has too few packets to warm the caches: the margin only catches what is out of hand. */
function barOf(timing: Timing, one: Timing, limit: number | undefined): Bar[] {
  if (limit === undefined) return [];
  const claim = `${timing.name} / ${ONE}`;
  return [{ claim, value: pairedRatio(timing, one), kind: "at most", limit, smokeLimit: 2 * limit }];
}

/** Each sample meters the capture from an empty flow table, and notes how many packets rules held for. */
function subjectOf(
  { name, rules: matches }: RuleCase,
  capture: Buffer,
  { flows, packets }: { readonly flows: number; readonly packets: number },
  matched: Map<string, number>,
): Subject {
  const policy = policyOf(matches, flows);
  let meter: CaptureMeter | undefined;
  return {
    name,
    before: () => {
      meter = createMeter(policy, flows);
      collectGarbage();
    },
    sample: () => {
      const metered = meterAll(meter!, capture);
      const unmatched = classStatsOf(meter!.core, policy).at(-1)!;
      const { green, yellow, red } = unmatched;
      if (metered === packets) matched.set(name, packets - Number(green.packets + yellow.packets + red.packets));
    },
  };
}

function policyOf(matches: readonly MatchRule[], flows: number): ClassPolicy {
  const { policy } = contractOf(flows);
  const classes = Array.from({ length: RULE_CLASSES + 1 }, (_, index): PacketClass => {
    const name = `class ${index}`;
    return { name, action: "meter", path: [{ nodeId: index + 1, name, keying: { by: "5-tuple" }, policy }] };
  });
  return { meter: "classes", length: "frame", charge: "all-or-none", classes, matches, warnings: [] };
}

function createMeter(policy: ClassPolicy, flows: number): CaptureMeter {
  return new CaptureMeter(coreModule(), {
    policy,
    keying: { by: "5-tuple" },
    captureCount: 1,
    maxFlows: 2 * flows,
    expectedFlows: flows,
    secret: SECRET,
    records: true,
    delays: false,
    skipOther: false,
  });
}

setFlagsFromString("--expose-gc");
const gc = runInNewContext("gc") as () => void;

/** What building a classifier leaves behind is not part of metering: its collector runs in threads that are counted. */
function collectGarbage(): void {
  gc();
  gc();
}

/** Answers how many packets were metered. */
function meterAll(meter: CaptureMeter, capture: Buffer): number {
  let at = 0;
  let metered = 0;
  for (let step = meter.step(); step.kind !== "done"; step = meter.step()) {
    if (step.kind === "batch") {
      metered += step.packets;
      continue;
    }
    const space = meter.space(0);
    const bytes = Math.min(space.length, capture.length - at);
    space.set(capture.subarray(at, at + bytes));
    meter.feed(0, bytes);
    at += bytes;
  }
  return metered;
}
