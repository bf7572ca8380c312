/** Runs the built command as users do, and reads what it prints and writes. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll } from "vitest";
import type { PolicyInput } from "../../src/policies.ts";
import { ipv4Bytes, ipv6Bytes } from "./ipwriter.ts";
import { concat, network, type PcapOptions, type WrittenFrame, writePcap } from "./writer.ts";

export const ROOT = fileURLToPath(new URL("../..", import.meta.url));
export const MAIN = join(ROOT, "dist/src/cli/main.js");
export const OFFICE = join(ROOT, "examples/office.pcap.gz");
/** A policy that refuses part of the office's traffic. */
export const POLICY = ["--meter", "token-bucket", "--rate", "1 Mbit/s", "--burst", "16 kB"] as const;

const TIMEOUT_MS = 60_000;

export interface Answer {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface AnswerOptions {
  readonly input?: Uint8Array;
  readonly cwd?: string;
}

/** Runs `weir` to its end. */
export function weir(args: readonly string[], { input = new Uint8Array(0), cwd = ROOT }: AnswerOptions = {}): Answer {
  const result = spawnSync(process.execPath, [MAIN, ...args], {
    cwd,
    input,
    encoding: "utf8",
    maxBuffer: 1 << 28,
    timeout: TIMEOUT_MS,
  });
  return { code: result.status, stdout: result.stdout, stderr: result.stderr };
}

/** `weir meter`, which must succeed without a word on stderr. */
export function meter(args: readonly string[], options?: AnswerOptions): string {
  const { code, stdout, stderr } = weir(["meter", ...args], options);
  if (code !== 0 || stderr !== "") throw new Error(`weir meter ${args.join(" ")}: exit ${code}: ${stderr}`);
  return stdout;
}

export type Amount = number | string;
export interface CountJson {
  readonly packets: Amount;
  readonly bytes: Amount;
}
export interface FlowJson extends CountJson {
  readonly flow: string;
  readonly green: CountJson;
  readonly yellow: CountJson;
  readonly red: CountJson;
  readonly firstNs: Amount;
  readonly lastNs: Amount;
  /** Under a policy of classes. */
  readonly class?: string;
  readonly node?: string;
}

export interface ColorsJson extends CountJson {
  readonly name: string;
  readonly green: CountJson;
  readonly yellow: CountJson;
  readonly red: CountJson;
}

export interface ClassJson extends ColorsJson {
  readonly action: string;
  readonly flows: number;
  readonly oversize: CountJson;
  readonly untracked: CountJson;
  readonly refusedBy: readonly (CountJson & { readonly node: string })[];
}

export interface NodeJson extends ColorsJson {
  readonly instances: number;
  readonly refused: CountJson;
  readonly top: readonly FlowJson[];
}

/** What `--json` promises (DESIGN: contracts that scripts rely on). */
export interface SummaryJson extends CountJson {
  readonly flows: Amount;
  readonly green: CountJson;
  readonly yellow: CountJson;
  readonly red: CountJson;
  readonly oversize: CountJson;
  readonly other: CountJson;
  readonly untracked: CountJson;
  readonly evicted: CountJson & { readonly flows: Amount };
  readonly time: { readonly firstNs: Amount | null; readonly lastNs: Amount | null; readonly regressions: Amount };
  readonly truncated: boolean;
  readonly policy: Readonly<Record<string, unknown>>;
  readonly digest: string;
  readonly topFlows: readonly FlowJson[];
  readonly classes: readonly ClassJson[];
  readonly nodes: readonly NodeJson[];
  readonly memory: { readonly flowBytes: number; readonly bytesPerFlow: number | null };
}

/** The summary of a run that succeeds. */
export function meterJson(args: readonly string[], options?: AnswerOptions): SummaryJson {
  return JSON.parse(meter([...args, "--json"], options)) as SummaryJson;
}

export interface PacketRow {
  readonly index: bigint;
  readonly timeNs: bigint;
  readonly flow: string;
  readonly length: number;
  readonly color: string;
  /** As written: a number or "never". */
  readonly delay: string;
  readonly reason: string;
  /** With `--levels`, one or two. */
  readonly levels?: readonly string[];
}

export const PACKET_HEADER = "index,time_ns,flow,length,color,delay_ns,reason";
export const FLOW_HEADER =
  "flow,packets,bytes,green_packets,green_bytes,yellow_packets,yellow_bytes,red_packets,red_bytes,first_ns,last_ns";

/** Reads `--packets`; throws when the text is no such table. */
export function packetRows(csv: string): PacketRow[] {
  const hasLevels = csv.startsWith(`${PACKET_HEADER},`);
  return tableRows(csv, hasLevels ? `${PACKET_HEADER},level,level2` : PACKET_HEADER).map(packetRow);
}

function packetRow([index, timeNs, flow, length, color, delay, reason, ...levels]: readonly string[]): PacketRow {
  return {
    index: BigInt(index!),
    timeNs: BigInt(timeNs!),
    flow: flow!,
    length: Number(length),
    color: color!,
    delay: delay!,
    reason: reason!,
    ...(levels.length === 0 ? {} : { levels }),
  };
}

/** Cells of a CSV table whose cells hold no commas. */
export function tableRows(csv: string, header: string): string[][] {
  const [head, ...lines] = csv.split("\n");
  if (head !== header) throw new Error(`the header is ${head}`);
  if (lines.pop() !== "") throw new Error("the last line has no end");
  return lines.map((line) => {
    const cells = line.split(",");
    if (cells.length !== header.split(",").length) throw new Error(`a row of another width: ${line}`);
    return cells;
  });
}

/** "GGR" for green, green, red. */
export function colorsOf(rows: readonly PacketRow[]): string {
  return rows.map(({ color }) => color[0]!.toUpperCase()).join("");
}

/** The rows that `--packets -` prints. */
export function meterRows(args: readonly string[], options?: AnswerOptions): PacketRow[] {
  return packetRows(meter([...args, "--packets", "-", "--quiet"], options));
}

/** A policy as options: camelCase becomes dashes, a flag has no value, a list repeats its option. */
export function optionsOf(policy: PolicyInput): string[] {
  return Object.entries(policy).flatMap(([key, value]) => {
    const name = `--${key.replace(/[A-Z]/gu, (letter) => `-${letter.toLowerCase()}`)}`;
    if (value === true) return [name];
    if (typeof value === "string" || typeof value === "number") return [name, `${value}`];
    if (key !== "buckets" || !Array.isArray(value)) throw new Error(`${key}: no option for ${JSON.stringify(value)}`);
    return value.flatMap((bucket) => ["--bucket", String(bucket)]);
  });
}

/** A folder of the test file's own, removed at its end. */
export class Scratch {
  readonly path = mkdtempSync(join(tmpdir(), "weir-cli-"));

