/** What every entry of the package offers, over the engines that it has. */
import { ConfigError } from "../errors.ts";
import { compiledOf } from "./compiled.ts";
import type { EngineMaker } from "./engine.ts";
import { Meter } from "./meter.ts";
import { settingsOf } from "./options.ts";
import type { PolicyReader } from "./profiles.ts";
import { restoreFrom } from "./snapshot.ts";
import type { CompiledMeter, EdgeMeter, EngineName, MeterOptions, RestoreOptions } from "./types.ts";

/** The engines of an entry; the first is what "auto" takes. */
export type Engines = Partial<Readonly<Record<"wasm" | "js", EngineMaker>>>;

export interface MeterLibrary {
  /**
   * A meter whose memory is all taken now. Throws ConfigError for options that cannot be, whose message names the option,
   * its value, the limit and the way out; RangeError when there is not so much memory.
   */
  createMeter(options: MeterOptions): EdgeMeter;
  /** A meter with the state of a snapshot, whichever engine wrote it. Throws SnapshotError for what is not one whole snapshot. */
  restoreMeter(chunks: Uint8Array | readonly Uint8Array[], options?: RestoreOptions): EdgeMeter;
  /** The meter of these options for weir-meter/compiled, to be handed on as JSON. Throws ConfigError as `createMeter`. */
  compileMeter(options: MeterOptions): CompiledMeter;
}

/** The library over these engines, which reads policies so. */
export function libraryOf(engines: Engines, read: PolicyReader): MeterLibrary {
  return {
    createMeter: (options) => new Meter(settingsOf(options, read), makerOf(engines, options.engine)),
    restoreMeter: (chunks, options = {}) =>
      restoreFrom(
        chunks instanceof Uint8Array ? [chunks] : chunks,
        options,
        (given) => new Meter(settingsOf(given, read), makerOf(engines, options.engine)),
      ),
    compileMeter: (options) => compiledOf(settingsOf(options, read)),
  };
}

function makerOf(engines: Engines, name: EngineName = "auto"): EngineMaker {
  const maker = name === "auto" ? (engines.wasm ?? engines.js) : engines[name];
  if (maker !== undefined) return maker;
  throw new ConfigError("CHOICE", "engine", name, "is not in this entry; weir-meter/js has js alone");
}
