// Goal: what a watch counts, packet by packet, is what the core counts; its seconds, levels and paces are exact.
import { describe, expect, test } from "vitest";
import { coreModule } from "../src/core/module.node.ts";
import { statsOf } from "../src/core/engine.ts";
import { compilePolicy, type PolicyInput } from "../src/policies.ts";
import { createFlowMeter } from "../src/reference/flowmeters.ts";
import { surveyRecords } from "../src/report/survey.ts";
import { drawnProfileOf } from "../src/see/followed.ts";
import { CaptureMeter } from "../src/trace/meter.ts";
import { Bins, BINS_MAX } from "../src/watch/bins.ts";
import { colorsAt, sumOf } from "../src/watch/counts.ts";
import { nextSpeed, Pace, SPEED_MAX, speedText } from "../src/watch/pace.ts";
import { LiveView } from "../src/watch/view.ts";
import { ORDERS, WORST_MAX, WorstFlows } from "../src/watch/worst.ts";
import { ipFrame, MS } from "./support/cli.ts";
import { writePcap, type WrittenFrame } from "./support/writer.ts";

/** Record 0 is that of packets without a flow. */
const ONLY_FLOW = 1;
const POLICY: PolicyInput = { meter: "token-bucket", rate: "80 kbit/s", burst: "4 kB" };

function meterOf(input: PolicyInput, maxFlows = 1 << 16) {
  const policy = compilePolicy(input);
  const meter = new CaptureMeter(coreModule(), {
    policy,
    captureCount: 1,
    keying: { by: "5-tuple" },
    maxFlows,
    secret: [1, 2, 3, 4],
    records: true,
    delays: false,
    levels: drawnProfileOf(policy) !== undefined,
    skipOther: false,
  });
  return { policy, meter, view: new LiveView(meter, policy) };
}

/** Feeds the frames in pieces; `look` is called with each batch while it is open. */
function feed(
  { meter, view }: ReturnType<typeof meterOf>,
  written: readonly WrittenFrame[],
  pieceBytes: number,
  look: () => void = () => view.apply(Infinity),
): void {
  const bytes = writePcap(written, { clock: "nano" });
  let at = 0;
  for (;;) {
    const step = meter.step();
    if (step.kind === "done") return;
    let packets = step.kind === "batch" ? step.packets : 0;
    if (step.kind === "needs") {
      const space = meter.space(0);
      const piece = bytes.subarray(at, at + Math.min(pieceBytes, space.length));
      space.set(piece);
      meter.feed(0, piece.length);
      at += piece.length;
      packets = meter.flush();
    }
    view.open(packets, 0);
    look();
    expect(view.isApplied).toBe(true);
  }
}

/** Steps back now and then, and pauses longer than ten minutes. */
function frames(count: number): WrittenFrame[] {
  return Array.from({ length: count }, (_, index) => {
    const atNs =
      BigInt(index) * 7_654_321n - (index % 5 === 0 ? 9_000_000n : 0n) + (index > count / 2 ? 700_000n * MS : 0n);
    return ipFrame(10_000_000_000n + atNs, 60 + ((index * 7919) % 1400), { sourcePort: index % 3 });
  });
}

