// Goal: what the page draws is there: no spike lost, steps vertical, every refused packet marked, the latest move shown.
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { LinePoints } from "../src/playground/picture/linereducer.ts";
import { LineReducer } from "../src/playground/picture/linereducer.ts";
import { intervalFor } from "../src/playground/picture/rates.ts";
import { firstFrom } from "../src/see/search.ts";
import type { Picture } from "../src/playground/protocol.ts";
import { ipFrame, meterRows, MS, OFFICE, optionsOf, Scratch } from "./support/cli.ts";
import { COLUMNS, fileSource, PlaygroundRun, QUERY, sourceOf, stateOf } from "./support/playground.ts";
import { type WrittenFrame, writePcap } from "./support/writer.ts";

const scratch = new Scratch();
const RATE = { rate: "1 Mbit/s", burst: "16 kB" } as const;
const TOKEN_BUCKET = stateOf("token-bucket", RATE);

function source(frames: readonly WrittenFrame[]) {
  return sourceOf("made.pcap", writePcap(frames, { clock: "nano" }));
}

/** A packet each millisecond for a second, and 50 at once in the middle. */
function spike(): WrittenFrame[] {
  const steady = Array.from({ length: 1000 }, (_, index) => ipFrame(BigInt(index) * MS, 125));
  const burst = Array.from({ length: 50 }, () => ipFrame(501n * MS, 1250, { sourcePort: 7 }));
  return [...steady.slice(0, 502), ...burst, ...steady.slice(502)];
}

function names({ flows }: Picture): string[] {
  return flows.rows.map(({ name }) => name);
}

/** A clock that runs on with every look at it: any pass takes long. */
function slowClock(): () => number {
  let nowMs = 0;
  return () => (nowMs += 9);
}

/** Lowest and highest y of the points of one column. */
function rangeAt({ x, y }: LinePoints, fromNs: number, toNs: number): readonly [number, number] {
  const values = [...y].filter((_, index) => x[index]! >= fromNs && x[index]! <= toNs);
  return [Math.min(...values), Math.max(...values)];
}

describe("a line in few points", () => {
  test("keeps first, lowest, highest and last of each column, in their order", () => {
    const steps = fc.array(fc.tuple(fc.integer({ min: 0, max: 30 }), fc.integer({ min: -50, max: 50 })), {
      maxLength: 200,
    });
    fc.assert(
      fc.property(steps, fc.integer({ min: 1, max: 12 }), (moves, columns) => {
        let x = 0;
        const points = moves.map(([dx, y]) => [(x += dx), y] as const);
        const to = x + 1;
        const reducer = new LineReducer(0, to, columns);
        for (const [at, y] of points) reducer.add(at, y);
        const drawn = reducer.points();
        const kept = Array.from(drawn.x, (at, index) => [at, drawn.y[index]!] as const);
        for (let column = 0; column < columns; column += 1) {
          const within = (all: readonly (readonly [number, number])[]) =>
            all.filter(([at]) => Math.floor((at * columns) / to) === column);
          const [all, few] = [within(points), within(kept)];
          expect(few.length).toBeLessThanOrEqual(4);
          expect([few[0], few.at(-1)]).toEqual([all[0], all.at(-1)]);
          const ys = (some: typeof all) => some.map(([, y]) => y);
          expect([Math.min(...ys(few)), Math.max(...ys(few))]).toEqual([Math.min(...ys(all)), Math.max(...ys(all))]);
        }
        expect([...drawn.x]).toEqual([...drawn.x].toSorted((left, right) => left - right));
      }),
    );
  });

  test("the first place of a value in a column that does not fall", () => {
    const values = Float64Array.of(0, 2, 2, 5);
    expect([-1, 0, 1, 2, 3, 5, 6].map((least) => firstFrom(values, least))).toEqual([0, 0, 1, 1, 3, 3, 4]);
  });
});

