/** What the thread of a shard runs: commands, one after the other, until it is told to end. */
import { workerData } from "node:worker_threads";
import type { EngineOptions } from "../types.ts";
import { Shard } from "./shard.ts";
import { COMMAND_END, COMMAND_FLOWS, COMMAND_RUN, ShardMemory } from "./shardmemory.ts";
import { writeRecords, writeStats } from "./shardtotals.ts";

/** What the thread is given. */
export interface ShardTask {
  readonly module: WebAssembly.Module;
  readonly options: EngineOptions;
  readonly memory: SharedArrayBuffer;
  readonly index: number;
  readonly threads: number;
}

const { module, options, memory, index, threads } = workerData as ShardTask;
const shared = new ShardMemory(threads, memory);
let shard: Shard | undefined;
let flows: ReturnType<typeof flowsOf> | undefined;

function flowsOf({ engine }: Shard) {
  return engine.flows()[Symbol.iterator]();
}

/** Does what is asked. The engine is made first of all, so that its failure is told like any other. */
function obey(command: number): void {
  shard ??= new Shard(module, options, shared, index, threads);
  if (command === COMMAND_RUN) {
    shard.run(shared.argument);
    writeStats(shard.engine.stats(), shared.statsOf(index));
    return;
  }
  if (command === COMMAND_FLOWS || flows === undefined) flows = flowsOf(shard);
  shared.answer = writeRecords(flows, shared.records);
}

for (let turn = 0; ;) {
  shared.awaitCommand(index, turn);
  if (shared.command === COMMAND_END) break;
  turn = (turn + 1) | 0;
  let hasFailed = false;
  try {
    obey(shared.command);
  } catch {
    hasFailed = true;
  }
  shared.tellDone(index, turn, hasFailed);
}
