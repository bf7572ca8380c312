// Goal: a capture of more than 2 GB is read whole by everything that shows, with offsets that no 31 bits hold. Its frames
// are long and mostly holes of a sparse file: what is read is 2 GB, what lies on the disk 45 MB.
import { closeSync, ftruncateSync, openAsBlob, openSync, readFileSync, statSync, writeSync } from "node:fs";
import { expect, test } from "vitest";
import { grouped } from "../src/report/number.ts";
import { ipFrame, meterJson, Scratch, type SummaryJson, weir } from "./support/cli.ts";
import { PlaygroundRun, stateOf } from "./support/playground.ts";
import { dataOf } from "./support/seen.ts";
import { pcapHeader, pcapRecord } from "./support/writer.ts";

const scratch = new Scratch();
const CAPTURED_BYTES = 200_000;
const PACKETS = 10_800;
const RATE = { rate: "1 MB/s", burst: "1 MB" } as const;
const POLICY = ["--meter", "token-bucket", "--rate", RATE.rate, "--burst", RATE.burst, "--by", "src"] as const;
const FLOWS = 5;
const STEP_NS = 1_000_000n;

/** Only the first bytes of each record are written. */
function sparseCapture(): string {
  const path = scratch.at("sparse.pcap");
  const header = pcapHeader({ clock: "nano" });
  const file = openSync(path, "w");
  try {
    writeSync(file, header, 0, header.length, 0);
    let at = header.length;
    for (let packet = 0; packet < PACKETS; packet += 1) {
      const frame = ipFrame(BigInt(packet) * STEP_NS, CAPTURED_BYTES % 65_536, { source: `10.0.0.${packet % FLOWS}` });
      const record = pcapRecord({ ...frame, originalBytes: CAPTURED_BYTES }, { clock: "nano" });
      const recordHeaderBytes = record.length - frame.bytes.length;
      new DataView(record.buffer, record.byteOffset).setUint32(8, CAPTURED_BYTES, true);
      writeSync(file, record, 0, record.length, at);
      at += recordHeaderBytes + CAPTURED_BYTES;
    }
    ftruncateSync(file, at);
  } finally {
    closeSync(file);
  }
  return path;
}

const capture = sparseCapture();

test("report, plot, watch and playground have the totals of weir meter", async () => {
  expect(statSync(capture).size).toBeGreaterThan(2 ** 31);
  const expected = meterJson([capture, ...POLICY]);
  expect([expected.packets, expected.bytes, expected.flows, expected.truncated]).toStrictEqual([
    PACKETS,
    PACKETS * CAPTURED_BYTES,
    FLOWS,
    false,
  ]);
  const [report, picture] = [scratch.at("large.html"), scratch.at("large.svg")];
  expect(weir(["report", capture, ...POLICY, "-o", report, "--quiet"])).toStrictEqual({
    code: 0,
    stdout: "",
    stderr: "",
  });
  const data = dataOf(readFileSync(report, "utf8"));
  const { green, red } = data.summary as SummaryJson;
  expect([green, red]).toStrictEqual([expected.green, expected.red]);
  expect(data.watched.length).toBe(FLOWS);
  expect(weir(["plot", capture, ...POLICY, "-o", picture, "--quiet"]).code).toBe(0);
  const [worst] = expected.topFlows;
  const counts = `${grouped(BigInt(worst!.packets))} packets, ${grouped(BigInt(worst!.red.packets))} refused`;
  expect(readFileSync(picture, "utf8")).toContain(`>${worst!.flow}: ${counts}<`);
  const watched = weir(["watch", capture, ...POLICY, "--speed", "max", "--json"]);
  const summary = JSON.parse(watched.stdout.trimEnd().split("\n").at(-1)!) as SummaryJson;
  expect([summary.digest, summary.red]).toStrictEqual([expected.digest, expected.red]);
  const blob = await openAsBlob(capture);
  const run = new PlaygroundRun();
  await run.load({ name: "large.pcap", sizeBytes: blob.size, stream: () => blob.stream() });
  const { totals, flows } = await run.picture(stateOf("token-bucket", RATE, "src"));
  expect([totals.green, totals.red, flows.flows]).toStrictEqual([expected.green, expected.red, FLOWS]);
});
