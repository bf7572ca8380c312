// Goal: on every capture at hand, what `--red drop` leaves is read again without loss, and metering it again under the
// same contract gives every packet the color and the time that it had, so that nothing is refused.
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { CAPTURE_ENDED, COLOR_RED, SOURCE_STATUS } from "../assembly/abi.ts";
import { compilePolicy } from "../src/policies.ts";
import { type FrameRow, runCapture } from "./support/capture.ts";
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

/** Rows with their colors, and with other times if there are some; frames have other numbers where some are left out. */
function rowsOf(rows: readonly FrameRow[], colors: readonly number[], timesNs?: readonly bigint[]) {
  return rows.map((row, index) => {
    const { timeNs } = row;
    return Object.assign({}, row, { frame: 0n, timeNs: timesNs?.[index] ?? timeNs, color: colors[index]! });
  });
}

async function check(path: string): Promise<readonly number[]> {
  const capture = await wholeCapture(path);
  const again: number[] = [];
  for (const run of RUNS) {
    const options = { ...run, build: "release" } as const;
    const metered = runCapture(capture, options);
    const { bytes, colors, timesNs, earlier } = await policed(capture, options);
    if (earlier === 0n) expect(colors).toStrictEqual(metered.colors);
    const second = runCapture(bytes, options);
    const kept = rowsOf(metered.rows, colors, timesNs).filter(({ color }) => color !== COLOR_RED);
    expect(rowsOf(second.rows, second.colors)).toStrictEqual(kept);
    if (bytes.length > 0) expect(second.counters[0]![SOURCE_STATUS]).toBe(BigInt(CAPTURE_ENDED));
    again.push(second.colors.filter((color) => color === COLOR_RED).length);
  }
  return again;
}

const files = FOLDERS.flatMap((folder) =>
  readdirSync(folder)
    .filter((name) => /\.pcap(?:ng)?(?:\.gz)?$/u.test(name))
    .map((name) => [name, fileURLToPath(new URL(name, folder))] as const),
);

describe("metered again, nothing is refused", () => {
  test.each(files)("%s", async (_, path) => {
    expect(await check(path)).toEqual([0, 0]);
  });

  if (existsSync(CORPUS)) {
    test(
      "every open capture",
      async () => {
        const names = readdirSync(CORPUS).filter((name) => CAPTURE.test(name));
        expect(names.length).toBeGreaterThan(300);
        const refused = new Map<string, readonly number[]>();
        for (const name of names) {
          const counts = await check(join(fileURLToPath(CORPUS), name));
          if (counts.some((count) => count > 0)) refused.set(name, counts);
        }
        expect(Object.fromEntries(refused)).toEqual({});
      },
      TIMEOUT_MS,
    );
  } else {
    console.warn(`NOT TESTED, there is no ${fileURLToPath(CORPUS)} here: the public captures`);
  }
});
