// Goal: what a report says and draws of a shaper is what became of every single packet: delays, backlog, totals.
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { coreModule } from "../src/core/module.node.ts";
import { compilePolicy, compileShaper, type ShaperInput } from "../src/policies.ts";
import { BatchClock } from "../src/see/batchclock.ts";
import { bucketsInfoOf } from "../src/see/bucketinfo.ts";
import { delaysBetween } from "../src/see/delayview.ts";
import { flowNameOf } from "../src/cli/looked.ts";
import { unpackDelays, unpackMarks, unpackSteps } from "../src/see/packing.ts";
import { openInput } from "../src/trace/input.ts";
import { CaptureMeter } from "../src/trace/meter.ts";
import type { ShaperPolicy } from "../src/types.ts";
import { ipFrame, meterJson, MS, OFFICE, Scratch, type SummaryJson, weir } from "./support/cli.ts";
import { drawnPanels } from "./support/drawn.ts";
import { dataOf, levelAt, reportOf, sumOf } from "./support/seen.ts";

const scratch = new Scratch();
const WORD = 2 ** 32;
const RED = 2;

const SHAPERS: readonly (readonly [string, ShaperInput])[] = [
  ["a fluid queue", { shaper: "leaky-bucket", rate: "1 Mbit/s", burst: "16 kB" }],
  ["packets in a queue", { shaper: "leaky-bucket", rate: "1 Mbit/s", burst: "9 packets", count: "packets" }],
  ["bytes in a queue", { shaper: "leaky-bucket", rate: "1 Mbit/s", burst: "20 kB", count: "bytes" }],
  ["what passes at once", { shaper: "token-bucket", rate: "1 Mbit/s", burst: "4 kB", limit: "16 kB" }],
  ["a queue bounded by time", { shaper: "token-bucket", rate: "2 Mbit/s", burst: "4 kB", maxDelay: "50 ms" }],
  ["two rates", { shaper: "two-rate", cir: "1 Mbit/s", cbs: "9 kB", pir: "3 Mbit/s", pbs: "3 kB", limit: "16 kB" }],
  ["ticks", { shaper: "tick-bytes", tick: "10 ms", quantum: "3000 B", limit: "16 kB" }],
];

/** A packet as the core answers it; times from the first packet on. */
interface Seen {
  readonly flow: string;
  readonly atNs: number;
  readonly departureNs: number;
  readonly isDropped: boolean;
  readonly bytes: number;
  /** Level steps of the first bucket, and what waits in the queue. */
  readonly levels: readonly [number, number];
}

/** Every packet of a capture through a shaper. */
async function everyPacket(path: string, policy: ShaperPolicy): Promise<Seen[]> {
  const options = { captureCount: 1, maxFlows: 1 << 16, records: true, delays: false, skipOther: false } as const;
  const keying = { by: "5-tuple" } as const;
  const meter = new CaptureMeter(coreModule(), { ...options, policy, keying, levels: true, secret: [1, 2, 3, 4] });
  const input = await openInput(path);
  const clock = new BatchClock();
  const names = new Map<number, string>();
  const nameOf = (record: number) => names.get(record) ?? names.set(record, flowNameOf(meter, record)).get(record)!;
  const seen: Seen[] = [];
  for (;;) {
    const step = meter.step();
    if (step.kind === "done") break;
    if (step.kind === "needs") {
      meter.feed(step.capture, await input.read(() => meter.space(step.capture)));
      continue;
    }
    const { views } = meter;
    const column = clock.begin(views, step.packets);
    for (let packet = 0; packet < step.packets; packet += 1) {
      const [one, two] = views.levels.map((level) => level[2 * packet + 1]! * WORD + level[2 * packet]!);
      seen.push({
        flow: nameOf(views.flow[packet]!),
        atNs: clock.elapsedNs(column, packet),
        departureNs: clock.elapsedNs(views.departure, packet),
        isDropped: views.color[packet] === RED,
        bytes: views.length[packet]!,
        levels: [one!, two!],
      });
    }
  }
  await input.close();
  return seen;
}

/** Units of a flow's packets that have come and not left; packets where the queue counts them. */
function waitingAt({ definition }: ShaperPolicy, own: readonly Seen[], nowNs: number): number {
  const waiting = own.filter(({ isDropped, atNs, departureNs }) => !isDropped && atNs <= nowNs && departureNs > nowNs);
  return definition.bounds.count === "packets" ? waiting.length : sumOf(waiting.map(({ bytes }) => bytes));
}

