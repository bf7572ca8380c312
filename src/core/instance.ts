/** A running core: the exports of one instance, checked against the constants this package was built with. */
import { instantiateSync } from "@assemblyscript/loader";
import { ABI_VERSION } from "../../assembly/abi.ts";

/** The exports of the core (assembly/index.ts). Calls go to the raw exports: the loader's wrappers cost 17 ns each. */
export interface CoreExports {
  readonly memory: WebAssembly.Memory;
  abiVersion(): number;
  /** Zeroed memory for the host's tables, 0 when there is none; before `initialize`. */
  reserve(bytes: number): number;
  initialize(): number;
  run(packetCount: number): void;
  /** Makes the columns of core `index` of `shards` that share batches, after `initialize`: their address; 0: no memory. */
  createShard(index: number, shards: number): number;
  /** Sorts the piece's first rows into runs, each with room for `room` rows; `turn`: 0 and 1, round after round. */
  sortPiece(rows: number, room: number, turn: number): void;
  /** Fills a run's packets from the piece's column, all of them offsets (assembly/abi/shards.ts). */
  gatherLongs(piece: number, runs: number, first: number, packets: number, turn: number): void;
  gatherBytes(piece: number, runs: number, first: number, packets: number, turn: number): void;
  /** The other way round. */
  scatterLongs(runs: number, piece: number, first: number, packets: number, turn: number): void;
  scatterBytes(runs: number, piece: number, first: number, packets: number, turn: number): void;
  /** Meters packets in the batch columns that core `from` has sorted out for this one. */
  meterRun(from: number, packets: number): void;
  /** Moves the clock on, once all heads are there and all runs are metered. */
  endRound(): void;
  /** Sends all that waits on a link. */
  flushLink(): void;
  addSource(): number;
  spaceFor(capture: number): number;
  spaceAt(capture: number): number;
  feed(capture: number, bytes: number): void;
  /** No record of the capture, a pcap, is begun at or behind `offset` of its file: DECODE_LIMIT is answered there. */
  limitCapture(capture: number, offset: bigint): void;
  /** The capture, whose header was read, goes on at `offset`; its window wants those bytes. */
  moveCapture(capture: number, offset: bigint): void;
  /** Passes over its window up to what looks like a record's beginning; 0 when nothing does. */
  seekRecord(capture: number): number;
  /** Offset in its file up to which all bytes belong to what was handed out. */
  captureOffset(capture: number): bigint;
  decodeBatch(): number;
  batchFirstFrame(): bigint;
  meterDecoded(): number;
  /** Hashes what was decoded for another core, and begins the next batch. Answers the number of packets. */
  hashDecoded(): number;
  /** Meters columns that another core has decoded and hashed. */
  meterHashed(packets: number, firstFrame: bigint): void;
  /** The same where times are not compared yet: all frames that come next. */
  meterTimed(packets: number): void;
  /** Address of the column of hashes of path slot `slot`, under a policy of classes. */
  hashColumn(slot: number): number;
  /** Makes the departure queue, after `initialize`; 0 when memory does not suffice. */
  createDepartures(): number;
  /** Frames of rows `next` to `count` of the batch begin to wait. Answers the row behind the last that was taken. */
  holdFrames(next: number, count: number): number;
  /** Frames that a link has begun to send in its newest run, of so many packets, depart. */
  departFromLink(packets: number): void;
  /** Writes what departs before `timeNs`; nothing departs before it any more. */
  releaseFrames(timeNs: bigint): void;
  /** Why either stopped: HOLD_*. */
  holdStop(): number;
  /** Address of what was written: 0 the frames that depart, 1 those that were dropped. */
  outputAt(which: number): number;
  /** Interface that decides on the link type of a pcap, FACE_NONE before any frame. */
  outputFace(which: number): number;
  /** Its bytes, which are handed over. */
  takeOutput(which: number): number;
  isOutputSwapped(): number;
  /** Address of QUEUE_*. */
  queueCounts(): number;
  /** Makes the measures, before `initialize`; 0 when memory does not suffice. */
  createMeasures(): number;
  /** Address of MEASURE_*. */
  measures(): number;
  /** Interfaces that frames came from, and the address of each, FACE_*. */
  readonly faceCount: WebAssembly.Global;
  faceAt(face: number): number;
  /** What is done with the packets of a color: MARK_*, and the code point and VLAN priority that some of them need. */
  setAction(color: number, marks: number, dscp: number, priority: number): void;
  /** Acts on the rows of the batch; REWRITE_* at `rewriteAt` says what to write. */
  rewrite(packets: number): void;
  rewriteAt(): number;
  writePacketRows(first: number, count: number): number;
  /** Rows of the records from `first` on; with a table of LABEL_* at `labels`, of those of one kind. */
  writeFlowRows(first: number, labels: number, kind: number): number;
  writeFlowName(index: number): void;
  /** The same records as JSON objects, those behind the file's first with a comma in front. */
  writeFlowObjects(first: number, labels: number, kind: number, isBegun: boolean): number;
  /**
   * Flows of the batch's packets as texts one behind the other, each with its length (32 bits) in front or not. Answers
   * the packet that comes next; `flowTextCount` tells how many there are, `flowTextLengths` where their lengths lie.
   */
  writePacketFlows(first: number, count: number, hasLengths: boolean): number;
  /** The same of records, as `writeFlowRows` chooses them; `flowTextRecords` tells where their indexes lie. */
  writeRecordFlows(first: number, labels: number, kind: number, hasLengths: boolean): number;
  flowTextCount(): number;
  flowTextLengths(): number;
  flowTextRecords(): number;
  /** Levels of the first or second column of the batch's packets at TEXT: billionths in 128 bits, all ones without one. */
  writeLevelDecimals(count: number, second: boolean): void;
  textBytes(): number;
  /** Bytes of the flow table in use. */
  tableBytes(): number;
  recordAt(index: number): number;
  keyAt(index: number): number;
  isFreeRecord(index: number): number;
  /** Address of an integer key's refused packets and its packets, 32 bits each (CONFIG_COUNTS); 0 without a flow. */
  countsAt(low: number, high: number): number;
  /** Path entry that a record belongs to, under a policy of classes. */
  entryOf(index: number): number;
  /** Address of the column of the caller's keys of path node `node`, from 1. */
  nodeKeyColumn(node: number): number;
}

/** Starts a compiled core. Throws when the module was built for other constants than this package. */
export function instantiateCore(module: WebAssembly.Module): CoreExports {
  const core = instantiateSync(module, {}).instance.exports as unknown as CoreExports;
  if (core.abiVersion() !== ABI_VERSION) {
    throw new Error(
      `core module has ABI version ${core.abiVersion()}, this package needs ${ABI_VERSION}: rebuild with npm run build`,
    );
  }
  return core;
}
