/** What a packet costs, from what is stated and from the units of the other parameters. */

import { ConfigError } from "../errors.ts";
import type { Cost } from "../types.ts";
import { choiceOf } from "./choice.ts";
import { COSTS } from "./params.ts";
import type { Given, Implied } from "./source.ts";

/** Whose cost it is. */
interface CostOwner {
  readonly name: string;
  /** The only cost it has, where it is not any. */
  readonly onlyCost?: Cost;
}

/** The units that go with a cost, by quantity. */
const UNITS: Readonly<Record<Exclude<Implied["kind"], "count">, Readonly<Record<Cost, string>>>> = {
  rate: { bytes: "bit/s or B/s", packets: "packets/s, packets/min or packets/h" },
  burst: { bytes: "B, kB or KiB, or a time", packets: "packets or a time" },
  amount: { bytes: "B, kB or KiB", packets: "packets" },
  fill: { bytes: "B, kB or KiB, or as a percentage", packets: "packets, or as a percentage" },
};

function statedCost(row: CostOwner, given: Given): Cost | undefined {
  const text = given.text("cost");
  if (text === undefined) return row.onlyCost;
  const cost = choiceOf("cost", COSTS, text);
  if (row.onlyCost === undefined || cost === row.onlyCost) return cost;
  throw new ConfigError("CHOICE", "cost", text, `${row.name} counts ${row.onlyCost}; leave cost out`);
}

/** The cost with which all units agree. Throws ConfigError. */
export function costOf(row: CostOwner, given: Given, implied: readonly Implied[]): Cost {
  const [first] = implied;
  const stated = statedCost(row, given);
  const cost = stated ?? first?.cost ?? "bytes";
  const clash = implied.find((written) => written.cost !== cost);
  if (clash === undefined) return cost;
  const { parameter, kind, text } = clash;
  let because = `${first?.parameter} "${first?.text}" sets cost ${cost}`;
  if (stated !== undefined) because = `the cost is ${cost}`;
  if (row.onlyCost !== undefined) because = `${row.name} counts ${cost}`;
  const wayOut =
    kind === "count" ? "leave cost out, or write cost packets" : `write the ${parameter} in ${UNITS[kind][cost]}`;
  throw new ConfigError("UNIT", parameter, text, `is in ${clash.cost} but ${because}; ${wayOut}`);
}
