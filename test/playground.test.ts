// Goal: the page's worker, run in Node, answers what `weir meter --json` answers for the same capture and policy.
import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { coreModule } from "../src/core/module.node.ts";
import { compilePolicy } from "../src/policies.ts";
import { keyFlows } from "../src/playground/capture/keying.ts";
import { keyingOf } from "../src/policy/keying.ts";
import { loadCapture } from "../src/playground/capture/load.ts";
import { weirCommand } from "../src/playground/export/weir.ts";
import { type FormState, policyInputOf } from "../src/playground/form/fields.ts";
import { MeterPass } from "../src/playground/meter/pass.ts";
import type { Picture } from "../src/playground/protocol.ts";
import { SAMPLES, sampleCapture } from "../src/playground/sample.ts";
import { meterJson, OFFICE, Scratch, type SummaryJson, weir } from "./support/cli.ts";
import { fileSource, PlaygroundRun, sourceOf, stateOf } from "./support/playground.ts";

const scratch = new Scratch();

const STATES: readonly FormState[] = [
  stateOf("token-bucket", { rate: "1 Mbit/s", burst: "16 kB" }),
  stateOf("leaky-bucket", { rate: "200 kB/s", burst: "20ms", check: "pre", length: "ip", overhead: "24" }, "src/24"),
  stateOf("leaky-bucket", { rate: "50 packets/s", burst: "10 packets", check: "overdraft" }, "pair"),
  { ...stateOf("gcra", { increment: "10 ms", mbs: "11", cost: "packets" }, "dst"), form: 1 },
  stateOf("turner", { rate: "1 Mbit/s", burst: "16 kB", mode: "unlimited" }, "src"),
  stateOf("event-counter", { rate: "100 packets/min", alarm: "40", clear: "3" }, "src"),
  stateOf("dual", { "peak-rate": "20 Mbit/s", "peak-burst": "3 kB", rate: "1 Mbit/s", burst: "64 kB", tag: "true" }),
  stateOf("srtcm", { cir: "500 kbit/s", cbs: "8 kB", ebs: "64 kB", "color-aware": "true" }, "dst/64"),
  stateOf("trtcm", { cir: "1 Mbit/s", cbs: "16 kB", pir: "2 Mbit/s", pbs: "20 kB", "min-length": "84" }, "all"),
  stateOf("trtcm-4115", { cir: "1 Mbit/s", cbs: "16 kB", eir: "1 Mbit/s", ebs: "16 kB", initial: "50%" }, "src"),
  stateOf("mef", { cir: "1 Mbit/s", cbs: "16 kB", eir: "0 bit/s", ebs: "32 kB", coupling: "on" }, "all"),
  stateOf("multi", { bucket: "2 Mbit/s 32 kB\n50 packets/s 20 packets\n8 Mbit/s 6 kB" }, "src"),
  stateOf("weighted", { rate: "10 Mbit/s", burst: "16 kB" }, "src"),
];

/** Words of a command as a shell has them. */
function wordsOf(command: string): string[] {
  return [...command.matchAll(/"([^"]*)"|(\S+)/gu)].map(([, quoted, plain]) => quoted ?? plain!);
}

/** The options of the command that the page offers for a state. */
function argumentsOf(state: FormState, capture: string): string[] {
  const { text } = weirCommand({ policy: compilePolicy(policyInputOf(state)), state });
  const [, , , ...options] = wordsOf(text!);
  return [capture, ...options];
}

/** What both say of the whole capture. */
function totalsOf({ totals, flows }: Picture) {
  const { green, yellow, red, oversize, regressions } = totals;
  return { flows: flows.flows, green, yellow, red, oversize, regressions };
}

function jsonTotalsOf({ flows, green, yellow, red, oversize, time }: SummaryJson) {
  return { flows, green, yellow, red, oversize, regressions: time.regressions };
}

function rowsOf({ flows }: Picture) {
  return flows.rows.slice(0, 10).map(({ name, packets, bytes, yellowPackets, redPackets, redBytes }) => {
    return { name, packets, bytes, yellowPackets, redPackets, redBytes };
  });
}

function jsonRowsOf({ topFlows }: SummaryJson) {
  return topFlows.map(({ flow, packets, bytes, yellow, red }) => {
    return { name: flow, packets, bytes, yellowPackets: yellow.packets, redPackets: red.packets, redBytes: red.bytes };
  });
}

describe("an office's capture", async () => {
  const run = new PlaygroundRun();
  const loaded = await run.load(fileSource(OFFICE));
  const capture = (await loadCapture(coreModule(), fileSource(OFFICE)))!;

  test("is read whole", () => {
    expect(loaded).toMatchObject({ kind: "loaded", packets: 108_737, failure: null });
  });

  test.for(STATES.map((state) => [`${state.meter} by ${state.by}`, state] as const))("%s", async ([, state]) => {
    const json = meterJson(argumentsOf(state, OFFICE));
    const picture = await run.picture(state);
    expect(totalsOf(picture)).toEqual(jsonTotalsOf(json));
    expect(rowsOf(picture)).toEqual(jsonRowsOf(json));
    // Packet by packet, not in the sum only.
    const policy = compilePolicy(policyInputOf(state));
    const color = new Uint8Array(capture.columns.packets);
    const pass = new MeterPass(coreModule(), capture.columns, keyFlows(capture, keyingOf(state.by)), policy, color);
    while (!pass.isDone) pass.step();
    expect(createHash("sha256").update(color).digest("hex")).toBe(json.digest);
  });
});

test.for(SAMPLES)("sample traffic $preset is what its command writes", async ({ preset, command }) => {
  const file = scratch.at(`${preset}.pcap`);
  const [, ...words] = wordsOf(command);
  const { code, stderr } = weir([...words.slice(0, -1), file, "--quiet"]);
  expect([code, stderr]).toEqual([0, ""]);
  const state = STATES[0]!;
  const run = new PlaygroundRun();
  await run.load(sourceOf(preset, new Uint8Array(await sampleCapture(preset).arrayBuffer())));
  expect(totalsOf(await run.picture(state))).toEqual(jsonTotalsOf(meterJson(argumentsOf(state, file))));
});
