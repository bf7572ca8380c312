// Goal: an independent reader takes what is written: no packet more or less, no checksum error more, and nothing but
// the intended fields changed.
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { compilePolicy } from "../src/policies.ts";
import { OFFICE, Scratch } from "./support/cli.ts";
import { type Format, FORMATS, framesOf } from "./support/casewriter.ts";
import { LINK_CASES } from "./support/linkwriter.ts";
import { type InterfaceOptions, NgWriter } from "./support/ngwriter.ts";
import { actionFor, actionsOf, policed, type PoliceCase, withChecksum } from "./support/policed.ts";
import { wholeCapture } from "./support/wholecapture.ts";
import { concat, type WrittenFrame } from "./support/writer.ts";

const scratch = new Scratch();
const FIXTURES = new URL("fixtures/", import.meta.url);
const TIMEOUT_MS = 120_000;
const BYTES_MAX = 1 << 28;
/** What no action may change, then what it may. */
const KEPT = [
  "frame.time_epoch",
  "frame.len",
  "frame.cap_len",
  "frame.interface_name",
  "ip.len",
  "ip.id",
  "ip.ttl",
  "ip.src",
];
const MARKED = [
  "ip.dsfield.dscp",
  "ip.dsfield.ecn",
  "ipv6.tclass.dscp",
  "ipv6.tclass.ecn",
  "vlan.priority",
  "vlan.dei",
];
const CHECKSUM = "ip.checksum.status";
const BAD = "0";

const hasTshark = spawnSync("tshark", ["--version"]).status === 0;

interface Row {
  readonly kept: string;
  /** Of the outermost header, by field. */
  readonly marks: readonly string[];
  readonly checksum: string;
}

/** Frames as tshark reads them. Throws when it finds anything wrong with a capture that `isWhole`. */
function readByTshark(path: string, isWhole: boolean): Row[] {
  const fields = [...KEPT, "ipv6.plen", "ipv6.hlim", "ipv6.src", CHECKSUM, ...MARKED];
  const columns = fields.flatMap((field) => ["-e", field]);
  const args = ["-r", path, "-o", "ip.check_checksum:TRUE", "-T", "fields", "-E", "occurrence=f", ...columns];
  const { status, stdout, stderr } = spawnSync("tshark", args, { encoding: "utf8", maxBuffer: BYTES_MAX });
  if (isWhole && status !== 0) throw new Error(`tshark ${path}: ${stderr}`);
  const lines = stdout.split("\n").slice(0, -1);
  const first = KEPT.length + 3;
  return lines.map((line) => {
    const cells = line.split("\t");
    return { kept: cells.slice(0, first).join(" "), checksum: cells[first]!, marks: cells.slice(first + 1) };
  });
}

const ACTIONS: PoliceCase = { green: "dscp:af11,pcp:5", yellow: "af,ecn", red: "drop" };
const policy = compilePolicy({ meter: "trtcm", cir: "20 kbit/s", cbs: "3 kB", pir: "60 kbit/s", pbs: "6 kB" });

/** Polices a capture and compares tshark's readings of both. */
async function compare(name: string, capture: Uint8Array, settings: PoliceCase): Promise<void> {
  const { bytes, colors, counts } = await policed(capture, { policy, build: "release", ...settings });
  const before = readByTshark(scratch.write(`before-${name}`, capture), false);
  const after = readByTshark(scratch.write(`after-${name}`, bytes), true);
  expect(before.length).toBe(colors.length);
  const passed = counts.reduce((sum, color) => sum + color.passed.packets, 0n);
  expect(after.length).toBe(Number(passed));
  const actions = actionsOf(settings);
  const left = before.filter((row, index) => {
    const { drops, ecn } = actionFor(actions, colors[index]!);
    return !drops && !(ecn && [row.marks[1], row.marks[3]].includes("0"));
  });
  // One comparison of a hundred thousand texts would take Vitest a minute.
  const differing = after.findIndex(({ kept }, index) => kept !== left[index]?.kept);
  expect([after[differing]?.kept, left.length]).toStrictEqual([undefined, after.length]);
  const worse = after.filter(({ checksum }, index) => checksum === BAD && left[index]!.checksum !== BAD);
  expect(worse).toStrictEqual([]);
}

