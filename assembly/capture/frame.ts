/** One captured frame into one row of a set of columns, and rows from set to set. */
import {
  COLUMN_CLASS,
  COLUMN_COLOR_IN,
  COLUMN_HASH,
  COLUMN_KEY,
  COLUMN_LENGTH,
  COLUMN_OTHER,
  COLUMN_TIME,
  CONFIG_CLASSES,
  CONFIG_DSCP_COLORS,
  CONFIG_FRAMES,
  CONFIG_LENGTH_IP,
  KEY_BYTES,
  KEY_LENGTH,
  OTHER_NO_IP,
  OTHER_NO_TIME,
  STAT_SHORT_KEYS,
} from "../abi";
import { CONFIG_CLASSIFIER } from "../abi/classifier";
import { CONFIG_LINK } from "../abi/link";
import { isSet, setting } from "../config";
import { allocateZeroed } from "../arena";
import { classify } from "../classify/classify";
import { NOT_IP } from "../encap/inner";
import { forgetVlan, outermostTag, outermostVlan } from "../encap/vlan";
import { copyKey } from "../flowkey";
import { linkPayload, UNKNOWN_LINK } from "../link/dispatch";
import { colorOfDscp, dscpOf } from "../net/dscp";
import { IpHeader, readIp } from "../net/ip";
import { writeKey } from "../net/key";
import { siphash } from "../siphash";
import { addStat } from "../stats";
import { copyPosition, writeOrigin, writePosition } from "./position";
import { Source } from "./source";

/** The one header that is filled for each frame in turn. */
const header = changetype<IpHeader>(allocateZeroed(offsetof<IpHeader>()));

/** The only node of a policy of one meter. */
const NO_SALT: u32 = 0;

/** False under policies whose keys are other ones (path/prepare.ts), and for a link, which asks for no flows. */
function asksForHash(): bool {
  return setting(CONFIG_CLASSES) == 0 && !isSet(CONFIG_LINK);
}

/** Writes time, length, key, hash, color of arrival and class of the frame at `frame` (captured up to `end`) to row `row`. */
export function writeFrame(
  source: Source,
  columns: usize,
  row: u32,
  link: u32,
  timeNs: u64,
  frame: usize,
  end: usize,
  originalBytes: u32,
): void {
  forgetVlan();
  let ip = linkPayload(link, frame, end);
  if (ip == UNKNOWN_LINK) {
    source.unknownLinkFrames++;
    source.unknownLink = link;
    ip = NOT_IP;
  }
  const hasIp = readIp(header, ip == NOT_IP ? end : ip, end);
  store<u64>(columns + (row << 3), timeNs, COLUMN_TIME);
  store<u8>(columns + row, hasIp ? 0 : OTHER_NO_IP, COLUMN_OTHER);
  const key = columns + row * KEY_BYTES + COLUMN_KEY;
  writeKey(key, header, end);
  if (asksForHash()) store<u64>(columns + (row << 3), siphash(key, load<u8>(key, KEY_LENGTH), NO_SALT), COLUMN_HASH);
  const classifier = <usize>setting(CONFIG_CLASSIFIER);
  if (classifier != 0) classify(classifier, columns + (row << 1) + COLUMN_CLASS, header, outermostVlan, end);
  if (isSet(CONFIG_DSCP_COLORS)) store<u8>(columns + row, colorOfDscp(dscpOf(header, end)), COLUMN_COLOR_IN);
  if (isSet(CONFIG_FRAMES)) {
    writePosition(columns, row, frame, end, hasIp ? header.at : 0, outermostTag);
    writeOrigin(columns, row, originalBytes, source.face);
  }
  if (header.isCut) addStat(STAT_SHORT_KEYS, 1);
  const useIpLength = hasIp && isSet(CONFIG_LENGTH_IP);
  store<u32>(columns + (row << 2), useIpLength ? header.lengthBytes : originalBytes, COLUMN_LENGTH);
}

/** True when the row's frame has no outermost IP header. */
export function isOther(columns: usize, row: u32): bool {
  return (load<u8>(columns + row, COLUMN_OTHER) & OTHER_NO_IP) != 0;
}

/** True when the row's time is not the frame's own, which has none. */
export function isTimeless(columns: usize, row: u32): bool {
  return (load<u8>(columns + row, COLUMN_OTHER) & OTHER_NO_TIME) != 0;
}

/** Notes of a row that `writeFrame` wrote that the frame has no time of its own. */
export function markTimeless(columns: usize, row: u32): void {
  store<u8>(columns + row, load<u8>(columns + row, COLUMN_OTHER) | OTHER_NO_TIME, COLUMN_OTHER);
}

/** Copies what `writeFrame` wrote from one row to another. */
export function copyFrame(from: usize, fromRow: u32, to: usize, toRow: u32): void {
  store<u64>(to + (toRow << 3), load<u64>(from + (fromRow << 3), COLUMN_TIME), COLUMN_TIME);
  store<u64>(to + (toRow << 3), load<u64>(from + (fromRow << 3), COLUMN_HASH), COLUMN_HASH);
  store<u32>(to + (toRow << 2), load<u32>(from + (fromRow << 2), COLUMN_LENGTH), COLUMN_LENGTH);
  store<u8>(to + toRow, load<u8>(from + fromRow, COLUMN_OTHER), COLUMN_OTHER);
  store<u8>(to + toRow, load<u8>(from + fromRow, COLUMN_COLOR_IN), COLUMN_COLOR_IN);
  store<u16>(to + (toRow << 1), load<u16>(from + (fromRow << 1), COLUMN_CLASS), COLUMN_CLASS);
  if (isSet(CONFIG_FRAMES)) copyPosition(from, fromRow, to, toRow);
  copyKey(from + fromRow * KEY_BYTES + COLUMN_KEY, to + toRow * KEY_BYTES + COLUMN_KEY);
}
