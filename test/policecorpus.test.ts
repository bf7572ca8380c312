// Goal: on every capture at hand, what `--red drop` leaves is read again without loss, and metering it again under the
// same contract refuses nothing.
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import {
  BATCH,
  CAPTURE_ENDED,
  COLOR_RED,
  COLUMN_CLOCK,
  KEY_BYTES,
  SOURCE_STATUS,
  SOURCE_TIMELESS_FRAMES,
  STAT_REGRESSIONS,
} from "../assembly/abi.ts";
import { createCoreEngine } from "../src/core/engine.ts";
import { coreModule } from "../src/core/module.node.ts";
import { compilePolicy } from "../src/policies.ts";
import { CaptureMeter } from "../src/trace/meter.ts";
import { Input, runCapture } from "./support/capture.ts";
import { policed } from "./support/policed.ts";
import { wholeCapture } from "./support/wholecapture.ts";

const CORPUS = new URL("../../shared/traces/open/", import.meta.url);
const FOLDERS = [new URL("../examples/", import.meta.url), new URL("fixtures/", import.meta.url)];
const CAPTURE = /\.(?:pcap|pcapng|cap|erf)(?:\.\w+)?$|^[^.]+$/u;
const TIMEOUT_MS = 300_000;

const RUNS = [
  { policy: compilePolicy({ meter: "token-bucket", rate: "10 kbit/s", burst: "1600 B" }), keying: { by: "5-tuple" } },
  {
    policy: compilePolicy({ meter: "trtcm", cir: "10 kbit/s", cbs: "1600 B", pir: "20 kbit/s", pbs: "3 kB" }),
    keying: { by: "all" },
  },
] as const;

/**
 * Captures in which a dropped packet carries the clock: its time is newer than that of packets behind it, or the time
 * of frames that have none. Without it those are metered earlier than they were. Packets refused again, by run.
 */
const CLOCK_CARRIED: Readonly<Record<string, readonly [number, number]>> = {
  "derived__o_ng_sections_spb_opb.pcapng": [0, 1],
  "derived__o_ooo_shuffle40.pcap": [3, 4],
};

interface Metered {
  readonly clockNs: bigint;
  readonly key: string;
  readonly length: number;
}

/** The packets that were not refused, with the clock that they were metered at. */
function admitted(capture: Uint8Array, { policy, keying }: (typeof RUNS)[number]): Metered[] {
  const meter = new CaptureMeter(coreModule(), {
    policy,
    keying,
    captureCount: 1,
    maxFlows: 1 << 16,
    secret: [1, 2, 3, 4],
    records: false,
    delays: false,
    skipOther: false,
  });
  const input = new Input(capture, Infinity);
  const packets: Metered[] = [];
  for (let step = meter.step(); step.kind !== "done"; step = meter.step()) {
    if (step.kind === "needs") {
      input.feed(meter, 0);
      continue;
    }
    const { longs, color, length, fullKey } = meter.views;
    for (let row = 0; row < step.packets; row += 1) {
      if (color[row] === COLOR_RED) continue;
      const key = Buffer.from(fullKey.subarray(row * KEY_BYTES, (row + 1) * KEY_BYTES)).toString("hex");
      packets.push({ clockNs: longs[(BATCH + COLUMN_CLOCK) / 8 + row]!, key, length: length[row]! });
    }
  }
  return packets;
}

/** How many of them the contract refuses when they come at their clocks. */
function refusedAtClock(packets: readonly Metered[], { policy }: (typeof RUNS)[number]): number {
  const engine = createCoreEngine(coreModule(), {
    policy,
    maxFlows: 1 << 16,
    secret: [1, 2, 3, 4],
    records: false,
    delays: false,
  });
  const keys = new Map<string, number>();
  let refused = 0;
  for (const { clockNs, key, length } of packets) {
    const { batch } = engine;
    batch.time[0] = Number(clockNs & 0xffff_ffffn);
    batch.time[1] = Number(clockNs >> 32n);
    batch.key[0] = keys.get(key) ?? keys.size;
    batch.key[1] = 0;
    keys.set(key, batch.key[0]);
    batch.length[0] = length;
    engine.run(1);
    if (engine.batch.color[0] === COLOR_RED) refused += 1;
  }
  return refused;
}

async function check(path: string, name: string): Promise<readonly number[]> {
  const capture = await wholeCapture(path);
  const again: number[] = [];
  for (const run of RUNS) {
    const options = { ...run, build: "release" } as const;
    const first = runCapture(capture, options);
    const { bytes, colors } = await policed(capture, options);
    expect(colors).toStrictEqual(first.colors);
    const second = runCapture(bytes, options);
    const kept = first.rows.filter((_, index) => colors[index] !== COLOR_RED);
    // A frame without a time has that of the newest packet before it, which may be gone.
    const isTimed = first.counters[0]![SOURCE_TIMELESS_FRAMES] === 0n;
    const shape = (row: (typeof kept)[number]) => ({ ...row, frame: 0n, timeNs: isTimed ? row.timeNs : 0n });
    expect(second.rows.map(shape)).toStrictEqual(kept.map(shape));
    if (bytes.length > 0) expect(second.counters[0]![SOURCE_STATUS]).toBe(BigInt(CAPTURE_ENDED));
    const refused = second.colors.filter((color) => color === COLOR_RED).length;
    again.push(refused);
    if (refused === 0) continue;
    expect({ name, isInOrder: isTimed && first.stats[STAT_REGRESSIONS] === 0n }).toEqual({ name, isInOrder: false });
    expect(refusedAtClock(admitted(capture, run), run)).toBe(0);
  }
  return again;
}

const files = FOLDERS.flatMap((folder) =>
  readdirSync(folder)
    .filter((name) => /\.pcap(?:ng)?(?:\.gz)?$/u.test(name))
    .map((name) => [name, fileURLToPath(new URL(name, folder))] as const),
);

describe("metered again, nothing is refused", () => {
  test.each(files)("%s", async (name, path) => {
    expect(await check(path, name)).toEqual([0, 0]);
  });

  if (existsSync(CORPUS)) {
    test(
      "every open capture, but for those whose clock went with a dropped packet",
      async () => {
        const names = readdirSync(CORPUS).filter((name) => CAPTURE.test(name));
        expect(names.length).toBeGreaterThan(300);
        const refused = new Map<string, readonly number[]>();
        for (const name of names) {
          const counts = await check(join(fileURLToPath(CORPUS), name), name);
          if (counts.some((count) => count > 0)) refused.set(name, counts);
        }
        expect(Object.fromEntries(refused)).toEqual(CLOCK_CARRIED);
      },
      TIMEOUT_MS,
    );
  } else {
    console.warn(`NOT TESTED, there is no ${fileURLToPath(CORPUS)} here: the public captures`);
  }
});
