/** Frames are read with straight loads where that suffices (assembly/capture/tupleframe.ts): to the same flows. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { csvRows } from "../support/columnfile.ts";
import { ipFrame, meter, meterRows, POLICY, Scratch } from "../support/cli.ts";
import { Dice } from "../support/mutate.ts";
import type { WrittenFrame } from "../support/writer.ts";

const scratch = new Scratch();
const FRAMES = 4000;
const ETHERNET_BYTES = 14;
/** Where the two paths part: type, version and header length, lengths, fragments, protocol. */
const OFFSETS = [12, 13, ...[0, 2, 3, 4, 5, 6, 7, 9].map((offset) => ETHERNET_BYTES + offset)];
const VALUES = [0, 1, 4, 6, 17, 20, 23, 24, 28, 44, 0x08, 0x20, 0x45, 0x46, 0x60, 0x86, 0xdd, 0xff];

/** A frame of one of few flows, mostly with something wrong or unusual in its header, or cut short. */
function oddFrame(dice: Dice, index: number): WrittenFrame {
  const isIpv6 = dice.below(2) === 0;
  const ends = isIpv6 ? { source: "2001:db8::1", destination: "2001:db8::2" } : {};
  const frame = ipFrame(BigInt(index), 90, { ...ends, protocol: dice.pick([6, 17, 132]), sourcePort: dice.below(4) });
  const bytes = frame.bytes.slice(0, dice.below(3) === 0 ? dice.below(frame.bytes.length + 1) : undefined);
  for (let changes = dice.below(3); changes > 0; changes -= 1) bytes[dice.pick(OFFSETS)] = dice.pick(VALUES);
  return { ...frame, bytes: bytes.slice(0, frame.bytes.length) };
}

// Asked for IP lengths, every frame takes the long way.
const ALL_WAYS = ["--length", "ip"] as const;

test("odd headers: the flow of each packet, and what is one flow", () => {
  const dice = new Dice(20_260_101);
  const capture = scratch.pcap(
    "odd.pcap",
    Array.from({ length: FRAMES }, (_, index) => oddFrame(dice, index)),
  );
  const flows = (options: readonly string[]) => meterRows([capture, ...POLICY, ...options]).map(({ flow }) => flow);
  expect(flows([])).toStrictEqual(flows(ALL_WAYS));
  const counts = (options: readonly string[], name: string) => {
    meter([capture, ...POLICY, ...options, "--flows", scratch.at(name), "--quiet"]);
    return csvRows(scratch.at(name)).map(({ flow, packets }) => `${flow}: ${packets}`);
  };
  const short = counts([], "short.csv");
  expect(short).toStrictEqual(counts(ALL_WAYS, "long.csv"));
  expect(short.length).toBeGreaterThan(20);
  expect(readFileSync(scratch.at("short.csv"), "utf8")).toContain("tcp [2001:db8::1]:3");
});
