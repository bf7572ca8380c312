/** A link on the WebAssembly core, behind the interface that every engine of links shares. */
import { BATCH_PACKETS_MAX, STAT_REGRESSIONS } from "../../assembly/abi.ts";
import type { ArrivalColumns, Departures, LinkClassStats, LinkEngine, LinkOptions } from "../types.ts";
import { type CoreExports, instantiateCore } from "./instance.ts";
import { configureLink, departuresOf, linkStatsOf } from "./link.ts";
import { viewsOf } from "./views.ts";

/**
 * A link that the given compiled core runs. Throws RangeError when `maxQueued` cannot be, or does not fit in memory.
 */
export function createCoreLink(module: WebAssembly.Module, options: LinkOptions, name = "core"): LinkEngine {
  const core = instantiateCore(module);
  configureLink(core, options);
  if (!core.initialize()) throw new RangeError(`maxQueued ${options.maxQueued}: does not fit in 4 GiB`);
  return new CoreLink(core, options, name);
}

class CoreLink implements LinkEngine {
  readonly batchPacketsMax = BATCH_PACKETS_MAX;
  readonly name: string;
  readonly #core: CoreExports;
  readonly #options: LinkOptions;
  #isFlushed = false;

  constructor(core: CoreExports, options: LinkOptions, name: string) {
    this.#core = core;
    this.#options = options;
    this.name = name;
  }

  get batch(): ArrivalColumns {
    return viewsOf(this.#core.memory);
  }

  run(packetCount: number): void {
    if (!Number.isInteger(packetCount) || packetCount < 0 || packetCount > BATCH_PACKETS_MAX) {
      throw new RangeError(`run(${packetCount}): a batch holds 0 to ${BATCH_PACKETS_MAX} packets`);
    }
    if (this.#isFlushed) throw new RangeError("run() after flush(): the link has ended; create another");
    this.#core.run(packetCount);
  }

  get departed(): Departures {
    return departuresOf(this.#core);
  }

  flush(): void {
    this.#isFlushed = true;
    this.#core.flushLink();
  }

  get regressions(): bigint {
    return viewsOf(this.#core.memory).stats[STAT_REGRESSIONS]!;
  }

  classStats(): readonly LinkClassStats[] {
    return linkStatsOf(this.#core, this.#options.policy);
  }
}