/** The packets of each row of the table of delays. */
function packetsByDelay(html: string): number[] {
  const [, table = ""] = /Packets by delay<\/caption>([\s\S]*?)<\/table>/u.exec(html) ?? [];
  return [...table.matchAll(/class="over">([\d,]+)</gu)].map(([, text]) => Number(text!.replaceAll(",", "")));
}

describe.each(SHAPERS)("%s", (_, input) => {
  const policy = compileShaper(input);
  const made = Promise.all([reportOf([OFFICE], policy, { charts: 4 }), everyPacket(OFFICE, policy)]);

  test("delays over time are those of the packets, and every packet that departs is counted once", async () => {
    const [{ data, html }, packets] = await made;
    const { widthNs, packets: counts, leastNs, mostNs, meanNs } = unpackDelays(data.delays!);
    const departed = packets.filter(({ isDropped }) => !isDropped);
    expect(sumOf(counts)).toBe(departed.length);
    const expected = counts.map(() => 0);
    const [least, most, sum] = [counts.map(() => Infinity), counts.map(() => 0), counts.map(() => 0)];
    for (const { atNs, departureNs } of departed) {
      const [bin, delayNs] = [Math.floor(atNs / widthNs), departureNs - atNs];
      expected[bin]! += 1;
      sum[bin]! += delayNs;
      least[bin] = Math.min(least[bin]!, delayNs);
      most[bin] = Math.max(most[bin]!, delayNs);
    }
    expect(counts).toStrictEqual(expected);
    expect(leastNs).toStrictEqual(least.map((delayNs, bin) => (counts[bin] === 0 ? 0 : delayNs)));
    expect(mostNs).toStrictEqual(most);
    const offNs = meanNs.map((mean, bin) => (counts[bin] === 0 ? 0 : Math.abs(mean - sum[bin]! / counts[bin]!)));
    expect(Math.max(...offNs)).toBeLessThan(Math.max(...mostNs) / 2 ** 23);
    expect(sumOf(packetsByDelay(html))).toBe(departed.length);
  });

  test("no step of the chart loses the longest delay", async () => {
    const [{ data }] = await made;
    const delays = unpackDelays(data.delays!);
    for (const columns of [7, 100, 555]) {
      const view = delaysBetween(delays, 0, data.spanNs, columns);
      expect(view.packets.length).toBeLessThanOrEqual(columns + 1);
      expect(Math.max(...view.mostNs.map((most) => most ?? 0))).toBe(Math.max(...delays.mostNs));
      expect(sumOf(view.packets)).toBe(sumOf(delays.packets));
    }
  });

  test("the backlog after each packet is what waits then, and each dropped packet has its mark", async () => {
    const [{ data }, packets] = await made;
    expect(data.watched.length).toBe(4);
    for (const flow of data.watched) {
      const own = packets.filter((packet) => packet.flow === flow.flow);
      const [packed] = flow.steps;
      const steps = unpackSteps(packed!);
      expect(sumOf(unpackMarks(flow.red).packets)).toBe(own.filter(({ isDropped }) => isDropped).length);
      if (packed!.thinnedNs > 0) continue;
      const [{ levelPerUnit }] = policy.profile.buckets;
      for (const [index, { atNs, levels }] of own.entries()) {
        if (index % 7 !== 0 || own[index + 1]?.atNs === atNs) continue;
        const waits =
          policy.profile.kernel === "fluid-shaper" ? levels[0] / Number(levelPerUnit) : waitingAt(policy, own, atNs);
        expect(Math.abs(levelAt(steps, atNs) - waits)).toBeLessThan(0.01);
        if (policy.profile.kernel !== "fluid-shaper" && policy.definition.bounds.limit !== null) {
          expect(waits).toBe(levels[1]);
        }
      }
    }
  });
});

