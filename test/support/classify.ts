/** Classifies frames by a core: its own decoder and classifier, up to the class column. */
import {
  BATCH,
  COLUMN_CLASS,
  COLUMN_COLOR_IN,
  CONFIG,
  CONFIG_DSCP_COLORS,
  CONFIG_FLOWS_MAX,
  CONFIG_SKIP_OTHER,
  DECODE_DONE,
  DECODE_READY,
} from "../../assembly/abi.ts";
import { type ClassifyingCore, installClassifier } from "../../src/core/classifier/install.ts";
import { type CoreExports, instantiateCore } from "../../src/core/instance.ts";
import { type CoreBuild, coreModule } from "../../src/core/module.node.ts";
import type { MatchRule } from "../../src/types.ts";
import { concat, pcapHeader, pcapRecord } from "./writer.ts";

export interface ClassifyOptions {
  readonly rules: readonly MatchRule[];
  readonly defaultClass: number;
  readonly build?: CoreBuild;
  readonly dscpColors?: boolean;
  readonly skipOther?: boolean;
}

export interface Classified {
  readonly classes: number[];
  readonly colors: number[];
}

/** As many as may be the arguments of one call. */
const CHUNK_FRAMES = 4096;

/** Class and color of arrival of the frames of a capture, in their order. */
export function classify(frames: readonly Uint8Array[], options: ClassifyOptions): Classified {
  const timed = frames.map((bytes, index) => ({ timeNs: BigInt(index) * 1000n, bytes }));
  const chunks = [pcapHeader()];
  for (let first = 0; first < timed.length; first += CHUNK_FRAMES) {
    chunks.push(concat(...timed.slice(first, first + CHUNK_FRAMES).map((frame) => pcapRecord(frame))));
  }
  return classifyCaptures([concat(...chunks)], options);
}

/** The same of several captures, merged by time. */
export function classifyCaptures(captures: readonly Uint8Array[], options: ClassifyOptions): Classified {
  const core = coreOf(options);
  const offsets = captures.map(() => 0);
  for (const _ of captures) core.addSource();
  const classified: Classified = { classes: [], colors: [] };
  for (;;) {
    const answer = core.decodeBatch();
    if (answer === DECODE_READY || answer === DECODE_DONE) {
      const packets = core.meterDecoded();
      classified.classes.push(...new Uint16Array(core.memory.buffer, BATCH + COLUMN_CLASS, packets));
      classified.colors.push(...new Uint8Array(core.memory.buffer, BATCH + COLUMN_COLOR_IN, packets));
      if (answer === DECODE_DONE) return classified;
      continue;
    }
    const space = core.spaceFor(answer);
    const chunk = captures[answer]!.subarray(offsets[answer], offsets[answer]! + space);
    new Uint8Array(core.memory.buffer).set(chunk, core.spaceAt(answer));
    offsets[answer]! += chunk.length;
    core.feed(answer, chunk.length);
  }
}

function coreOf({ rules, defaultClass, build = "debug", dscpColors, skipOther }: ClassifyOptions): CoreExports {
  const core = instantiateCore(coreModule(build)) as ClassifyingCore & CoreExports;
  const config = new BigUint64Array(core.memory.buffer, CONFIG, CONFIG_DSCP_COLORS + 1);
  config[CONFIG_FLOWS_MAX] = 64n;
  config[CONFIG_DSCP_COLORS] = dscpColors === true ? 1n : 0n;
  config[CONFIG_SKIP_OTHER] = skipOther === true ? 1n : 0n;
  if (!core.initialize()) throw new Error("the smallest table does not fit in memory");
  installClassifier(core, rules, defaultClass);
  return core;
}
