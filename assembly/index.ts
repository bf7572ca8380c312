/** The exports of the core, and nothing else. */
import { ABI_VERSION } from "./abi";
import { run } from "./batch";
import { batchFirstFrame, decodeBatch, meterDecoded } from "./capture/decode";
import { addSource, feed, spaceAt, spaceFor } from "./capture/sources";
import { initialize } from "./initialize";
import { isFreeRecord, keyAt, recordAt } from "./records";
import { writeFlowName, writeFlowRows, writePacketRows } from "./text/rows";
import { textBytes } from "./text/writer";

/** Compared with the constants of the host (abi.ts) when a module is instantiated. */
export function abiVersion(): u32 {
  return ABI_VERSION;
}

export { initialize, run };
export { addSource, batchFirstFrame, decodeBatch, feed, meterDecoded, spaceAt, spaceFor };
export { isFreeRecord, keyAt, recordAt };
export { textBytes, writeFlowName, writeFlowRows, writePacketRows };
