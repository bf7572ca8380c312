/** How tc makes a length of a packet: what it adds, and what it counts at least. */
import { rational, ZERO } from "../../rational.ts";
import type { Rational } from "../../types.ts";
import { readWhole } from "../amounts.ts";
import type { PolicyDocument } from "../explained.ts";
import type { ParameterRow, Values } from "../words.ts";
import { OVERHEAD_MAX, readTcSize } from "./units.ts";

export const ETHERNET_BYTES = 14;
/** A full Ethernet frame without its check sequence. */
export const FULL_FRAME = rational(1514n);

export const CORRECTION_ROWS: readonly ParameterRow[] = [{ name: "mpu" }, { name: "overhead" }, { name: "linklayer" }];

export interface Correction {
  readonly overhead: Rational;
  readonly least: Rational;
  readonly rounds: readonly string[];
  readonly differs: readonly string[];
}

/** Reads mpu, overhead and linklayer. Throws ConfigError. */
export function readCorrection(values: Values): Correction {
  const [mpu, overhead, layer] = ["mpu", "overhead", "linklayer"].map((name) => values.word(name));
  const least = mpu === undefined ? undefined : readTcSize("mpu", mpu);
  const added = overhead === undefined ? 0n : readWhole(overhead, "overhead", 0n, OVERHEAD_MAX);
  const isCells = layer !== undefined && /^(?:atm|adsl)$/iu.test(layer.text);
  return {
    overhead: rational(added),
    least: least?.value ?? ZERO,
    rounds: least?.rounds ?? [],
    differs: isCells ? [`linklayer ${layer.text} counts whole ATM cells of 53 bytes; Weir counts bytes`] : [],
  };
}

/** The keys of a policy whose lengths are the frame's less `missingBytes`, corrected so. */
export function correctionDocument({ overhead, least }: Correction, missingBytes: number): PolicyDocument {
  const added = Number(overhead.num) - missingBytes;
  return {
    ...(added === 0 ? {} : { overhead: `${added}` }),
    ...(least.num === 0n ? {} : { "min-length": `${least.num}` }),
  };
}

/** What a packet of so many bytes costs. */
export function corrected(bytes: Rational, { overhead, least }: Correction): Rational {
  const cost = rational(bytes.num + overhead.num, bytes.den);
  return cost.num < least.num ? least : cost;
}
