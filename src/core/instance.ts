/** A running core: the exports of one instance, checked against the constants this package was built with. */
import { instantiateSync } from "@assemblyscript/loader";
import { ABI_VERSION } from "../../assembly/abi.ts";

/** The exports of the core (assembly/index.ts). Calls go to the raw exports: the loader's wrappers cost 17 ns each. */
export interface CoreExports {
  readonly memory: WebAssembly.Memory;
  abiVersion(): number;
  initialize(): number;
  run(packetCount: number): void;
  addSource(): number;
  spaceFor(capture: number): number;
  spaceAt(capture: number): number;
  feed(capture: number, bytes: number): void;
  decodeBatch(): number;
  batchFirstFrame(): bigint;
  meterDecoded(): number;
  writePacketRows(first: number, count: number): number;
  writeFlowRows(first: number): number;
  writeFlowName(index: number): void;
  textBytes(): number;
  recordAt(index: number): number;
  keyAt(index: number): number;
  isFreeRecord(index: number): number;
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