  constructor() {
    afterAll(() => rmSync(this.path, { recursive: true, force: true }));
  }

  at(name: string): string {
    return join(this.path, name);
  }

  write(name: string, content: string | Uint8Array): string {
    writeFileSync(this.at(name), content);
    return this.at(name);
  }

  pcap(name: string, frames: readonly WrittenFrame[], options: PcapOptions = { clock: "nano" }): string {
    return this.write(name, writePcap(frames, options));
  }
}

export interface Endpoints {
  readonly source?: string;
  readonly destination?: string;
  readonly sourcePort?: number;
  readonly destinationPort?: number;
  readonly protocol?: number;
  /** Differentiated services code point, such as 10 for AF11. */
  readonly dscp?: number;
}

const UDP = 17;
const ETHERNET_BYTES = 14;

function ethernet(type: number, packet: Uint8Array): Uint8Array {
  return network().zeros(12).u16(type).raw(packet).done();
}

/** An Ethernet frame of so many bytes on the wire, with an IPv4 or IPv6 packet as long as the frame allows. */
export function ipFrame(timeNs: bigint, wireBytes: number, ends: Endpoints = {}): WrittenFrame {
  const { source = "10.0.0.1", destination = "10.0.0.2", sourcePort = 1111, destinationPort = 53 } = ends;
  const { protocol = UDP, dscp = 0 } = ends;
  const upper = network().u16(sourcePort, destinationPort, 8, 0).done();
  const ipBytes = wireBytes - ETHERNET_BYTES;
  const packet = source.includes(":")
    ? network()
        .u32(0x60000000 + dscp * 2 ** 22)
        .u16(ipBytes - 40)
        .u8(protocol, 64)
        .raw(ipv6Bytes(source), ipv6Bytes(destination), upper)
        .done()
    : network()
        .u8(0x45, dscp << 2)
        .u16(ipBytes, 1, 0)
        .u8(64, protocol)
        .u16(0)
        .raw(ipv4Bytes(source), ipv4Bytes(destination), upper)
        .done();
  return { timeNs, bytes: ethernet(source.includes(":") ? 0x86dd : 0x0800, packet), originalBytes: wireBytes };
}

/** An ARP frame: no IP header. */
export function arpFrame(timeNs: bigint, wireBytes = 60): WrittenFrame {
  return { timeNs, bytes: ethernet(0x0806, concat(new Uint8Array(28))), originalBytes: wireBytes };
}

export const MS = 1_000_000n;
