/** The exports of the core, and nothing else. */
import { ABI_VERSION } from "./abi";
import { allocateZeroed } from "./arena";
import { run } from "./batch";
import { batchFirstFrame, decodeBatch, hashDecoded, meterDecoded, meterHashed, meterTimed } from "./capture/decode";
import {
  addSource,
  captureOffset,
  feed,
  limitCapture,
  moveCapture,
  seekRecord,
  spaceAt,
  spaceFor,
} from "./capture/sources";
import { faceAt, faceCount } from "./capture/faces";
import {
  createDepartures,
  departFromLink,
  holdFrames,
  holdStop,
  isOutputSwapped,
  outputAt,
  outputFace,
  releaseFrames,
  takeOutput,
} from "./departures/departures";
import { queueCounts } from "./departures/counts";
import { initialize } from "./initialize";
import { countsAt } from "./lookup";
import { createMeasures, measures } from "./measure/flow";
import { hashColumn, nodeKeyColumn } from "./path/columns";
import { setAction } from "./rewrite/action";
import { rewriteAt } from "./rewrite/results";
import { rewrite } from "./rewrite/rewrite";
import { entryOf, isFreeRecord, keyAt, recordAt } from "./records";
import { flushLink } from "./schedule/schedule";
import { createShard, endRound, sortPiece } from "./shards/piece";
import { gatherBytes, gatherLongs, meterRun, scatterBytes, scatterLongs } from "./shards/runs";
import { allTableBytes } from "./table/table";
import { writeFlowObjects } from "./text/flowjson";
import { writeFlowName, writeFlowRows } from "./text/flowrows";
import { flowTextCount, flowTextLengths, flowTextRecords, writePacketFlows, writeRecordFlows } from "./text/flowtexts";
import { writeLevelDecimals } from "./text/leveldecimals";
import { writePacketRows } from "./text/packetrows";
import { textBytes } from "./text/writer";

/** Compared with the constants of the host (abi.ts) when a module is instantiated. */
export function abiVersion(): u32 {
  return ABI_VERSION;
}

/** Bytes of the flow table in use. */
export function tableBytes(): u32 {
  return allTableBytes();
}

/** Memory for tables that the host makes, zeroed and aligned to a cache line; 0 when there is none. Before `initialize`. */
export function reserve(bytes: u32): usize {
  return allocateZeroed(bytes);
}

export { flushLink, initialize, run };
export { createShard, endRound, sortPiece };
export { gatherBytes, gatherLongs, meterRun, scatterBytes, scatterLongs };
export { addSource, batchFirstFrame, decodeBatch, feed, meterDecoded, spaceAt, spaceFor };
export { captureOffset, limitCapture, moveCapture, seekRecord };
export { hashColumn, hashDecoded, meterHashed, meterTimed };
export { countsAt, entryOf, isFreeRecord, keyAt, nodeKeyColumn, recordAt };
export { rewrite, rewriteAt, setAction };
export { textBytes, writeFlowName, writeFlowObjects, writeFlowRows, writePacketRows };
export { flowTextCount, flowTextLengths, flowTextRecords, writeLevelDecimals, writePacketFlows, writeRecordFlows };
export {
  createDepartures,
  departFromLink,
  holdFrames,
  holdStop,
  isOutputSwapped,
  outputAt,
  outputFace,
  releaseFrames,
  takeOutput,
};
export { createMeasures, measures };
export { faceAt, faceCount, queueCounts };