describe("rates", () => {
  test("a spike of one millisecond stands at its pixel, however wide the window", async () => {
    const run = new PlaygroundRun();
    await run.load(source(spike()));
    for (const columns of [40, 300, 900]) {
      const { rates, window } = await run.picture(TOKEN_BUCKET, { columns, intervalNs: 1e6 });
      // 50 packets of 1250 B and one of 125 in a millisecond.
      expect(rates.largest).toBe((50 * 1250 + 125) * 8 * 1000);
      const columnNs = (window.toNs - window.fromNs) / columns;
      const [, highest] = rangeAt(rates.lines.offered, 501e6 - columnNs, 501e6 + columnNs);
      expect(highest).toBe(rates.largest);
      expect(rangeAt(rates.lines.offered, 100e6, 400e6)).toEqual([1e6, 1e6]);
      expect(rates.lines.offered.x.length).toBeLessThanOrEqual(4 * columns);
    }
  });

  test("offered is green, yellow and red; sums are the totals", async () => {
    const run = new PlaygroundRun();
    await run.load(fileSource(OFFICE));
    const state = stateOf("srtcm", { cir: "1 Mbit/s", cbs: "8 kB", ebs: "16 kB" });
    const { rates, totals } = await run.picture(state, { columns: 100_000, intervalNs: 1e7 });
    // With a column of pixels for less than an interval, steps are whole: two points each.
    for (const name of ["green", "yellow", "red"] as const) {
      const { x, y } = rates.lines[name];
      let bits = 0;
      for (let index = 1; index < x.length; index += 1) {
        if (y[index] === y[index - 1]) bits += (y[index]! * (x[index]! - x[index - 1]!)) / 1e9;
      }
      // The last interval is cut by the window.
      expect(bits / 8 / totals[name].bytes).toBeCloseTo(1, 2);
    }
  });

  test("packets are counted where packets are the cost", async () => {
    const run = new PlaygroundRun();
    await run.load(source(spike()));
    const state = stateOf("token-bucket", { rate: "10 packets/s", burst: "5 packets" });
    const { rates } = await run.picture(state, { intervalNs: 1e6 });
    expect([rates.unit, rates.largest]).toEqual(["packets/s", 51_000]);
  });

  test("intervals are 1, 2 or 5 times a power of ten, and not too many", () => {
    const window = { fromNs: 0, toNs: 25e9 };
    expect(intervalFor(window, 0, 900)).toBe(20e6);
    expect(intervalFor(window, 1e9, 900)).toBe(1e9);
    expect(intervalFor({ fromNs: 0, toNs: 86_400e9 }, 1e5, 900)).toBe(1e9);
    expect(intervalFor({ fromNs: 0, toNs: 1000 }, 0, 900)).toBe(1000);
  });
});

describe("levels", () => {
  const frames = Array.from({ length: 60 }, (_, index) =>
    ipFrame(BigInt(index * index) * 200_000n, 200 + 37 * (index % 9), { sourcePort: 1000 + (index % 2) }),
  );
  const capture = scratch.pcap("levels.pcap", frames);
  const policies = [
    stateOf("token-bucket", { rate: "200 kbit/s", burst: "2 kB" }),
    stateOf("srtcm", { cir: "100 kbit/s", cbs: "1 kB", ebs: "2 kB" }),
    stateOf("trtcm", { cir: "50 kbit/s", cbs: "1 kB", pir: "100 kbit/s", pbs: "1500 B" }, "all"),
    stateOf("turner", { rate: "100 kbit/s", burst: "1 kB", cap: "3 kB" }),
    stateOf("event-counter", { rate: "20 packets/s", alarm: "4", clear: "1" }, "all"),
  ];

  test.for(policies.map((state) => [state.meter, state] as const))(
    "%s: the line goes through every level that --levels prints, with vertical steps",
    async ([, state]) => {
      const run = new PlaygroundRun();
      await run.load(fileSource(capture));
      // A column of pixels for each packet and more: nothing is left out.
      const { levels, levelFlow } = await run.picture(state, { columns: 200_000 });
      const by = state.by === "all" ? ["--by", "all"] : [];
      const rows = meterRows([capture, "--meter", state.meter, ...optionsOf(state.values), ...by, "--levels"]).filter(
        ({ flow }) => flow === levelFlow!.name,
      );
      expect(rows.length).toBe(levels!.packets);
      for (const [index, { line }] of levels!.buckets.entries()) {
        const at = (timeNs: number) => [...line.y].filter((_, point) => Math.abs(line.x[point]! - timeNs) < 1e-3);
        for (const row of rows) {
          const seen = at(Number(row.timeNs - rows[0]!.timeNs) + Number(rows[0]!.timeNs - frames[0]!.timeNs));
          // Before and after the packet at one time: the step is vertical.
          expect(seen.length).toBeGreaterThanOrEqual(1);
          expect(seen.at(-1)).toBeCloseTo(Number(row.levels![index]), 5);
        }
      }
      const red = rows.filter(({ color }) => color === "red").length;
      const marked = levels!.buckets.reduce(
        (all, { marks }) => marks.packets.reduce((sum, count) => sum + count, all),
        0,
      );
      expect([levels!.refused, marked]).toEqual([red, red]);
    },
  );

  test("in few pixels the extremes are the same, and marks stand for all refused packets", async () => {
    const run = new PlaygroundRun();
    await run.load(fileSource(OFFICE));
    const fine = (await run.picture(TOKEN_BUCKET, { columns: 50_000 })).levels!;
    for (const by of ["5-tuple", "all"]) {
      const coarse = (await run.picture({ ...TOKEN_BUCKET, by }, { columns: 60 })).levels!;
      const [bucket] = coarse.buckets;
      expect(bucket!.line.x.length).toBeLessThanOrEqual(4 * 60);
      expect(bucket!.marks.packets.reduce((sum, count) => sum + count, 0)).toBe(coarse.refused);
      expect(bucket!.marks.x.length).toBeLessThanOrEqual(60);
    }
    const coarse = (await run.picture(TOKEN_BUCKET, { columns: 61 })).levels!;
    expect(Math.max(...coarse.buckets[0]!.line.y)).toBe(Math.max(...fine.buckets[0]!.line.y));
    expect(coarse.refused).toBe(fine.refused);
  });

  test("a part of the time begins where the whole is at that time", async () => {
    const run = new PlaygroundRun();
    await run.load(fileSource(capture));
    const state = policies[0]!;
    const whole = (await run.picture(state, { columns: 200_000 })).levels!.buckets[0]!.line;
    const window = { fromNs: 3e8, toNs: 5e8 };
    const part = (await run.picture(state, { columns: 200_000, window })).levels!.buckets[0]!.line;
    expect([part.x[0], part.x.at(-1)]).toEqual([3e8, 5e8]);
    const inside = [...whole.x].flatMap((x, index) => (x > 3e8 && x < 5e8 ? [[x, whole.y[index]!]] : []));
    const drawn = [...part.x].flatMap((x, index) => (x > 3e8 && x < 5e8 ? [[x, part.y[index]!]] : []));
    expect(drawn).toEqual(inside);
  });

  test("a meter whose level is not one flow's own has none", async () => {
    const run = new PlaygroundRun();
    await run.load(fileSource(capture));
    expect((await run.picture(stateOf("weighted", RATE))).levels).toBeNull();
    const three = "1 Mbit/s 3 kB\n2 Mbit/s 2 kB\n100 packets/s 9 packets";
    expect((await run.picture(stateOf("multi", { bucket: three }))).levels).toBeNull();
    expect((await run.picture(stateOf("multi", { bucket: three.split("\n")[0]! }))).levels).not.toBeNull();
  });
});

