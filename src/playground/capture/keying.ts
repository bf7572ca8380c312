/** What makes packets one flow: indexes of flows under any key, made from the 5-tuples of the capture. */
import {
  KEY_BYTES,
  KEY_KIND,
  KEY_LENGTH,
  KEY_PREFIX,
  KIND_ADDRESS4,
  KIND_ADDRESS6,
  KIND_ALL,
  KIND_FIVE4,
  KIND_FIVE6,
  KIND_PAIR4,
  KIND_PAIR6,
  KIND_PREFIX4,
  KIND_PREFIX6,
} from "../../../assembly/abi.ts";
import type { FlowKeying } from "../../types.ts";
import type { LoadedCapture } from "./load.ts";

/** The capture's packets as flows of one kind. */
export interface KeyedFlows {
  readonly count: number;
  /** 0, 1, 2 ... */
  readonly all: Uint32Array;
  /** KEY_BYTES each. */
  readonly keys: Uint8Array;
  /** Of each packet, from 0 in the order of first arrival. */
  readonly flow: Uint32Array;
  /** Of each flow. */
  readonly packets: Uint32Array;
  readonly frameBytes: Float64Array;
  readonly ipBytes: Float64Array;
}

/** Clears the bits behind the first `bits` of an address of `bytes` bytes. */
function mask(address: Uint8Array, bytes: number, bits: number): void {
  for (let index = 0; index < bytes; index += 1) {
    const kept = Math.min(Math.max(bits - 8 * index, 0), 8);
    address[index]! &= 0xff << (8 - kept);
  }
}

/** What the core makes of the 5-tuple `tuple` under a key: assembly/net/derive.ts. A key without IP stays. */
export function deriveKey(tuple: Uint8Array, { by, prefixBits }: FlowKeying): Uint8Array {
  const kind = tuple[KEY_KIND]!;
  const key = new Uint8Array(KEY_BYTES);
  if (by === "all") {
    key[KEY_KIND] = KIND_ALL;
    return key;
  }
  if (by === "5-tuple" || (kind !== KIND_FIVE4 && kind !== KIND_FIVE6)) return tuple;
  const isIpv4 = kind === KIND_FIVE4;
  const bytes = isIpv4 ? 4 : 16;
  if (by === "pair") {
    key.set(tuple.subarray(0, 2 * bytes));
    key[KEY_KIND] = isIpv4 ? KIND_PAIR4 : KIND_PAIR6;
    key[KEY_LENGTH] = 2 * bytes;
    return key;
  }
  const from = by === "destination" ? bytes : 0;
  key.set(tuple.subarray(from, from + bytes));
  key[KEY_LENGTH] = bytes;
  key[KEY_KIND] = isIpv4 ? KIND_ADDRESS4 : KIND_ADDRESS6;
  if (prefixBits === undefined) return key;
  const bits = Math.min(prefixBits, 8 * bytes);
  mask(key, bytes, bits);
  key[KEY_PREFIX] = bits;
  key[KEY_KIND] = isIpv4 ? KIND_PREFIX4 : KIND_PREFIX6;
  return key;
}

/** Two equal keys give equal texts. */
function textOf(key: Uint8Array): string {
  return String.fromCharCode(...key);
}

/** For each 5-tuple the index of its flow under the key; and the keys of those flows. */
function joinFlows({ keys, flows }: LoadedCapture, keying: FlowKeying): { flowOf: Uint32Array; keys: Uint8Array } {
  const flowOf = new Uint32Array(flows);
  const known = new Map<string, number>();
  const joined = new Uint8Array(flows * KEY_BYTES);
  for (let tuple = 0; tuple < flows; tuple += 1) {
    const key = deriveKey(keys.subarray(tuple * KEY_BYTES, (tuple + 1) * KEY_BYTES), keying);
    const text = textOf(key);
    let flow = known.get(text);
    if (flow === undefined) {
      flow = known.size;
      known.set(text, flow);
      joined.set(key, flow * KEY_BYTES);
    }
    flowOf[tuple] = flow;
  }
  return { flowOf, keys: joined.slice(0, known.size * KEY_BYTES) };
}

/** Indexes and totals of all flows under a key. */
export function keyFlows(capture: LoadedCapture, keying: FlowKeying): KeyedFlows {
  const { columns } = capture;
  const isTuple = keying.by === "5-tuple";
  const { flowOf, keys } = isTuple ? { flowOf: undefined, keys: capture.keys } : joinFlows(capture, keying);
  const count = keys.length / KEY_BYTES;
  const flow = flowOf === undefined ? columns.flow : columns.flow.map((tuple) => flowOf[tuple]!);
  const packets = new Uint32Array(count);
  const frameBytes = new Float64Array(count);
  const ipBytes = new Float64Array(count);
  for (let index = 0; index < columns.packets; index += 1) {
    const at = flow[index]!;
    packets[at]! += 1;
    frameBytes[at]! += columns.frameBytes[index]!;
    ipBytes[at]! += columns.ipBytes[index]!;
  }
  const all = Uint32Array.from(packets, (_, index) => index);
  return { count, all, keys, flow, packets, frameBytes, ipBytes };
}
