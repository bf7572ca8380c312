/** A compiled link as scripts and people read it. */

import { fractionText, rational } from "../../rational.ts";
import type { Cost, LengthKind, LinkPolicy, QueueLimit, SchedulerName } from "../../types.ts";
import { matchText } from "../classes/describe.ts";
import { exactRate, exactUnits } from "../exact.ts";
import type { ExactRate, ExactUnits } from "../exact.ts";
import { UNLIMITED } from "./amounts.ts";

/** In bytes or in packets. */
export interface LimitDescription extends ExactUnits {
  readonly of: Cost;
}

export interface LinkClassDescription {
  readonly name: string;
  /** One text a rule, of which any has to hold; "all" for every packet that is left. */
  readonly matches: readonly string[];
  /** Null when only the link limits it. */
  readonly limit: LimitDescription | null;
  /** drr: what it may send each turn. */
  readonly quantum?: ExactUnits;
  /** drr: its part of the rate while all classes wait. */
  readonly share?: string;
}

export interface LinkDescription {
  readonly meter: "link";
  readonly scheduler: SchedulerName;
  readonly rate: ExactRate;
  readonly cost: Cost;
  readonly length: LengthKind;
  readonly overhead: number;
  readonly minLength: number;
  /** Of all classes together. */
  readonly limit: LimitDescription | null;
  /** In the order of priority. */
  readonly classes: readonly LinkClassDescription[];
  /** Name of the class of what no match takes. */
  readonly default: string;
  readonly warnings: readonly string[];
}

function limitText({ units: inUnits, packets }: QueueLimit): LimitDescription | null {
  if (packets < UNLIMITED.packets) return { of: "packets", ...exactUnits(rational(packets), "packets") };
  return inUnits < UNLIMITED.units ? { of: "bytes", ...exactUnits(rational(inUnits), "bytes") } : null;
}

/** The link as compiled, as plain values for JSON. */
export function describeLink({ definition, length, matches, defaultClass, warnings }: LinkPolicy): LinkDescription {
  const { scheduler, ratePerSec, costRule, classes } = definition;
  const { cost } = costRule;
  const sum = classes.reduce((total, { quantum }) => total + quantum, 0n);
  const rules = classes.map((): string[] => []);
  for (const rule of matches) rules[rule.classIndex]?.push(matchText(rule));
  return {
    meter: "link",
    scheduler,
    rate: exactRate(ratePerSec, cost),
    cost,
    length,
    overhead: costRule.overheadBytes,
    minLength: costRule.minLengthBytes,
    limit: limitText(definition.limit),
    classes: classes.map(({ name, limit, quantum }, index) => ({
      name,
      matches: rules[index]?.length === 0 ? ["all"] : (rules[index] ?? []),
      limit: limitText(limit),
      ...(scheduler === "drr"
        ? { quantum: exactUnits(rational(quantum), cost), share: fractionText(rational(quantum, sum)) }
        : {}),
    })),
    default: classes[defaultClass]?.name ?? "",
    warnings,
  };
}

/** The link in lines for people: its own, and one a class. */
export function linkLines(policy: LinkPolicy): readonly string[] {
  const { scheduler, rate, length, overhead, minLength, limit, classes, default: rest } = describeLink(policy);
  const parts = [
    rate.text,
    `scheduler ${scheduler}`,
    ...(limit === null ? [] : [`limit ${limit.text}`]),
    `length ${length}`,
    ...(overhead === 0 ? [] : [`overhead ${overhead} B`]),
    ...(minLength === 0 ? [] : [`min length ${minLength} B`]),
    `default ${rest}`,
  ];
  return [
    `link  ${parts.join(", ")}`,
    ...classes.map(({ name, matches, limit: own, quantum, share }) => {
      const queue = [
        own === null ? "no limit of its own" : `limit ${own.text}`,
        ...(quantum === undefined ? [] : [`quantum ${quantum.text}`, `share ${share}`]),
      ];
      return `class ${name}: ${matches.join(" | ")} => ${queue.join(", ")}`;
    }),
  ];
}