describe("the table of flows", () => {
  test("sorts by every column, both ways, and searches", async () => {
    const run = new PlaygroundRun();
    await run.load(fileSource(OFFICE));
    for (const sort of ["packets", "bytes", "redPackets", "redBytes"] as const) {
      for (const isAscending of [false, true]) {
        const { flows } = await run.picture(TOKEN_BUCKET, { query: { ...QUERY, sort, isAscending } });
        const values = flows.rows.map((row) => row[sort]);
        expect(values).toEqual(values.toSorted((left, right) => (isAscending ? left - right : right - left)));
        expect([values.length, flows.found, flows.flows]).toEqual([50, 8435, 8435]);
      }
    }
    const found = await run.picture(TOKEN_BUCKET, { query: { ...QUERY, search: " 10.2.0.5:5201 " } });
    expect(names(found).length).toBe(found.flows.found);
    expect(names(found).every((name) => name.includes("10.2.0.5:5201"))).toBe(true);
    expect(names(await run.picture(TOKEN_BUCKET, { query: { ...QUERY, search: "nobody" } }))).toEqual([]);
  });

  test("a chosen flow's level is shown instead of the worst one's", async () => {
    const run = new PlaygroundRun();
    await run.load(fileSource(OFFICE));
    const worst = await run.picture(TOKEN_BUCKET);
    expect(worst.levelFlow!.name).toBe(worst.flows.rows[0]!.name);
    const { flow, redPackets } = worst.flows.rows[7]!;
    const chosen = await run.picture(TOKEN_BUCKET, { flow });
    expect([chosen.levelFlow!.flow, chosen.levels!.refused]).toEqual([flow, redPackets]);
  });
});

describe("moves that follow each other", () => {
  test("the latest wins, and each pass shows something before it gives way", async () => {
    const run = new PlaygroundRun(slowClock());
    await run.load(fileSource(OFFICE));
    const asks = [4, 8, 12].map((burst) => run.askOf(stateOf("token-bucket", { ...RATE, burst: `${burst} kB` })));
    run.session.ask(asks[0]!);
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
    run.session.ask(asks[1]!);
    const last = await run.picture(TOKEN_BUCKET);
    expect(last.totals.red.packets).toBe(17_075);
    // The first was begun and shown in part; the second never was.
    const shown = new Set(run.pictures.map(({ id }) => id));
    expect([...shown]).toEqual([asks[0]!.id, last.id]);
    expect(run.pictures.filter(({ id }) => id === asks[0]!.id).every(({ metered }) => metered < 108_737)).toBe(true);
  });

  test("a pass that takes long shows how far it is, in order", async () => {
    const run = new PlaygroundRun(slowClock());
    await run.load(fileSource(OFFICE));
    const { id } = await run.picture(TOKEN_BUCKET);
    const parts = run.pictures.filter((picture) => picture.id === id);
    expect(parts.length).toBeGreaterThan(2);
    const metered = parts.map((picture) => picture.metered);
    expect(metered).toEqual(metered.toSorted((left, right) => left - right));
    // Rates end where metering is.
    const [first] = parts;
    const { offered } = first!.rates.lines;
    expect(offered.x.at(-1)!).toBeLessThan(first!.window.toNs);
    const { green, red } = first!.totals;
    expect(green.packets + red.packets).toBe(first!.metered);
  });

  test("the same policy is not metered again for another part of the time", async () => {
    const run = new PlaygroundRun();
    await run.load(fileSource(OFFICE));
    const whole = await run.picture(TOKEN_BUCKET);
    const part = await run.picture(TOKEN_BUCKET, { window: { fromNs: 1e9, toNs: 2e9 }, columns: COLUMNS });
    expect(part.totals).toEqual(whole.totals);
    expect(part.levels!.packets).toBeLessThan(whole.levels!.packets);
  });
});