/** An interface's name, as pcapng's option 2 has it. */
function named(text: string): InterfaceOptions {
  return { options: [[2, new TextEncoder().encode(text)]] };
}

/** Fixtures that tshark reads otherwise than we do, policed or not. */
const READ_OTHERWISE: Readonly<Record<string, string>> = {
  "gopacket__be_test901.pcapng": "it has nothing of a capture with a section of version 2",
  "tcpdump__bgp_vpn_rt-oobr.pcap": "it takes zeros at the end of the file for frames",
};

function ngFormat(order: "little" | "big", clock: Pick<InterfaceOptions, "resolution">, isOld: boolean): Format {
  const name = `pcapng ${order} ${JSON.stringify(clock)}${isOld ? " obsolete blocks" : ""}`;
  const write = (link: number, frames: readonly WrittenFrame[]) => {
    const writer = new NgWriter(order).interface({ link, ...clock });
    const added = isOld ? frames.map((frame) => writer.oldPacket(frame)) : frames.map((frame) => writer.packet(frame));
    return (added.at(-1) ?? writer).done();
  };
  return { name, write };
}

const NG_FORMATS = (["little", "big"] as const).flatMap((order) => [
  ngFormat(order, {}, false),
  ngFormat(order, { resolution: { base: 10, exponent: 9 } }, false),
  ngFormat(order, {}, true),
]);

if (hasTshark) {
  describe("tshark reads what was written", () => {
    const fixtures = readdirSync(FIXTURES).filter((name) => /\.pcap(?:ng)?$/u.test(name));
    const plain = fixtures.filter((name) => !(name in READ_OTHERWISE));
    test.each(plain)(
      "%s",
      async (name) => {
        const capture = await wholeCapture(fileURLToPath(new URL(name, FIXTURES)));
        await compare(name, capture, ACTIONS);
      },
      TIMEOUT_MS,
    );

    test(
      "the office",
      async () => {
        await compare("office.pcap", await wholeCapture(OFFICE), ACTIONS);
      },
      TIMEOUT_MS,
    );

    const formats = [...FORMATS.filter(({ name }) => /^pcap (?:micro|nano)/u.test(name)), ...NG_FORMATS];
    test.each(formats)(
      "$name, every field of code point and congestion, right checksums",
      async (format) => {
        const { frames, cases } = framesOf(LINK_CASES[0]!);
        const fields = Array.from({ length: 256 }, (_, field) => field);
        const written: WrittenFrame[] = fields.map((field) => {
          const index = field % frames.length;
          const packet = frames[index]!.bytes.slice(14);
          if (cases[index]!.version === 4) packet[1] = field;
          else packet.set([0x60 | (field >> 4), (field & 15) << 4]);
          const bytes = concat(frames[index]!.bytes.subarray(0, 14), withChecksum(packet));
          return { timeNs: frames[index]!.timeNs, bytes };
        });
        const capture = format.write(1, written);
        const name = format.name.replaceAll(/\W/gu, "-");
        await compare(`${name}.cap`, capture, { green: "af", yellow: "ecn", red: "dscp:cs1,ecn" });
        const { bytes } = await policed(capture, { policy, green: "dscp:ef", yellow: "dscp:ef", red: "dscp:ef" });
        const rows = readByTshark(scratch.write(`${name}-ef.cap`, bytes), true);
        expect(new Set(rows.map(({ marks, checksum }) => `${marks[0]}${marks[2]} ${checksum}`))).toEqual(
          new Set(["46 1", "46 "]),
        );
      },
      TIMEOUT_MS,
    );

    test("interfaces and their names stay with their packets", async () => {
      const { frames } = framesOf(LINK_CASES[0]!);
      const writer = new NgWriter("big").interface(named("eth0")).interface({ ...named("eth1"), link: 1 });
      for (const [index, frame] of frames.entries()) writer.packet(frame, index % 2);
      await compare("faces.pcapng", writer.done(), ACTIONS);
    });
  });
} else {
  console.warn("NOT TESTED, tshark is not installed: that an independent reader takes policed captures");
}
test("without tshark our own reader reads them: test/police.test.ts", () => {
  expect(LINK_CASES.length).toBeGreaterThan(50);
});
