/** The hash columns of a batch under a policy of classes: one hash for each slot of each packet's path. */
import {
  BATCH,
  BY_ALL,
  COLUMN_KEY,
  COLUMN_USER_KEY,
  CONFIG_INTEGER_KEYS,
  ENTRY_BY,
  ENTRY_BYTES,
  ENTRY_HAS_LAST,
  ENTRY_LAST_HASH,
  ENTRY_LAST_KEY,
  ENTRY_PREFIX,
  ENTRY_SALT,
  KEY_BYTES,
  KEY_LENGTH,
} from "../abi";
import { isSet } from "../config";
import { deriveKey } from "../net/derive";
import { siphash } from "../siphash";
import { classOf, entriesOf, nodeOf, slotsOf } from "./classes";
import { hashColumn, nodeKeyColumn } from "./columns";

const INTEGER_KEY_BYTES: u32 = 8;
/** A key of the node at hand, and the word that the hash may read past it. */
const derived = memory.data(KEY_BYTES + 8, 8);

/** Fills the hash columns of the first `count` packets, whose keys and classes are there. */
export function preparePaths(count: u32): void {
  const hasIntegers = isSet(CONFIG_INTEGER_KEYS);
  for (let i: u32 = 0; i < count; i++) {
    const packetClass = classOf(i);
    const slots = slotsOf(packetClass);
    let entry = entriesOf(packetClass);
    for (let k: u32 = 0; k < slots; k++) {
      const hash = hasIntegers ? hashInteger(entry, i) : hashFrame(entry, i);
      store<u64>(hashColumn(k) + (i << 3), hash);
      entry += ENTRY_BYTES;
    }
  }
}

/** Nodes high up see the same key again and again. */
function hashInteger(entry: usize, i: u32): u64 {
  const node = nodeOf(entry);
  const column: usize = node == 0 ? <usize>(BATCH + COLUMN_USER_KEY) : nodeKeyColumn(node);
  const key = load<u64>(column + (i << 3));
  if (key == load<u64>(entry, ENTRY_LAST_KEY) && load<u32>(entry, ENTRY_HAS_LAST) != 0) {
    return load<u64>(entry, ENTRY_LAST_HASH);
  }
  store<u64>(entry, key, ENTRY_LAST_KEY);
  return remember(entry, siphash(column + (i << 3), INTEGER_KEY_BYTES, load<u32>(entry, ENTRY_SALT)));
}

function hashFrame(entry: usize, i: u32): u64 {
  const by = load<u32>(entry, ENTRY_BY);
  if (by == BY_ALL && load<u32>(entry, ENTRY_HAS_LAST) != 0) return load<u64>(entry, ENTRY_LAST_HASH);
  deriveKey(BATCH + COLUMN_KEY + i * KEY_BYTES, derived, by, load<u32>(entry, ENTRY_PREFIX));
  return remember(entry, siphash(derived, load<u8>(derived, KEY_LENGTH), load<u32>(entry, ENTRY_SALT)));
}

function remember(entry: usize, hash: u64): u64 {
  store<u64>(entry, hash, ENTRY_LAST_HASH);
  store<u32>(entry, 1, ENTRY_HAS_LAST);
  return hash;
}
