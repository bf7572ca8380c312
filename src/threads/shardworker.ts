/** What the thread of a shard runs: commands, one after the other, until it is told to end. */
import { workerData } from "node:worker_threads";
import { viewsOf } from "../core/views.ts";
import { Shard } from "./shard.ts";
import { COMMAND_END, COMMAND_FLOWS, COMMAND_RUN, ShardMemory, type ShardLayout } from "./shardmemory.ts";
import { writeRecords } from "./shardtotals.ts";

/** What the thread is given. */
export interface ShardTask {
  readonly module: WebAssembly.Module;
  readonly layout: ShardLayout;
  readonly memory: SharedArrayBuffer;
  readonly index: number;
}

const { module, layout, memory, index } = workerData as ShardTask;
const shared = new ShardMemory(layout, memory);
let shard: Shard | undefined;
let flows: ReturnType<typeof flowsOf> | undefined;

function flowsOf({ engine }: Shard) {
  return engine.flows()[Symbol.iterator]();
}

/** Does what is asked. The engine is made first of all, so that its failure is told like any other. */
function obey(command: number): void {
  shard ??= new Shard(module, layout, shared, index);
  if (command === COMMAND_RUN) {
    shard.run(shared.argument);
    shared.statsOf(index).set(viewsOf(shard.engine.core.memory).stats);
    return;
  }
  if (command === COMMAND_FLOWS || flows === undefined) flows = flowsOf(shard);
  shared.answer = writeRecords(flows, shared.records);
}

shared.tell("begun", index, 1);
for (let turn = 0; ;) {
  shared.awaitCommand(index, turn);
  if (shared.command === COMMAND_END) break;
  turn = (turn + 1) | 0;
  try {
    obey(shared.command);
  } catch {
    shared.tellFailed();
    break;
  }
  shared.tell("done", index, turn);
}
