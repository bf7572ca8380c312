/** The packet loop of meters with one bucket. */
import {
  BATCH,
  COLOR_GREEN,
  COLOR_RED,
  COLUMN_CLOCK,
  COLUMN_COLOR,
  COLUMN_FLOW,
  COLUMN_LENGTH,
  CONFIG_RECORDS,
  PROFILE,
  PROFILE_BUCKET0,
} from "../abi";
import { isSet } from "../config";
import { Bucket } from "../meter/bucket";
import { recordAt } from "../records";
import { Slot, TOUCH_BYTE } from "../table/slot";
import { countOversize, Locate, refuseUntracked } from "./locate";

const BUCKET: usize = PROFILE + PROFILE_BUCKET0;

/** Meters the batch; the records of its flows are on their way into the cache when it is done. */
export function meterOneBucket(count: u32): void {
  const keepsRecords = isSet(CONFIG_RECORDS);
  for (let i: u32 = 0; i < count; i++) {
    Locate.touch(i);
    const nowNs = load<u64>(i << 3, BATCH + COLUMN_CLOCK);
    const units = Bucket.units(BUCKET, load<u32>(i << 2, BATCH + COLUMN_LENGTH));
    const address = Locate.slot(i, nowNs);
    if (address == 0) {
      refuseUntracked(i);
      continue;
    }
    const slot = changetype<Slot>(address);
    const record = <u32>slot.second;
    store<u32>(i << 2, record, BATCH + COLUMN_FLOW);
    if (keepsRecords) store<u8>(recordAt(record) + TOUCH_BYTE, 0);
    if (Bucket.isTooLarge(BUCKET, units)) {
      store<u8>(i, COLOR_RED, BATCH + COLUMN_COLOR);
      countOversize(i);
      continue;
    }
    const level = Bucket.lowered(slot.level, Bucket.drained(BUCKET, nowNs - slot.lastNs));
    const cost = Bucket.cost(BUCKET, units);
    const fits = Bucket.excess(BUCKET, level, cost) == 0;
    slot.lastNs = nowNs;
    slot.level = select<u64>(level + cost, level, fits);
    store<u8>(i, select<u32>(COLOR_GREEN, COLOR_RED, fits), BATCH + COLUMN_COLOR);
  }
}
