/**
 * How long a move of the playground's slider takes, from the event to the drawn picture: in headless Chromium where it
 * is installed, else the worker's part in Node, which draws nothing.
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromiumPath, openBrowser, openPage } from "../test/support/browser.ts";
import { PlaygroundRun, sourceOf, stateOf } from "../test/support/playground.ts";
import { buildPlayground, changing, drawn, latencyMsOf, servePlayground } from "../test/support/playgroundpage.ts";
import { synthesizeFile } from "./synth.ts";

export interface SliderOptions {
  readonly packets: number;
  readonly flows: number;
  readonly moves: number;
  readonly seed: number;
  /** As `--by` takes it. */
  readonly by: string;
}

/** Median and longest of many takes. */
export interface Takes {
  readonly medianMs: number;
  readonly worstMs: number;
}

export interface SliderLatency extends Takes {
  /** "Chromium 156.0 (headless)", or "worker code in Node". */
  readonly where: string;
  readonly captureBytes: number;
  /** From the choice of the file to the first picture. */
  readonly loadMs: number;
  /** Work that is always the same, done between the moves: what it varies by is the machine's doing. */
  readonly steady: Takes;
}

export const SLIDER_OPTIONS: SliderOptions = { packets: 1_000_000, flows: 10_000, moves: 25, seed: 1, by: "5-tuple" };

/** Engines and charts compile in the first moves. */
const WARMUP_MOVES = 5;
const RATE_KBIT = 100;
const VIEWPORT = { width: 1300, height: 1100 };

function takesOf(all: readonly number[]): Takes {
  const sorted = all.slice(WARMUP_MOVES).toSorted((left, right) => left - right);
  return { medianMs: sorted[sorted.length >> 1]!, worstMs: sorted.at(-1)! };
}

/** Milliseconds that two million additions at random places of 32 MB take: of a flow table's kind, and no garbage. */
function steadyWorkMs(): number {
  const page = globalThis as { weirSteady?: Uint32Array };
  const places = (page.weirSteady ??= new Uint32Array(1 << 23).fill(1));
  const startMs = performance.now();
  let at = 1;
  for (let index = 0; index < 2_000_000; index += 1) {
    at = (Math.imul(at, 1_664_525) + 1_013_904_223) >>> 0;
    places[at >>> 9] = places[at >>> 9]! + index;
  }
  return performance.now() - startMs;
}

/** Measures with the defaults of SLIDER_OPTIONS where nothing else is given. */
export async function measureSliderLatency(given: Partial<SliderOptions> = {}): Promise<SliderLatency> {
  const options = { ...SLIDER_OPTIONS, ...given };
  const folder = mkdtempSync(join(tmpdir(), "weir-slider-"));
  try {
    const capture = join(folder, "capture.pcap");
    const captureBytes = synthesizeFile(capture, options);
    const chromium = chromiumPath();
    const measured =
      chromium === undefined ? await inNode(capture, options) : await inBrowser(chromium, folder, capture, options);
    return { ...measured, captureBytes };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

type Measured = Omit<SliderLatency, "captureBytes">;

async function inNode(capture: string, { moves, by }: SliderOptions): Promise<Measured> {
  const run = new PlaygroundRun();
  const beganMs = performance.now();
  await run.load(sourceOf("capture.pcap", readFileSync(capture)));
  const takes: number[] = [];
  const steady: number[] = [];
  let loadMs = 0;
  for (let move = 0; move <= moves + WARMUP_MOVES; move += 1) {
    const startMs = performance.now();
    await run.picture(stateOf("token-bucket", { rate: `${RATE_KBIT + move} kbit/s`, burst: "16 kB" }, by));
    if (move === 0) loadMs = performance.now() - beganMs;
    else takes.push(performance.now() - startMs);
    steady.push(steadyWorkMs());
  }
  return { where: "worker code in Node", loadMs, ...takesOf(takes), steady: takesOf(steady) };
}

async function inBrowser(
  chromium: string,
  folder: string,
  capture: string,
  { moves, by }: SliderOptions,
): Promise<Measured> {
  const { url, server } = await servePlayground(await buildPlayground(folder));
  const browser = await openBrowser(chromium);
  try {
    const policy = `meter=token-bucket&rate=${RATE_KBIT}+kbit/s&burst=16+kB&by=${by}`;
    const { page } = await openPage(browser, `${url}#${policy}`, { viewport: VIEWPORT });
    const beganMs = performance.now();
    await page.setInputFiles("#file", capture);
    await drawn(page);
    const loadMs = performance.now() - beganMs;
    const takes: number[] = [];
    const steady: number[] = [];
    for (let move = 0; move < moves + WARMUP_MOVES; move += 1) {
      const direction = move % 2 === 0 ? 1 : -1;
      await changing(page, async () => page.evaluate(moveSlider, direction));
      takes.push(await latencyMsOf(page));
      steady.push(await page.evaluate(steadyWorkMs));
    }
    const where = `Chromium ${browser.version()} (headless)`;
    return { where, loadMs, ...takesOf(takes), steady: takesOf(steady) };
  } finally {
    await browser.close();
    server.close();
  }
}

/** In the page: moves the first slider. */
function moveSlider(direction: number): void {
  const slider = document.querySelector<HTMLInputElement>("[data-field] input[type=range]")!;
  slider.value = String(Number(slider.value) + 8 * direction + 1);
  slider.dispatchEvent(new Event("input", { bubbles: true }));
}