describe("the view", () => {
  test.for([37, 1000, 250_000])("totals are the core's, in pieces of %i bytes", (pieceBytes) => {
    const watched = meterOf(POLICY);
    feed(watched, frames(3000), pieceBytes);
    const { green, yellow, red } = statsOf(watched.meter.core);
    const numbers = { green, yellow, red };
    for (const [color, { packets, bytes }] of Object.entries(watched.view.totals)) {
      const expected = numbers[color as "red"];
      expect([color, BigInt(packets), BigInt(bytes)]).toEqual([color, expected.packets, expected.bytes]);
    }
    expect(red.packets).toBeGreaterThan(100n);
  });

  test("packets are taken up to a time, that included, and the rest later", () => {
    const watched = meterOf(POLICY);
    const shown: number[] = [];
    const timed = [0n, 10n, 10n, 20n, 15n, 30n].map((ms) => ipFrame(ms * MS, 100));
    feed(watched, timed, 100_000, () => {
      for (const untilMs of [0, 9, 10, 19, 20, 29, 30]) {
        watched.view.apply(untilMs * 1e6);
        shown.push(sumOf(watched.view.totals).packets);
      }
    });
    // The one of 15 ms comes after that of 20 ms: it is metered, and shown, at 20 ms.
    expect(shown.slice(-7)).toEqual([1, 1, 3, 3, 5, 5, 6]);
  });

  test("seconds count from the first packet, and their sum is the total of the last ten minutes", () => {
    const watched = meterOf(POLICY);
    const timed = [500n, 1499n, 1500n, 2600n, 400_000n, 900_000n].map((ms) => ipFrame(ms * MS, 100));
    feed(watched, timed, 64);
    const { bins } = watched.view;
    expect(bins.newest).toBe(899);
    // 2.1 s after the first, 399.5 s, 899.5 s.
    const rows = bins.rows(0, 899).map((row) => sumOf(colorsAt(row)).packets);
    expect(rows.flatMap((packets, second) => (packets > 0 ? [[second, packets]] : []))).toEqual([
      [399, 1],
      [899, 1],
    ]);
  });

  const TWO: readonly PolicyInput[] = [
    POLICY,
    { meter: "leaky-bucket", rate: "1000 packets/h", burst: "5 packets", check: "pre" },
    { meter: "trtcm", pir: "80 kbit/s", pbs: "3 kB", cir: "40 kbit/s", cbs: "2 kB" },
    { meter: "srtcm", cir: "40 kbit/s", cbs: "2 kB", ebs: "3 kB" },
    { meter: "mef", cir: "8 kbit/s", cbs: "2 kB", eir: "1 B/s", ebs: "3 kB", coupling: "on" },
    { meter: "turner", rate: "3 packets/s", burst: "5 packets", cap: "9 packets" },
  ];
  test.for(TWO)("$meter: between packets levels drain as the definition says", (input) => {
    const watched = meterOf(input);
    const some = frames(60).map(({ timeNs, originalBytes }) => ipFrame(timeNs, originalBytes!));
    const reference = createFlowMeter(watched.policy.definition, "all-or-none", () => {
      throw new RangeError("no group here");
    });
    let clockNs = some[0]!.timeNs;
    let state = reference.fresh(clockNs);
    feed(watched, some, 500);
    for (const { timeNs, originalBytes } of some) {
      clockNs = timeNs > clockNs ? timeNs : clockNs;
      ({ next: state } = reference.offer(state, { lengthBytes: originalBytes!, colorIn: 0 }, clockNs));
    }
    let isDrained = false;
    for (const laterNs of [0n, 1n, 50n * MS, 333n * MS, 1000n * MS, 7000n * MS, 3_600_000n * MS]) {
      const exact = reference.levels(state, clockNs + laterNs).map(({ num, den }) => Number(num) / Number(den));
      const nowNs = Number(clockNs + laterNs - some[0]!.timeNs);
      const now = watched.view.levels!.now(ONLY_FLOW, nowNs);
      const { buckets } = watched.policy.profiles[0]!;
      expect(now).toHaveLength(buckets.length);
      for (const [nth, { level, depth }] of now.entries()) {
        expect(depth).toBeCloseTo(Number(buckets[nth]!.depthLevel) / Number(buckets[nth]!.levelPerUnit), 9);
        expect(Math.abs(level - exact[nth]!), `bucket ${nth}, ${laterNs} ns later`).toBeLessThan(1e-6);
      }
      isDrained = now.every(({ level }) => level === 0);
      const parts = now.map(({ level, depth }) => level / depth);
      expect(watched.view.levels!.fullness(ONLY_FLOW, nowNs)).toBeCloseTo(Math.max(...parts), 9);
    }
    expect(isDrained).toBe(true);
  });
});

describe("bins", () => {
  test("rates are means over whole seconds, and over fewer while the run is young", () => {
    const bins = new Bins();
    for (const [second, bytes] of [
      [0, 100],
      [1, 300],
      [1, 100],
      [2, 900],
    ] as const) {
      bins.add(second, [0, 0, 1, 0, 0, bytes]);
    }
    expect(bins.rates(1, 2)).toMatchObject({ averaged: 1, perSec: { red: { packets: 2, bytes: 400 } } });
    expect(bins.rates(10, 2)).toMatchObject({ averaged: 2, perSec: { red: { packets: 1.5, bytes: 250 } } });
    expect(bins.rates(10, 0)).toMatchObject({ averaged: 0, perSec: { red: { packets: 0, bytes: 0 } } });
    // Seconds without packets count.
    expect(bins.rates(10, 20).perSec.red.bytes).toBe(0);
  });

  test("no more than ten minutes are kept, and packets of older seconds change nothing", () => {
    const bins = new Bins();
    bins.add(0, [1, 0, 0, 0, 0, 0]);
    bins.add(5, [1, 0, 0, 2, 0, 0]);
    bins.advance(BINS_MAX + 2);
    expect(bins.rows(0, 6).map(([green]) => green)).toEqual([0, 0, 0, 0, 0, 1, 0]);
    bins.add(1, [1, 0, 0, 0, 0, 0]);
    expect(
      bins
        .rows(0, BINS_MAX + 2)
        .flat()
        .reduce((sum, value) => sum + value, 0),
    ).toBe(3);
    bins.advance(10 * BINS_MAX);
    expect(
      bins
        .rows(0, 10 * BINS_MAX)
        .flat()
        .every((value) => value === 0),
    ).toBe(true);
  });
});

