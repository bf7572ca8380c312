/** The batch: clock and hash first, then the packet loop of the policy's meter, then totals. */
import {
  BATCH,
  COLUMN_HASH,
  COLUMN_USER_KEY,
  CONFIG_CLASSES,
  CONFIG_COMPACT,
  CONFIG_DELAYS,
  CONFIG_LEVELS,
  CONFIG_PATH_SLOTS,
  CONFIG_RECORDS,
  CONFIG_TRUSTED_KEYS,
  KERNEL_ONE_BUCKET,
  KERNEL_TWO_BUCKETS,
  PROFILE,
  PROFILE_KERNEL,
} from "./abi";
import { KERNEL_FLUID_SHAPER } from "./abi/shaper";
import { CONFIG_LINK } from "./abi/link";
import { CONFIG_PASSED_CLOCK } from "./abi/rewrite";
import { clockRows } from "./clock";
import { isSet, setting } from "./config";
import { meterAny } from "./loop/any";
import { meterCompact } from "./loop/compact";
import { shapeFluid } from "./loop/fluid";
import { meterOneBucket } from "./loop/onebucket";
import { meterPaths } from "./loop/paths";
import { shapeAny } from "./loop/shape";
import { meterTwoBuckets } from "./loop/twobuckets";
import { mixKeys } from "./mixhash";
import { preparePaths } from "./path/prepare";
import { isShaper } from "./shape/kernels";
import { accountUpTo, beginAccounts } from "./records";
import { carryClock, settleClocks } from "./rewrite/clock";
import { schedule } from "./schedule/schedule";
import { siphash } from "./siphash";
import { hashIntegerLanes } from "./siphashlanes";
import { continueGrowth, isGrowing } from "./table/growth";
import { tally } from "./tally";

const LOOP_ANY: u32 = 0;
const LOOP_ONE_BUCKET: u32 = 1;
const LOOP_TWO_BUCKETS: u32 = 2;
const LOOP_PATHS: u32 = 3;
const LOOP_FLUID: u32 = 4;
const LOOP_SHAPED: u32 = 5;
const LOOP_COMPACT: u32 = 6;

/** The only node of a policy of one meter. */
const NO_SALT: u32 = 0;

/** Meters the first `count` packets of the batch columns: time, length and integer key are the caller's. */
export function run(count: u32): void {
  clockRows(0, count);
  if (isSet(CONFIG_LINK)) return sendBatch(count);
  if (hasClasses()) {
    preparePaths(count);
  } else {
    hashIntegers(BATCH + COLUMN_USER_KEY, BATCH + COLUMN_HASH, count);
  }
  meterBatch(count);
}

/** Meters the first `count` packets of the batch columns, decoded from captures, whose clocks and hashes are there. */
export function meterFrames(count: u32): void {
  if (isSet(CONFIG_LINK)) return sendBatch(count);
  prepareFrames(count);
  meterBatch(count);
}

/** Fills the hash columns of the paths of packets that are hashed already, as far as there are no paths. */
export function prepareFrames(count: u32): void {
  if (hasClasses()) preparePaths(count);
}

/** Hashes `count` integer keys at `keys` to `hashes`, both with room for six at least. */
export function hashIntegers(keys: usize, hashes: usize, count: u32): void {
  if (isSet(CONFIG_TRUSTED_KEYS)) return mixKeys(keys, hashes, count);
  if (ASC_FEATURE_SIMD) return hashIntegerLanes(keys, hashes, count);
  for (let i: u32 = 0; i < count; i++) store<u64>(hashes + (i << 3), siphash(keys + (i << 3), 8, NO_SALT));
}

/** A link asks for no flows. */
function sendBatch(count: u32): void {
  schedule(count);
  tally(count);
}

function hasClasses(): bool {
  return setting(CONFIG_CLASSES) != 0;
}

/** Meters the first `count` packets of the batch, whose hash and clock columns are filled. */
export function meterBatch(count: u32): void {
  const pathSlots = <u32>setting(CONFIG_PATH_SLOTS);
  if (isGrowing()) continueGrowth(count * max<u32>(pathSlots, 1));
  beginAccounts();
  const loop = loopOf();
  const isByVerdicts = isSet(CONFIG_PASSED_CLOCK);
  let first: u32 = 0;
  while (first < count) {
    const end = isByVerdicts ? settleClocks(first, count) : count;
    meterRows(loop, first, end);
    if (isByVerdicts) carryClock(first, end);
    first = end;
  }
  if (isSet(CONFIG_RECORDS)) accountUpTo(count);
  tally(count);
}

/** Rows [first, end) of the batch; a shaper is given all. */
function meterRows(loop: u32, first: u32, end: u32): void {
  if (loop == LOOP_PATHS) meterPaths(first, end);
  else if (loop == LOOP_ONE_BUCKET) meterOneBucket(first, end);
  else if (loop == LOOP_COMPACT) meterCompact(first, end);
  else if (loop == LOOP_TWO_BUCKETS) meterTwoBuckets(first, end);
  else if (loop == LOOP_FLUID) shapeFluid(end);
  else if (loop == LOOP_SHAPED) shapeAny(end);
  else meterAny(first, end);
}

/** The loop is chosen once a batch, not once a packet: the two usual kinds of meter have one of their own. */
function loopOf(): u32 {
  if (hasClasses()) return LOOP_PATHS;
  if (isSet(CONFIG_COMPACT)) return LOOP_COMPACT;
  const kernel = <u32>load<u64>(PROFILE, PROFILE_KERNEL);
  const wantsMore = isSet(CONFIG_DELAYS) || isSet(CONFIG_LEVELS);
  if (isShaper(PROFILE)) return kernel == KERNEL_FLUID_SHAPER && !wantsMore ? LOOP_FLUID : LOOP_SHAPED;
  // Refused packets that leave no trace (rewrite/clock.ts) would cost the usual loops 5 % where none is dropped.
  if (wantsMore || isSet(CONFIG_PASSED_CLOCK)) return LOOP_ANY;
  if (kernel == KERNEL_ONE_BUCKET) return LOOP_ONE_BUCKET;
  return kernel == KERNEL_TWO_BUCKETS ? LOOP_TWO_BUCKETS : LOOP_ANY;
}
