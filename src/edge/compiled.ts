/**
 * Meters compiled elsewhere: the options of a meter, checked, and its policies as exact integers, as JSON. Who makes meters
 * of these needs nothing that reads policies, which is a third of the other entries.
 */
import { EDGE_ABI_VERSION } from "../../assembly/edge/abi.ts";
import { ConfigError } from "../errors.ts";
import { crc32 } from "./crc32.ts";
import { asCompiled, fromCompiled } from "./compilednames.ts";
import type { EngineMaker } from "./engine.ts";
import { Meter } from "./meter.ts";
import type { Settings } from "./options.ts";
import { optionsOf, restoreFrom, SnapshotError } from "./snapshot.ts";
import type { CompiledMeter, EdgeMeter, MeterOptions, RestoreOptions } from "./types.ts";

/** Settings that were checked, as text. Bigints are objects there, and a clock that never steps is null. */
export function compiledOf(settings: Settings): CompiledMeter {
  const text = JSON.stringify(settings, (_, value: unknown) =>
    typeof value === "bigint" ? { bigint: String(value) } : asCompiled(value),
  );
  return { weirMeter: EDGE_ABI_VERSION, crc32: checksum(text), settings: text };
}

function checksum(text: string): number {
  return crc32(new TextEncoder().encode(text));
}

/** Throws ConfigError for what `compileMeter` of this version has not made. */
function settingsIn(compiled: CompiledMeter): Settings {
  const { weirMeter, crc32: crc, settings: text } = compiled;
  if (weirMeter !== EDGE_ABI_VERSION || typeof text !== "string" || checksum(text) !== crc) {
    const detail = `must be what compileMeter of version ${EDGE_ABI_VERSION} answered, unchanged; compile it again`;
    throw new ConfigError("CHOICE", "compiled meter", `version ${String(weirMeter)}`, detail);
  }
  const settings = JSON.parse(text, (_, value: { readonly bigint?: string } | null) =>
    typeof value?.bigint === "string" ? BigInt(value.bigint) : fromCompiled(value),
  ) as Settings;
  return { ...settings, clockStep: settings.clockStep ?? Infinity, compile: refuse };
}

function refuse(_: unknown, name: string): never {
  const detail = "cannot be replaced in weir-meter/compiled, which reads no policies; import from weir-meter";
  throw new ConfigError("CHOICE", "policy", name, detail);
}

export interface CompiledLibrary {
  /** A meter whose memory is all taken now. Throws ConfigError for what is no compiled meter of this version. */
  createMeter(compiled: CompiledMeter, options?: Pick<MeterOptions, "seed">): EdgeMeter;
  /** The same with the state of a snapshot. Throws SnapshotError for what is not one whole snapshot of such a meter. */
  restoreMeter(
    compiled: CompiledMeter,
    chunks: Uint8Array | readonly Uint8Array[],
    options?: Pick<RestoreOptions, "now">,
  ): EdgeMeter;
}

/** The library over an engine. */
export function compiledLibraryOf(makeEngine: EngineMaker): CompiledLibrary {
  const create = (compiled: CompiledMeter, seed?: MeterOptions["seed"]): Meter => {
    const settings = settingsIn(compiled);
    return new Meter({ ...settings, seed: seed ?? settings.seed }, makeEngine);
  };
  return {
    createMeter: (compiled, { seed } = {}) => create(compiled, seed),
    restoreMeter: (compiled, chunks, options = {}) =>
      restoreFrom(chunks instanceof Uint8Array ? [chunks] : chunks, options, (given) => {
        const meter = create(compiled);
        const own = { ...optionsOf(meter), clockStep: meter.settings.clockStep };
        if (JSON.stringify(own) === JSON.stringify(given)) return meter;
        throw new SnapshotError("snapshot: is of a meter of other options or policies than the compiled one");
      }),
  };
}
