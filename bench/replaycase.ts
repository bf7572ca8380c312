/**
 * A capture that one core meters again and again, its table kept: what file to verdicts costs once code is compiled and
 * memory touched, beside reading the same bytes. In a process of its own (isolate.ts).
 */
import { closeSync, openSync, readSync } from "node:fs";
import { performance } from "node:perf_hooks";
import { WINDOW_BYTES } from "../assembly/abi.ts";
import { statsOf } from "../src/core/engine.ts";
import { coreModule } from "../src/core/module.node.ts";
import { compilePolicy } from "../src/policies.ts";
import { CaptureMeter } from "../src/trace/meter.ts";
import { interleave, type Timing } from "./harness.ts";
import { answer } from "./isolate.ts";

export interface ReplayCase {
  readonly path: string;
  readonly flows: number;
  readonly rounds: number;
  /** Rounds before those that count. */
  readonly warmRounds: number;
  readonly contract: { readonly meter: "token-bucket"; readonly rate: string; readonly burst: string };
}

export interface ReplayResult {
  /** Packets of all passes. */
  readonly packets: number;
  /** Those of them that passed, and those that did not. */
  readonly green: number;
  readonly red: number;
  /** Wall time of the first pass, in which every flow is new. */
  readonly firstMs: number;
  readonly reading: Timing;
  readonly metering: Timing;
}

const FILE_HEADER_BYTES = 24;

/** Reads the file in pieces as large as the core's window. */
function readFile(path: string, piece: Uint8Array): void {
  const file = openSync(path, "r");
  while (readSync(file, piece) > 0);
  closeSync(file);
}

/** Meters the file's packets as if they went on from the last pass: from the second on, times begin anew. */
function meterFile(path: string, meter: CaptureMeter, isFirst: boolean): number {
  const file = openSync(path, "r");
  if (!isFirst) readSync(file, new Uint8Array(FILE_HEADER_BYTES));
  let packets = 0;
  for (;;) {
    const step = meter.step();
    if (step.kind === "batch") packets += step.packets;
    if (step.kind !== "needs") continue;
    const bytes = readSync(file, meter.space(0));
    if (bytes === 0) break;
    meter.feed(0, bytes);
  }
  closeSync(file);
  return packets;
}

function replay({ path, flows, rounds, warmRounds, contract }: ReplayCase): ReplayResult {
  const meter = new CaptureMeter(coreModule(), {
    policy: compilePolicy(contract),
    keying: { by: "5-tuple" },
    captureCount: 1,
    maxFlows: 2 * flows,
    secret: [1, 2, 3, 4],
    records: false,
    rows: false,
    compact: true,
    delays: false,
    skipOther: false,
  });
  const piece = new Uint8Array(WINDOW_BYTES);
  readFile(path, piece);
  const before = performance.now();
  let packets = meterFile(path, meter, true);
  const firstMs = performance.now() - before;
  const subjects = [
    { name: "reading it", sample: () => readFile(path, piece) },
    { name: "to verdicts", sample: () => void (packets += meterFile(path, meter, false)) },
  ];
  const [reading, metering] = interleave(subjects, rounds, { clock: "wall", warmRounds });
  packets += meter.flush();
  const { green, red } = statsOf(meter.core);
  const colors = { green: Number(green.packets), red: Number(red.packets) };
  return { packets, ...colors, firstMs, reading: reading!, metering: metering! };
}

answer(replay);