describe("the pace of a replay", () => {
  test("at its own pace, at another, paused, and on at full speed", () => {
    const pace = new Pace(1);
    pace.start(0, 1000);
    expect(pace.dueNs(1500)).toBe(500e6);
    expect(pace.waitMs(700e6, 1500)).toBe(200);
    pace.setSpeed(4, 500e6, 1500);
    expect(pace.dueNs(1600)).toBe(900e6);
    expect(pace.waitMs(1300e6, 1600)).toBe(100);
    pace.pause(true, 900e6, 1600);
    expect(pace.dueNs(9000)).toBe(900e6);
    expect(pace.waitMs(901e6, 9000)).toBe(Infinity);
    pace.pause(false, 900e6, 9000);
    expect(pace.dueNs(9100)).toBe(1300e6);
    pace.setSpeed(SPEED_MAX, 1300e6, 9100);
    expect([pace.dueNs(9101), pace.isFree]).toEqual([Infinity, true]);
    // From full speed back it goes on from what is shown.
    pace.setSpeed(1, 5000e6, 9200);
    expect(pace.dueNs(9300)).toBe(5100e6);
  });

  test("keys double and halve, up to full speed and back", () => {
    expect(nextSpeed(1, 1)).toBe(2);
    expect(nextSpeed(3, -1)).toBe(2);
    expect(nextSpeed(1024, 1)).toBe(SPEED_MAX);
    expect(nextSpeed(SPEED_MAX, 1)).toBe(SPEED_MAX);
    expect(nextSpeed(SPEED_MAX, -1)).toBe(1024);
    expect(nextSpeed(0.125, -1)).toBe(0.125);
    expect([speedText(0.5), speedText(SPEED_MAX)]).toEqual(["x0.5", "full speed"]);
  });
});

describe("worst flows", () => {
  const MANY = 30_000;
  const watched = meterOf(POLICY, 1 << 17);
  const spread = Array.from({ length: 2 * MANY }, (_, index) =>
    ipFrame(BigInt(index), 60 + ((index * 104_729) % 1400), {
      source: `10.${(index % MANY) >>> 8}.${index % 256}.7`,
      sourcePort: index % MANY,
    }),
  );
  const heavy = Array.from({ length: 50 }, (_, index) =>
    ipFrame(BigInt(2 * MANY + index), 1400, { sourcePort: 40_000 + (index % 3) }),
  );
  feed(watched, [...spread, ...heavy], 1 << 18);
  const survey = surveyRecords(watched.meter, WORST_MAX).flows;
  const nameOf = (index: number) => {
    watched.meter.core.writeFlowName(index);
    const { text } = watched.meter.views;
    return new TextDecoder().decode(text.subarray(0, watched.meter.core.textBytes()));
  };

  test("are those of a whole survey, once a round is whole", () => {
    const worst = new WorstFlows(watched.meter, watched.view);
    worst.lookAtAll(watched.view.clockNs);
    expect(worst.flows).toBe(survey.count);
    expect(worst.flows).toBeGreaterThan(MANY);
    expect(worst.worst("red bytes", WORST_MAX, 0).map(nameOf)).toEqual(survey.worst.map(({ flow }) => flow));
  });

  test("a look without time sees a part, and the looks together see all", () => {
    const worst = new WorstFlows(watched.meter, watched.view);
    worst.look(0, 0);
    expect(worst.flows).toBeLessThan(survey.count);
    expect(worst.worst("red bytes", 5, 0)).toHaveLength(5);
    for (let look = 0; look < MANY; look += 1000) worst.look(0, 0);
    expect(worst.flows).toBe(survey.count);
    expect(worst.worst("red bytes", 3, 0).map(nameOf)).toEqual(survey.worst.slice(0, 3).map(({ flow }) => flow));
  });

  test.for(ORDERS)("by %s", (order) => {
    const worst = new WorstFlows(watched.meter, watched.view);
    const nowNs = watched.view.clockNs;
    worst.lookAtAll(nowNs);
    const indexes = worst.worst(order, WORST_MAX, nowNs);
    expect(indexes).toHaveLength(WORST_MAX);
    const levels = indexes.map((index) => watched.view.levels!.fullness(index, nowNs));
    if (order === "level") expect(levels).toEqual(levels.toSorted((left, right) => right - left));
    if (order === "level") expect(levels[0]).toBeGreaterThan(0.5);
    expect(new Set(indexes).size).toBe(WORST_MAX);
  });
});
