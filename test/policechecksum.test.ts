// Goal: the IPv4 header's checksum stays right, and a wrong one stays wrong by the same amount, whatever changes.
import { describe, expect, test } from "vitest";
import { COLOR_GREEN } from "../assembly/abi.ts";
import { compilePolicy } from "../src/policies.ts";
import { START_NS } from "./support/casewriter.ts";
import { ipv4 } from "./support/ipwriter.ts";
import { Dice } from "./support/mutate.ts";
import { headerSum, policed, withChecksum } from "./support/policed.ts";
import { writePcap, type WrittenFrame } from "./support/writer.ts";

const LINK_RAW = 101;
const RIGHT = 0xffff;
/** All that is asked of it is that packets are green. */
const policy = compilePolicy({ meter: "token-bucket", rate: "100 Gbit/s", burst: "1 GB" });

/** The formula of the core: its source is TypeScript, and its types are those of 32-bit numbers. */
const { updatedChecksum } = (await import(new URL("../assembly/rewrite/checksum.ts", import.meta.url).href)) as {
  updatedChecksum: (checksum: number, word: number, newWord: number) => number;
};

test("RFC 1624 section 4: 0xdd2f with 0x5555 become 0x3285 gives 0, where equation 2 gives 0xffff", () => {
  expect(updatedChecksum(0xdd2f, 0x5555, 0x3285)).toBe(0x0000);
});

function framesOf(packets: readonly Uint8Array[]): WrittenFrame[] {
  return packets.map((bytes) => ({ timeNs: START_NS, bytes }));
}

/** The packets of a policed capture of raw IP. */
async function marked(packets: readonly Uint8Array[], green: string): Promise<Uint8Array[]> {
  const capture = writePcap(framesOf(packets), { link: LINK_RAW });
  const { bytes, colors } = await policed(capture, { policy, green });
  expect(new Set(colors)).toEqual(new Set([COLOR_GREEN]));
  let at = 24;
  return packets.map(({ length }) => bytes.subarray(at + 16, (at += 16 + length)));
}

/** A header with options of any bytes, and this field of code point and congestion. */
function packetOf(dice: Dice, field: number): Uint8Array {
  const packet = ipv4(17, new Uint8Array(8), { optionBytes: 4 * dice.below(11) });
  const headerBytes = (packet[0]! & 15) * 4;
  for (let at = 4; at < headerBytes; at += 1) packet[at] = dice.below(256);
  // No later fragment, and a protocol without ports: the key needs nothing else.
  packet[6] = 0;
  packet[9] = 99;
  packet[1] = field;
  return packet;
}

/** The word of identification that makes the checksum come out as `checksum`. */
function aimed(packet: Uint8Array, checksum: number): Uint8Array {
  const aim = packet.slice();
  aim[4] = 0;
  aim[5] = 0;
  aim[10] = 0;
  aim[11] = 0;
  const identification = (RIGHT - checksum - headerSum(aim) + 2 * RIGHT) % RIGHT;
  aim[4] = identification >> 8;
  aim[5] = identification & 255;
  return withChecksum(aim);
}

function checksumOf(packet: Uint8Array): number {
  return packet[10]! * 256 + packet[11]!;
}

const FIELDS = Array.from({ length: 256 }, (_, field) => field);
const CODE_POINTS = Array.from({ length: 64 }, (_, dscp) => dscp);

describe("a right checksum stays right", () => {
  test("from every field to every code point", async () => {
    const dice = new Dice(1);
    const packets = FIELDS.map((field) => withChecksum(packetOf(dice, field)));
    expect(packets.every((packet) => headerSum(packet) === RIGHT)).toBe(true);
    for (const dscp of CODE_POINTS) {
      const after = await marked(packets, `dscp:${dscp}`);
      expect(after.map((packet) => headerSum(packet))).toEqual(packets.map(() => RIGHT));
      const isPromotion = (field: number, packet: Uint8Array) => packet[1] === field && field >> 2 !== dscp;
      const kept = FIELDS.filter((field) => isPromotion(field, after[field]!));
      // Only what is worse of the same AF class stays: each of its code points in its four congestion marks.
      const worse = [1, 2, 3, 4]
        .flatMap((x) => [1, 2, 3].map((y) => 8 * x + 2 * y))
        .filter((own) => own > dscp && own >> 3 === dscp >> 3 && (dscp & 7) !== 0 && dscp % 2 === 0);
      expect(kept).toEqual(worse.flatMap((own) => [0, 1, 2, 3].map((ecn) => 4 * own + ecn)));
    }
  });

  test("next to 0 and 0xffff, the two zeros of ones' complement", async () => {
    const dice = new Dice(2);
    const near = [0x0000, 0x0001, 0x0002, 0xfffe, 0xfffd, 0x7fff, 0x8000];
    const packets = FIELDS.flatMap((field) => near.map((checksum) => aimed(packetOf(dice, field), checksum)));
    expect(packets.map(checksumOf)).toEqual(FIELDS.flatMap(() => near));
    for (const action of ["dscp:0", "dscp:63", "dscp:af11", "af"]) {
      const after = await marked(packets, action);
      expect(after.filter((packet) => headerSum(packet) !== RIGHT)).toEqual([]);
    }
  });
});

test("a wrong checksum stays wrong by the same amount", async () => {
  const dice = new Dice(3);
  const errors = FIELDS.map(() => 1 + dice.below(RIGHT - 1));
  const packets = FIELDS.map((field) => withChecksum(packetOf(dice, field), errors[field]));
  const after = await marked(packets, "dscp:cs7");
  expect(after.map((packet) => headerSum(packet))).toEqual(errors.map((error) => (error === 0 ? RIGHT : error)));
});
