/** A loop over captures that never waits still lets signals be served. */
import { afterEach, expect, test, vi } from "vitest";
import { Breath, BREATH_MS } from "../src/cli/breath.ts";
import { PipelineRun } from "../src/cli/pipelinerun.ts";
import { Progress } from "../src/cli/progress.ts";
import { type RunHooks, runCaptures, untilInterrupted } from "../src/cli/run.ts";
import type { Metered, Pipeline } from "../src/threads/pipeline.ts";
import type { CaptureMeter, Step } from "../src/trace/meter.ts";

/** A loop that does not breathe would never end. */
const STEPS_MAX = 5000;
const STEP_MS = 1;

afterEach(() => void vi.restoreAllMocks());

const hooks: RunHooks = { progress: new Progress(process.stderr, false) };
const views = { color: new Uint8Array(4096) };

/** Answers `step` as often as it is asked, and takes a while each time. */
function busy<T>(step: T): () => T {
  let steps = 0;
  return () => {
    if (++steps > STEPS_MAX) throw new Error("the loop did not breathe");
    const end = performance.now() + STEP_MS;
    while (performance.now() < end);
    return step;
  };
}

function interruptSoon(): void {
  setTimeout(() => process.emit("SIGINT"), 10);
}

test("is due within eight steps once its time has come, and not before", () => {
  const clock = vi.spyOn(performance, "now").mockReturnValue(1000);
  const breath = new Breath();
  const asked = () => Array.from({ length: 8 }, () => breath.isDue).filter(Boolean).length;
  clock.mockReturnValue(1000 + BREATH_MS);
  expect(asked()).toBe(0);
  clock.mockReturnValue(1001 + BREATH_MS);
  expect(asked()).toBe(1);
});

test("serves what waits, and begins anew", async () => {
  const clock = vi.spyOn(performance, "now").mockReturnValue(1000);
  const breath = new Breath();
  clock.mockReturnValue(2000);
  const served = vi.fn<() => void>();
  setImmediate(served);
  await breath.take();
  expect(served).toHaveBeenCalledOnce();
  expect(Array.from({ length: 16 }, () => breath.isDue)).not.toContain(true);
});

test("Ctrl-C ends a run whose captures are always at hand", async () => {
  const step: Step = { kind: "batch", packets: 1, firstFrame: 0n };
  interruptSoon();
  const meter = { step: busy(step), flush: () => 0, space: () => new Uint8Array(0), feed: () => undefined, views };
  expect(await runCaptures(meter, [], hooks)).toMatchObject({ isInterrupted: true });
});

test("Ctrl-C ends a run whose batches another thread always has at hand", async () => {
  const batch = busy<Metered>({ kind: "batch", packets: 1 });
  let isStopped = false;
  const pipeline: Pipeline = {
    doneBytes: 0,
    next: () => (isStopped ? { kind: "done" } : batch()),
    stop: () => void (isStopped = true),
    end: () => Promise.resolve([null]),
    close: () => Promise.resolve(),
  };
  interruptSoon();
  const run = new PipelineRun({ views } as CaptureMeter, pipeline, 0, { ...hooks, onBatch: () => undefined });
  expect(await untilInterrupted(run, hooks)).toMatchObject({ isInterrupted: true });
});
