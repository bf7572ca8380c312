/** A packet that the two treat differently. Times in ns. */
export interface Difference {
  readonly index: bigint;
  readonly timeNs: bigint;
  readonly flow: string;
  readonly length: number;
  readonly colors: readonly [number, number];
  /** Undefined: it does not depart. */
  readonly delaysNs: readonly [number | undefined, number | undefined];
  readonly departuresNs: readonly [bigint | undefined, bigint | undefined];
}

const COLORS = ["green", "yellow", "red"] as const;

/** The name of a color by its number. */
export function colorName(color: number): string {
  return COLORS[color] ?? "red";
}

/** Columns of `--diff`. */
export const DIFFERENCE_COLUMNS = "index,time_ns,flow,length,color_a,color_b,delay_a,delay_b,departure_a,departure_b";

/** A row of `--diff`; delays and departures in ns, empty where a packet does not depart. */
export function differenceRow({ index, timeNs, flow, length, colors, delaysNs, departuresNs }: Difference): string {
  const cells = [...colors.map(colorName), ...[...delaysNs, ...departuresNs].map((time) => time ?? "")];
  return `${index},${timeNs},${flow},${length},${cells.join(",")}\n`;
}
