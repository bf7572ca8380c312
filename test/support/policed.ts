/** Captures policed in memory, and what must come of them: edits and cuts by the definitions, sharing nothing with the core. */
import { BATCH, COLOR_GREEN, COLOR_RED, COLOR_YELLOW, COLUMN_TIME } from "../../assembly/abi.ts";
import { coreModule, type CoreBuild } from "../../src/core/module.node.ts";
import { hasPassedClock } from "../../src/police/clock.ts";
import { countsOf, type ColorCounts } from "../../src/police/counts.ts";
import { Rewriter } from "../../src/police/rewriter.ts";
import { statsOf } from "../../src/core/engine.ts";
import { type ColorAction, type ColorActions, parseAction } from "../../src/policies.ts";
import { CaptureMeter, type FlowKeying } from "../../src/trace/meter.ts";
import type { Policy } from "../../src/types.ts";
import { Input, POLICY } from "./capture.ts";
import { concat, type WrittenFrame } from "./writer.ts";

/** Where the batch's times lie among 64-bit words. */
const TIMES = (BATCH + COLUMN_TIME) / 8;

export interface PoliceCase {
  readonly green?: string;
  readonly yellow?: string;
  readonly red?: string;
  readonly policy?: Policy;
  readonly keying?: FlowKeying;
  readonly chunkBytes?: number;
  readonly skipOther?: boolean;
  readonly delays?: boolean;
  readonly build?: CoreBuild;
}

export interface Policed {
  readonly bytes: Uint8Array;
  /** Of the packets that were metered. */
  readonly colors: readonly number[];
  readonly counts: readonly ColorCounts[];
  /** Packets metered at an older time than `weir meter` takes. */
  readonly earlier: bigint;
  /** Own times of the packets that were metered. */
  readonly timesNs: readonly bigint[];
}

export function actionsOf({ green = "pass", yellow = "pass", red = "drop" }: PoliceCase): ColorActions {
  return {
    green: parseAction("green", green),
    yellow: parseAction("yellow", yellow),
    red: parseAction("red", red),
  };
}

/** What `weir police` writes of a capture. */
export async function policed(capture: Uint8Array, options: PoliceCase = {}): Promise<Policed> {
  const policy = options.policy ?? POLICY;
  const actions = actionsOf(options);
  const meter = new CaptureMeter(coreModule(options.build ?? "debug"), {
    policy,
    keying: options.keying ?? { by: "5-tuple" },
    captureCount: 1,
    maxFlows: 1 << 20,
    secret: [1, 2, 3, 4],
    records: false,
    delays: options.delays ?? false,
    skipOther: options.skipOther ?? false,
    frames: true,
    passedClock: hasPassedClock(policy, actions),
  });
  const pieces: Uint8Array[] = [];
  const colors: number[] = [];
  const timesNs: bigint[] = [];
  const rewriter = new Rewriter(meter, "test", actions, (bytes) => void pieces.push(bytes.slice()));
  const input = new Input(capture, options.chunkBytes ?? Infinity);
  for (let step = meter.step(); step.kind !== "done"; step = meter.step()) {
    if (step.kind === "batch") {
      colors.push(...meter.views.color.subarray(0, step.packets));
      timesNs.push(...meter.views.longs.subarray(TIMES, TIMES + step.packets));
      await rewriter.take(step.packets);
    } else {
      await rewriter.beforeFeed();
      input.feed(meter, 0);
    }
  }
  await rewriter.take(0);
  const counts = countsOf(rewriter, actions, statsOf(meter.core));
  return { bytes: concat(...pieces), colors, counts, earlier: rewriter.earlier, timesNs };
}

export function actionFor(actions: ColorActions, color: number): ColorAction {
  if (color === COLOR_GREEN) return actions.green;
  return color === COLOR_YELLOW ? actions.yellow : actions.red;
}

/** The ones' complement sum of a header's words, RFC 1071: 0xffff when its checksum is right. What was cut counts as 0. */
export function headerSum(packet: Uint8Array): number {
  const words = Array.from(
    { length: (packet[0]! & 15) * 2 },
    (_, index) => (packet[2 * index] ?? 0) * 256 + (packet[2 * index + 1] ?? 0),
  );
  return words.reduce((sum, word) => ((sum + word) % 0x10000) + Math.floor((sum + word) / 0x10000), 0);
}

function setWord(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >> 8;
  bytes[at + 1] = value & 255;
}

/** A copy whose IPv4 header checksum is off by `error`; 0: right. */
export function withChecksum(packet: Uint8Array, error = 0): Uint8Array {
  const copy = packet.slice();
  if (copy[0]! >> 4 !== 4) return copy;
  setWord(copy, 10, 0);
  setWord(copy, 10, (0xffff - headerSum(copy) + error) % 0xffff);
  return copy;
}

/** The same frame of other bytes. */
export function withBytes(frame: WrittenFrame, bytes: Uint8Array): WrittenFrame {
  return { ...frame, bytes };
}

/** Where the headers stand in a frame; -1 for none. */
export interface Layout {
  readonly network: number;
  readonly tag: number;
}

/**
 * The frame as its color's action leaves it, or undefined when it is dropped. Bits are set one by one, and the IPv4
 * checksum is made anew from the whole header, plus the error that it had.
 */
export function actedOn(
  frame: Uint8Array,
  { network, tag }: Layout,
  action: ColorAction,
  color: number,
): Uint8Array | undefined {
  if (action.drops) return undefined;
  const bytes = frame.slice();
  const room = network < 0 ? 0 : frame.length - network;
  const version = room > 0 ? frame[network]! >> 4 : 0;
  if ((version === 4 && room >= 12) || (version === 6 && room >= 2)) {
    const field = version === 4 ? bytes[network + 1]! : ((bytes[network]! & 15) << 4) | (bytes[network + 1]! >> 4);
    const ecn = field % 4;
    if (action.ecn && ecn === 0) return undefined;
    const after = codePoint(field >> 2, action, color) * 4 + (action.ecn ? 3 : ecn);
    if (version === 6) {
      bytes[network] = 0x60 | (after >> 4);
      bytes[network + 1] = ((after & 15) << 4) | (bytes[network + 1]! & 15);
    } else if (after !== field) {
      const packet = bytes.subarray(network);
      const sum = headerSum(packet);
      bytes[network + 1] = after;
      // The header's sum is to stay what it was; a sum of 0 needs all words 0, so 0xffff stands for it.
      setWord(packet, 10, 0);
      setWord(packet, 10, (sum - headerSum(packet) + 2 * 0xffff) % 0xffff);
    }
  }
  if (tag >= 0 && tag + 2 <= bytes.length) {
    if (action.pcp !== undefined) bytes[tag] = (bytes[tag]! & 0x1f) | (action.pcp << 5);
    if (action.dei) bytes[tag] = bytes[tag]! | 0x10;
  }
  return bytes;
}

const AF = new Map([1, 2, 3, 4].flatMap((x) => [1, 2, 3].map((y) => [8 * x + 2 * y, { x, y }] as const)));

function codePoint(dscp: number, action: ColorAction, color: number): number {
  const own = AF.get(dscp);
  const wanted = action.dscp === undefined ? undefined : AF.get(action.dscp);
  if (action.dscp !== undefined) {
    const promotes = own !== undefined && wanted !== undefined && own.x === wanted.x && own.y > wanted.y;
    return promotes ? dscp : action.dscp;
  }
  if (!action.af || own === undefined) return dscp;
  const due = color === COLOR_RED ? 3 : color + 1;
  return 8 * own.x + 2 * Math.max(own.y, due);
}
