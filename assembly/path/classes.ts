/** The policy's classes and path entries, as the host wrote them (CLASS_*, ENTRY_* in abi.ts). */
import {
  BATCH,
  CLASS_BYTES,
  CLASS_ENTRY,
  CLASS_SLOTS,
  COLUMN_CLASS,
  CONFIG_CLASS_COUNT,
  CONFIG_CLASSES,
  CONFIG_ENTRIES,
  ENTRY_BYTES,
  ENTRY_IS_FIRST,
  ENTRY_IS_KEPT,
  ENTRY_NODE_INDEX,
  ENTRY_PROFILE,
} from "../abi";
import { setting } from "../config";

/** Address of the class of packet `i`; a class outside the policy is the last one. */
export function classOf(i: u32): usize {
  const last = <u32>setting(CONFIG_CLASS_COUNT) - 1;
  return <usize>setting(CONFIG_CLASSES) + min<u32>(load<u16>(i << 1, BATCH + COLUMN_CLASS), last) * CLASS_BYTES;
}

export function slotsOf(packetClass: usize): u32 {
  return load<u32>(packetClass, CLASS_SLOTS);
}

/** Address of the class's first path entry; those of its other slots follow. */
export function entriesOf(packetClass: usize): usize {
  return entryAddress(load<u32>(packetClass, CLASS_ENTRY));
}

export function entryAddress(index: u32): usize {
  return <usize>setting(CONFIG_ENTRIES) + index * ENTRY_BYTES;
}

export function profileOf(entry: usize): usize {
  return load<u32>(entry, ENTRY_PROFILE);
}

/** Node of the path that the slot belongs to, leaf first. */
export function nodeOf(entry: usize): u32 {
  return load<u32>(entry, ENTRY_NODE_INDEX);
}

/** True for the first slot of a node, which has the node's record. */
export function isFirstOfNode(entry: usize): bool {
  return load<u32>(entry, ENTRY_IS_FIRST) != 0;
}

/** True when flows of the slot's node do not begin drained. */
export function isKept(entry: usize): bool {
  return load<u32>(entry, ENTRY_IS_KEPT) != 0;
}
