// Goal: a capture goes through a link by the classes of its rules, and leaves as its columns would from memory.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { departuresOf, linkStatsOf } from "../src/core/link.ts";
import { coreModule } from "../src/core/module.node.ts";
import { createJsLink } from "../src/engine-js/schedule/link.ts";
import { compileLink, compileLoadedLink, loadPolicyText } from "../src/policies.ts";
import { CaptureMeter } from "../src/trace/meter.ts";
import type { Departures, LinkEngine, LinkPolicy } from "../src/types.ts";
import { Input } from "./support/capture.ts";
import { OFFICE } from "./support/cli.ts";

const LINK = fileURLToPath(new URL("../examples/policies/office-link.yaml", import.meta.url));
const MAX_QUEUED = 5000;

async function officeLink(): Promise<LinkPolicy> {
  const loaded = await loadPolicyText(readFileSync(LINK, "utf8"), LINK);
  if (loaded.kind !== "link") throw new Error("expected a link");
  return compileLoadedLink(loaded);
}

function meterOf(policy: LinkPolicy, maxQueued?: number): CaptureMeter {
  return new CaptureMeter(coreModule(), {
    policy,
    ...(maxQueued === undefined ? {} : { maxQueued }),
    keying: { by: "5-tuple" },
    captureCount: 1,
    maxFlows: 1,
    secret: [1, 2, 3, 4],
    records: false,
    delays: false,
    skipOther: false,
  });
}

/** Departures one after the other, as text that does not change with the next run. */
class Left {
  readonly rows: string[] = [];

  add({ count, sequence, departure, rest }: Departures): void {
    for (let row = 0; row < count; row += 1) {
      this.rows.push([sequence, departure, rest].map((words) => `${words[2 * row]},${words[2 * row + 1]}`).join(" "));
    }
  }
}

/** The packets of a metered batch, once more from memory. */
function repeat(engine: LinkEngine, { views }: CaptureMeter, packets: number): Uint8Array {
  engine.batch.time.set(views.time.subarray(0, 2 * packets));
  engine.batch.length.set(views.length.subarray(0, packets));
  engine.batch.class.set(views.class.subarray(0, packets));
  engine.run(packets);
  return engine.batch.color.slice(0, packets);
}

test("the office through one link: every packet by its class, and the same as from memory", async () => {
  const policy = await officeLink();
  const meter = meterOf(policy, MAX_QUEUED);
  const engine = createJsLink({ policy, maxQueued: MAX_QUEUED });
  const input = new Input(gunzipSync(readFileSync(OFFICE)), Infinity);
  const [left, expected] = [new Left(), new Left()];
  for (let step = meter.step(); step.kind !== "done"; step = meter.step()) {
    if (step.kind === "needs") {
      input.feed(meter, step.capture);
      continue;
    }
    const colors = repeat(engine, meter, step.packets);
    expect(meter.views.color.slice(0, step.packets)).toEqual(colors);
    left.add(departuresOf(meter.core));
    expected.add(engine.departed);
  }
  meter.core.flushLink();
  engine.flush();
  left.add(departuresOf(meter.core));
  expected.add(engine.departed);
  expect(left.rows).toEqual(expected.rows);

  const stats = linkStatsOf(meter.core, policy);
  expect(stats).toEqual(engine.classStats());
  const came = Object.fromEntries(stats.map(({ name, taken, dropped }) => [name, taken.packets + dropped.packets]));
  // The counts of examples/README.md.
  expect(came).toMatchObject({ voice: 9200n, database: 21_690n });
  expect(Object.values(came).reduce((sum, packets) => sum + packets)).toBe(108_737n);
  // What each may hold is never passed, and the line is too narrow for all.
  for (const [index, { mostUnits }] of stats.entries()) {
    expect(mostUnits <= policy.definition.classes[index]!.limit.units).toBe(true);
  }
  expect(stats.some(({ queueFull }) => queueFull.packets > 0n)).toBe(true);
});

test("a number of packets that cannot wait is a mistake of the user", () => {
  const policy = compileLink({ link: { rate: "1 Mbit/s", limit: "9 kB" }, classes: [{ name: "all" }] });
  expect(() => meterOf(policy, 0)).toThrow(
    'max-queued "0": packets that wait do not fit in memory, or are no whole number above 0; ask for others',
  );
  expect(meterOf(policy).views.color).toHaveLength(4096);
});
