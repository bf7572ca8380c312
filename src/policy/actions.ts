/** What a policer does with the packets of each color: the words that options and the key `actions` take. */

import { ConfigError, didYouMean, listed } from "../errors.ts";
import { parseDscp } from "./classes/fields.ts";
import { at } from "./classes/context.ts";
import { isMap, textOf } from "./classes/section.ts";
import type { Places } from "./places.ts";

export type ColorName = "green" | "yellow" | "red";
export const COLOR_NAMES: readonly ColorName[] = ["green", "yellow", "red"];

/** An action as compiled. Of a packet that is dropped nothing else matters. */
export interface ColorAction {
  /** As it is written: "pass", "drop", "af,ecn". */
  readonly text: string;
  readonly drops: boolean;
  /** The code point to set; within a class of assured forwarding it never promotes. */
  readonly dscp?: number;
  /** Raise the drop precedence within the packet's own class of assured forwarding to that of the color. */
  readonly af: boolean;
  /** Mark congestion experienced; packets that are not ECN-capable are dropped. */
  readonly ecn: boolean;
  /** Priority of the outermost VLAN tag. */
  readonly pcp?: number;
  /** Set the drop eligible indicator of the outermost VLAN tag. */
  readonly dei: boolean;
}

export type ColorActions = Readonly<Record<ColorName, ColorAction>>;

/** The key of a policy file. */
export const ACTIONS_KEY = "actions";
export const ACTION_EXAMPLE = "af,ecn";
const PCP_MAX = 7;
const WORDS = ["pass", "drop", "dscp:<name>", "af", "ecn", "pcp:<n>", "dei"] as const;
const TAKEN = `${listed(WORDS, "or")}; several marks are joined by commas, such as ${ACTION_EXAMPLE}`;

type Part = Partial<Omit<ColorAction, "text">> & { readonly passes?: boolean };

function pcpOf(parameter: string, text: string, value: string): number {
  const pcp = /^\d$/u.test(value) ? Number(value) : Number.NaN;
  if (pcp <= PCP_MAX) return pcp;
  throw new ConfigError("RANGE", parameter, text, `a VLAN priority is a whole number from 0 to ${PCP_MAX}`);
}

function partOf(parameter: string, text: string): Part {
  const [word = "", value] = text.split(":", 2);
  if (value !== undefined) {
    if (word === "dscp") return { dscp: parseDscp(parameter, value.trim()) };
    if (word === "pcp") return { pcp: pcpOf(parameter, text, value.trim()) };
  } else {
    if (word === "pass") return { passes: true };
    if (word === "drop") return { drops: true };
    if (word === "af") return { af: true };
    if (word === "ecn") return { ecn: true };
    if (word === "dei") return { dei: true };
  }
  const near = didYouMean(word, ["pass", "drop", "dscp", "af", "ecn", "pcp", "dei"]);
  throw new ConfigError("CHOICE", parameter, text, `unknown action;${near} it is ${TAKEN}`);
}

/** Reads one color's action. Throws ConfigError, which names `parameter`. */
export function parseAction(parameter: string, text: string): ColorAction {
  const words = text
    .toLowerCase()
    .split(",")
    .map((word) => word.trim());
  const parts = words.map((word) => partOf(parameter, word));
  const fault = (detail: string) => new ConfigError("CONFLICT", parameter, text, detail);
  const keys = parts.flatMap((part) => Object.keys(part));
  const twice = keys.find((key, index) => keys.indexOf(key) !== index);
  if (twice !== undefined) throw fault("states the same twice; keep one of them");
  if (parts.length > 1 && (keys.includes("passes") || keys.includes("drops"))) {
    throw fault("pass and drop stand alone; leave out the one or the marks");
  }
  if (keys.includes("af") && keys.includes("dscp")) {
    throw fault("af and dscp both set the code point; keep one of them");
  }
  const { passes: _, ...marks } = Object.assign({}, ...parts) as Part;
  return { drops: false, af: false, ecn: false, dei: false, ...marks, text: words.join(",") };
}

/** The actions of a policy file; undefined when it states none. Throws ConfigError with the line. */
export function readActions(
  values: Readonly<Record<string, unknown>>,
  places: Places,
): Partial<ColorActions> | undefined {
  if (!(ACTIONS_KEY in values)) return undefined;
  const map = values[ACTIONS_KEY];
  if (!isMap(map)) {
    const detail = "must be a map of colors to actions, such as {green: pass, yellow: af, red: drop}";
    throw new ConfigError("FILE", ACTIONS_KEY, textOf(map), detail, places.of(values, ACTIONS_KEY));
  }
  const pairs = Object.entries(map).map(([color, value]) => {
    const where = places.of(map, color);
    const name = COLOR_NAMES.find((known) => known === color);
    if (name === undefined) {
      const near = didYouMean(color, COLOR_NAMES);
      const wayOut = near === "" ? ` it is one of ${listed(COLOR_NAMES, "or")}` : near;
      throw new ConfigError("KEY", color, textOf(value), `unknown color;${wayOut}`, where);
    }
    return [name, at(where, () => parseAction(name, actionText(name, value)))] as const;
  });
  return Object.fromEntries(pairs);
}

/** A word, or a list of them. */
function actionText(color: ColorName, value: unknown): string {
  const texts = (Array.isArray(value) ? value : [value]).map(textOf);
  if (texts.length > 0 && texts.every((text) => text !== undefined && text !== "")) return texts.join(",");
  throw new ConfigError("MISSING", color, undefined, `has no action; it is ${TAKEN}`);
}
