// Goal: the documents of the meters say what the code says, and the pictures show what the engines answer.
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { format } from "prettier";
import { describe, expect, test } from "vitest";
import { compiled } from "../scripts/docs/metered.ts";
import { pictureOf } from "../scripts/docs/picture.ts";
import {
  DOCUMENTS,
  drawnScene,
  pictureFile,
  SCENES,
  shownCommands,
  shownPart,
  withMadeParts,
  wordsOf,
} from "../scripts/docs/document.ts";
import type { Panel, Scene } from "../scripts/docs/scene.ts";
import { trackOf } from "../scripts/docs/track.ts";
import { compilePolicy, METERS, type PolicyInput } from "../src/policies.ts";
import { createFlowMeter } from "../src/reference/flowmeters.ts";
import { createReferenceEngine } from "../src/reference/meter.ts";
import type { Policy } from "../src/types.ts";
import { type DrawnPanel, drawnPanels } from "./support/drawn.ts";
import { ENGINES, engineOptions } from "./support/engines.ts";
import { MS, ROOT, weir } from "./support/cli.ts";
import { type Outcome, type Packet, runPackets } from "./support/run.ts";

const PICTURE_BYTES_MAX = 12_000;
/** Coordinates are written to a hundredth of a pixel. */
const PIXELS_OFF_MAX = 0.02;
/** A line that falls through a panel within a few pixels carries an error along x into one along y. */
const STEEP_PIXELS_OFF_MAX = 0.2;
/** Times between packets at which a line is read. */
const LOOKS = 97;

const texts = new Map(DOCUMENTS.map((path) => [path, readFileSync(join(ROOT, path), "utf8")]));

/** The name that a heading has in links. */
function anchorsOf(markdown: string): Set<string> {
  return new Set(
    [...markdown.matchAll(/^#+ (.+)$/gmu)].map(([, heading]) =>
      heading!
        .toLowerCase()
        .replace(/[^\w\- ]/gu, "")
        .replaceAll(" ", "-"),
    ),
  );
}

describe.each(DOCUMENTS)("%s", (path) => {
  const text = texts.get(path)!;

  test("its tables and pictures are those of the code", async () => {
    expect(await format(withMadeParts(text), { parser: "markdown", printWidth: 120 })).toBe(text);
  });

  test("its commands print what it shows", () => {
    const commands = shownCommands(text);
    expect(commands.length).toBeGreaterThan(1);
    for (const { command, output } of commands) {
      const [program, ...args] = wordsOf(command);
      const { code, stdout, stderr } = weir(args);
      expect([program, code, stderr], command).toEqual(["weir", 0, ""]);
      expect(shownPart(stdout), command).toBe(output);
    }
  });

  test("its links lead somewhere", () => {
    const links = [...text.matchAll(/\]\(([^)\s]+)\)/gu)].map(([, link]) => link!);
    expect(links.length).toBeGreaterThan(5);
    const lost = links.filter((link) => {
      const [file, anchor] = link.split("#");
      const target = file === "" ? path : join(dirname(path), file!);
      if (!existsSync(join(ROOT, target))) return true;
      return anchor !== undefined && !anchorsOf(readFileSync(join(ROOT, target), "utf8")).has(anchor);
    });
    expect(lost).toEqual([]);
  });
});

test("the program of docs/meters.md prints what it shows", () => {
  const [, program, output] = /```js\n([\s\S]*?)```\n\n```text\n([\s\S]*?)```/u.exec(texts.get("docs/meters.md")!)!;
  const run = spawnSync(process.execPath, ["--input-type=module", "--eval", program!], { cwd: ROOT, encoding: "utf8" });
  expect([run.stdout, run.stderr]).toEqual([output, ""]);
});

