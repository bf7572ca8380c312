/** When would a refused packet pass its path? Bisection over whole nanoseconds on copies of the slots. */
import {
  BUCKET_DRAIN,
  BUCKET_DRAINED_AFTER,
  COLOR_RED,
  ENTRY_BYTES,
  KERNEL_TWO_BUCKETS,
  PATH_SLOTS_MAX,
  PROFILE_BUCKET0,
  PROFILE_BUCKET1,
  PROFILE_KERNEL,
  SLOT_BYTES,
} from "../abi";
import { DELAY_NEVER } from "../meter/bucket";
import { refresh } from "../meter/kernels";
import { copyFields, Slot } from "../table/slot";
import { entriesOf, profileOf, slotsOf } from "./classes";
import { colorOfPath, judgePath } from "./judge";

const copies = memory.data(PATH_SLOTS_MAX * SLOT_BYTES, 8);
const copyAddresses = memory.data(PATH_SLOTS_MAX * 4, 4);

/**
 * Ns until the packet would not be red if nothing else came, on slots drained to now. Levels only fall meanwhile and
 * colors only improve, so "not red after d" holds from some d on, if ever.
 */
export function delayOfPath(slots: usize, packetClass: usize, lengthBytes: u32, colorIn: u32): u64 {
  let refused: u64 = 0;
  let passes = allDrainedAfter(packetClass);
  if (isRedAfter(passes, slots, packetClass, lengthBytes, colorIn)) return DELAY_NEVER;
  while (passes - refused > 1) {
    const middle = refused + (passes - refused) / 2;
    if (isRedAfter(middle, slots, packetClass, lengthBytes, colorIn)) refused = middle;
    else passes = middle;
  }
  return passes;
}

/** A time after which every bucket that drains at all is empty. */
function allDrainedAfter(packetClass: usize): u64 {
  const entries = entriesOf(packetClass);
  const count = slotsOf(packetClass);
  let after: u64 = 0;
  for (let k: u32 = 0; k < count; k++) {
    const profile = profileOf(entries + k * ENTRY_BYTES);
    after = max(after, drainedAfter(profile + PROFILE_BUCKET0));
    if (load<u64>(profile, PROFILE_KERNEL) == <u64>KERNEL_TWO_BUCKETS) {
      after = max(after, drainedAfter(profile + PROFILE_BUCKET1));
    }
  }
  return after;
}

function drainedAfter(bucket: usize): u64 {
  return load<u64>(bucket, BUCKET_DRAIN) == 0 ? 0 : load<u64>(bucket, BUCKET_DRAINED_AFTER);
}

function isRedAfter(ns: u64, slots: usize, packetClass: usize, lengthBytes: u32, colorIn: u32): bool {
  const entries = entriesOf(packetClass);
  const count = slotsOf(packetClass);
  for (let k: u32 = 0; k < count; k++) {
    const copy = copies + k * SLOT_BYTES;
    copyFields(load<u32>(slots + (k << 2)), copy);
    const slot = changetype<Slot>(copy);
    // The slot is drained to now: counted from 0, elapsed time cannot pass the end of 64 bits.
    slot.lastNs = 0;
    refresh(profileOf(entries + k * ENTRY_BYTES), slot, ns);
    store<u32>(copyAddresses + (k << 2), <u32>copy);
  }
  judgePath(copyAddresses, packetClass, lengthBytes, colorIn);
  return colorOfPath() == <u32>COLOR_RED;
}