describe("through the command", () => {
  const file = scratch.write("shaper.yaml", "shaper: leaky-bucket\nrate: 1 Mbit/s\nburst: 16 kB\n");

  test("totals are those of weir meter, figures those of weir shape", () => {
    const path = scratch.at("shaped.html");
    expect(weir(["report", OFFICE, "--policy", file, "-o", path, "--quiet"])).toStrictEqual({
      code: 0,
      stdout: "",
      stderr: "",
    });
    const html = weir(["report", OFFICE, "--policy", file, "-o", "-"]).stdout;
    const summary = dataOf(html).summary as SummaryJson;
    const expected = meterJson([OFFICE, "--policy", file]);
    expect({ ...summary, memory: null }).toStrictEqual({ ...expected, topFlows: [], memory: null });
    const shaped = weir(["shape", OFFICE, "--policy", file, "-o", scratch.at("out.pcap"), "--json"]);
    const { shape } = JSON.parse(shaped.stdout) as {
      readonly shape: { readonly delay: { readonly mostNs: number; readonly leastNs: number; readonly flow: string } };
    };
    const { mostNs, leastNs } = dataOf(html).delays!;
    const whole = unpackDelays({ ...dataOf(html).delays!, mostNs, leastNs });
    expect(Math.max(...whole.mostNs)).toBe(shape.delay.mostNs);
    expect(Math.min(...[...whole.leastNs].filter((_, bin) => whole.packets[bin]! > 0))).toBe(shape.delay.leastNs);
    expect(html).toContain(`<td>${shape.delay.flow.replace(">", "&gt;")}</td>`);
    expect(html).toContain("Backlog of the worst flows");
  });

  test("weir plot draws the backlog", () => {
    const { code, stdout } = weir(["plot", OFFICE, "--policy", file, "-o", "-"]);
    expect(code).toBe(0);
    const [{ line }] = drawnPanels(stdout) as [ReturnType<typeof drawnPanels>[number]];
    expect(Math.max(...line.map(([, level]) => level))).toBeLessThan(16_100);
    expect(stdout).toContain(">queue 16 kB</text>");
    expect(stdout).toContain(">backlog</text>");
  });

  test("a pipe: delays, and why there is no backlog of whole packets", () => {
    const queue = scratch.write("queue.yaml", "shaper: token-bucket\nrate: 1 kB/s\nburst: 1 kB\nlimit: 2 kB\n");
    const frames = Array.from({ length: 9 }, (_, index) => ipFrame(BigInt(index) * MS, 1000));
    const path = scratch.pcap("few.pcap", frames);
    const { stdout } = weir(["report", path, "--policy", queue, "-o", "-"]);
    expect(dataOf(stdout).watched.length).toBe(1);
    const input = scratch.pcap("pipe.pcap", frames);
    const piped = weir(["report", "-", "--policy", queue, "-o", "-"], { input: readFileSync(input) });
    expect(dataOf(piped.stdout).watched).toStrictEqual([]);
    expect(piped.stdout).toContain("what waited in the queues of flows is drawn in a second reading");
    expect(dataOf(piped.stdout).delays).toStrictEqual(dataOf(stdout).delays);
  });

  test("nothing, one packet, and dropped ones only", () => {
    const small = scratch.write("small.yaml", "shaper: leaky-bucket\nrate: 1 kB/s\nburst: 500 B\n");
    const none = weir(["report", scratch.pcap("none.pcap", []), "--policy", small, "-o", "-"]);
    expect([none.code, none.stderr]).toStrictEqual([0, ""]);
    const one = weir(["report", scratch.pcap("one.pcap", [ipFrame(0n, 100)]), "--policy", small, "-o", "-"]);
    expect([...unpackDelays(dataOf(one.stdout).delays!).mostNs]).toStrictEqual([100_000_000]);
    const frames = Array.from({ length: 5 }, (_, index) => ipFrame(BigInt(index) * MS, 1000));
    const red = weir(["report", scratch.pcap("red.pcap", frames), "--policy", small, "-o", "-"]);
    expect([red.code, red.stderr]).toStrictEqual([0, ""]);
    expect(red.stdout).toContain("No packet departed.");
    expect((dataOf(red.stdout).summary as SummaryJson).red.packets).toBe(5);
  });
});

test("a meter has no delays", async () => {
  const policy = compilePolicy({ meter: "token-bucket", rate: "1 Mbit/s", burst: "16 kB" });
  const { data, html } = await reportOf([OFFICE], policy, { charts: 1 });
  expect(data.delays).toBeNull();
  expect(html).not.toContain("Delay and backlog");
  expect(bucketsInfoOf(policy)[0]!.line).toBe("level");
});