test("every meter has a section with its parameters", () => {
  const text = texts.get("docs/meters.md")!;
  const sections = text.split(/^## /mu).slice(1);
  for (const { name } of METERS) {
    const section = sections.find((part) => part.split("\n")[0]!.split(", ").includes(name));
    expect(section, name).toMatch(/<!-- made: parameters [\w-]+ -->/u);
    expect(section, name).toContain("**Corners.**");
  }
});

/** The packets of a scene that go through a panel's bucket, metered by a run of their own. */
function outcomeOf(scene: Scene, panel: Panel): { readonly outcome: Outcome; readonly isSeen: readonly boolean[] } {
  const policy = compiled(panel.policy);
  const packets = scene.packets.map(({ atMs, bytes, colorIn, class: name }): Packet => ({
    timeNs: BigInt(Math.round(atMs * 1000)) * (MS / 1000n),
    length: bytes,
    key: 0n,
    ...(colorIn === undefined ? {} : { colorIn }),
    ...(policy.meter === "classes" ? { class: policy.classes.findIndex((known) => known.name === name) } : {}),
  }));
  const outcome = runPackets(createReferenceEngine(engineOptions(policy, { levels: true })), packets);
  const isSeen = scene.packets.map(({ class: name }) => passesThrough(policy, name, panel.node));
  return { outcome, isSeen };
}

function passesThrough(policy: Policy, className: string | undefined, node: string | undefined): boolean {
  if (policy.meter !== "classes") return true;
  return policy.classes.some(({ name, path }) => name === className && path.some((entry) => entry.name === node));
}

const NAMES = ["green", "yellow", "red"] as const;
const DRAWN = SCENES.map((scene) => ({ name: scene.name, scene, svg: drawnScene(scene) }));

describe.each(DRAWN)("the picture $name", ({ scene, svg }) => {
  const panels = drawnPanels(svg);

  test("lies in the repository as the code draws it, and is small", () => {
    expect(readFileSync(join(ROOT, pictureFile(scene)), "utf8")).toBe(svg);
    expect(drawnScene(scene)).toBe(svg);
    expect(svg.length).toBeLessThan(PICTURE_BYTES_MAX);
    expect(svg).toContain("prefers-color-scheme:dark");
  });

  test("marks every packet with its color", () => {
    expect(panels.map(({ title }) => title)).toEqual(scene.panels.map(({ label }) => label));
    for (const [index, panel] of scene.panels.entries()) {
      const { outcome, isSeen } = outcomeOf(scene, panel);
      const expected = outcome.colors
        .map((color, packet) => ({ color, packet }))
        .filter(({ color, packet }) => isSeen[packet] === true && (panel.asked ?? [0, 1, 2]).includes(color as 0))
        .map(({ color, packet }) => ({ color: NAMES[color], timeMs: scene.packets[packet]!.atMs }));
      const { marks, nsPerPixel } = panels[index]!;
      expect(marks.map(({ color }) => color)).toEqual(expected.map(({ color }) => color));
      for (const [mark, { timeMs }] of expected.entries()) {
        expect(Math.abs(marks[mark]!.timeNs - timeMs * 1e6)).toBeLessThan(PIXELS_OFF_MAX * nsPerPixel);
      }
      const crosses = marks.filter(({ color }) => color === "red").length;
      expect(crosses).toBe(outcome.colors.filter((color, packet) => color === 2 && isSeen[packet]).length);
    }
  });

  test("falls in straight lines and steps up at packets only", () => {
    for (const { line, marks, nsPerPixel, levelPerPixel } of panels) {
      expect(line.length).toBeGreaterThan(2);
      for (const [index, [timeNs, level]] of line.slice(1).entries()) {
        const [lastNs, last] = line[index]!;
        expect(timeNs).toBeGreaterThanOrEqual(lastNs);
        if (level <= last) continue;
        expect(timeNs).toBe(lastNs);
        const isAtMark = marks.some((mark) => Math.abs(mark.timeNs - timeNs) < PIXELS_OFF_MAX * nsPerPixel);
        expect(isAtMark).toBe(true);
      }
      for (const [, level] of line) expect(level).toBeGreaterThan(-PIXELS_OFF_MAX * levelPerPixel);
    }
  });

  test("passes through the level after every packet", () => {
    for (const [index, panel] of scene.panels.entries()) {
      const policy = compiled(panel.policy);
      if (policy.meter === "classes") continue;
      const { outcome } = outcomeOf(scene, panel);
      const bucket = panel.bucket ?? 0;
      const { levelPerUnit } = policy.profiles[0]!.buckets[bucket]!;
      const { line, levelPerPixel, nsPerPixel } = panels[index]!;
      for (const [packet, { atMs }] of scene.packets.entries()) {
        const level = Number(outcome.levels[packet]![bucket]) / Number(levelPerUnit);
        const off = line.flatMap(([timeNs, drawn], from) => {
          const next = line[from + 1] ?? [timeNs, drawn];
          if (atMs * 1e6 < timeNs - nsPerPixel || atMs * 1e6 > next[0] + nsPerPixel) return [];
          const part = next[0] === timeNs ? 0 : (atMs * 1e6 - timeNs) / (next[0] - timeNs);
          return [Math.abs(drawn + (next[1] - drawn) * part - level) / levelPerPixel];
        });
        expect(Math.min(...off), `${panel.label}, packet ${packet}`).toBeLessThan(2 * PIXELS_OFF_MAX);
      }
    }
  });
});

/** The level that a drawn line has at a time, where it does not step. */
function levelOn(line: DrawnPanel["line"], timeNs: number): number {
  const from = line.findLastIndex(([atNs]) => atNs <= timeNs);
  const [[startNs, start], [endNs, end]] = [line[from]!, line[from + 1] ?? line[from]!];
  return endNs === startNs ? end : start + ((end - start) * (timeNs - startNs)) / (endNs - startNs);
}

test.each(DRAWN)("the picture $name: between packets the level is that of the definition", ({ scene, svg }) => {
  const panels = drawnPanels(svg);
  for (const [index, panel] of scene.panels.entries()) {
    const policy = compiled(panel.policy);
    if (policy.meter === "classes") continue;
    const meter = createFlowMeter(policy.definition, "all-or-none", () => {
      throw new RangeError("no group here");
    });
    let state = meter.fresh(0n);
    let next = 0;
    // An odd number of parts, so that no look falls on a packet.
    for (let look = 1; look < 2 * LOOKS; look += 2) {
      const timeNs = (BigInt(scene.untilMs) * MS * BigInt(look)) / BigInt(2 * LOOKS);
      for (let packet = scene.packets[next]; packet !== undefined; packet = scene.packets[next]) {
        const atNs = BigInt(Math.round(packet.atMs * 1000)) * (MS / 1000n);
        if (atNs > timeNs) break;
        ({ next: state } = meter.offer(state, { lengthBytes: packet.bytes, colorIn: packet.colorIn ?? 0 }, atNs));
        next += 1;
      }
      const { num, den } = meter.levels(state, timeNs)[panel.bucket ?? 0]!;
      const { line, levelPerPixel } = panels[index]!;
      const off = Math.abs(levelOn(line, Number(timeNs)) - Number(num) / Number(den)) / levelPerPixel;
      expect(off, `${panel.label} at ${timeNs} ns`).toBeLessThan(STEEP_PIXELS_OFF_MAX);
    }
  }
});

test("every picture that lies there is drawn", () => {
  const files = readdirSync(join(ROOT, "docs/pictures")).toSorted();
  expect(files).toEqual(SCENES.map(({ name }) => `${name}.svg`).toSorted());
});

test.each(ENGINES)("$name: the pictures of single meters are the same from its levels", ({ create }) => {
  const single = DRAWN.filter(({ scene }) => scene.panels.every(({ policy }) => "meter" in policy));
  expect(single.length).toBeGreaterThan(8);
  for (const { scene, svg } of single) {
    const tracks = scene.panels.map((panel) => trackOf(scene, panel, create));
    expect(pictureOf(scene, tracks)).toBe(svg);
  }
});

/** Units that conform, of packets given as [time in s, length]. */
function passed(input: PolicyInput, packets: readonly (readonly [number, number])[]): number {
  const trace = packets.map(([seconds, length]) => ({ timeNs: BigInt(seconds) * 1000n * MS, length, key: 0n }));
  const { colors } = runPackets(createReferenceEngine(engineOptions(compilePolicy(input))), trace);
  return packets.reduce((sum, [, length], index) => (colors[index] === 0 ? sum + length : sum), 0);
}

/** Packets of burst that Reno needs behind a policer: ((1 - 1/2) / (1 + 1/2))^2 P^2 / 2. */
function needed(packetsInFlight: number): number {
  return packetsInFlight ** 2 / 18;
}

describe("figures of the text", () => {
  test.each([
    [7, 9],
    [8, 8],
  ])("a bucket of %d bytes passes %d of 19: a deeper one may pass less", (depth, bytes) => {
    const packets = [
      [0, 3],
      [0, 5],
      [0, 5],
      [2, 6],
    ] as const;
    expect(passed({ meter: "leaky-bucket", rate: "1 B/s", burst: `${depth} B` }, packets)).toBe(bytes);
  });

  test("nginx, 10 requests a second and a burst of 5: 6 of 10 at once", () => {
    const requests = Array.from({ length: 10 }, () => [0, 1] as const);
    expect(passed({ meter: "gcra", increment: "100 ms", limit: "500 ms", cost: "packets" }, requests)).toBe(6);
  });

  test("50 packets and 50 a minute: at most 100 in a minute, however they come", () => {
    const everySecond = Array.from({ length: 60 }, (_, second) => [second, 1] as const).flatMap((packet) =>
      Array.from({ length: 5 }, () => packet),
    );
    const input = { meter: "token-bucket", rate: "50 packets/min", burst: "50 packets" };
    expect(passed(input, everySecond)).toBeLessThanOrEqual(100);
    expect(passed(input, everySecond)).toBeGreaterThan(90);
  });

  test("a policer behind Reno: 579 kB at 10 Mbit/s, 4.6 and 13.9 times rate x round-trip time", () => {
    const [at10, at30] = [125_000 / 1500, 375_000 / 1500];
    expect(Math.round((needed(at10) * 1500) / 1000)).toBe(579);
    expect([needed(at10) / at10, needed(at30) / at30].map((ratio) => ratio.toFixed(1))).toEqual(["4.6", "13.9"]);
    expect(Math.round(75 * (1 + Math.sqrt(2 * at10) / at10))).toBe(87);
  });
});
