/** Tables of parameters as Markdown, from the tables that the compiler reads. */

import { FILE_SHAPE, CLASS_SHAPE, GROUP_SHAPE, MATCH_SHAPE, NODE_SHAPE } from "../../src/policy/classes/keys.ts";
import type { KeyKind, KeyRow, MapShape } from "../../src/policy/classes/keys.ts";
import { LINK_CLASS_SHAPE, LINK_FILE_SHAPE, LINK_SHAPE, QUEUE_SHAPE } from "../../src/policy/link/keys.ts";
import { COMMON_PARAMS, METERS, SHAPERS } from "../../src/policies.ts";
import type { MeterRow, ParamKind, ParamRow } from "../../src/policies.ts";

/** What a value of each kind is written in. */
const UNITS: Readonly<Record<ParamKind, string>> = {
  rate: "bit/s, B/s or packets/s, /min, /h",
  burst: "B, packets, or a time of the rate",
  amount: "B or packets",
  duration: "ns, us, ms, s, min or h",
  length: "bytes",
  count: "packets",
  fill: "full, empty, %, B or packets",
  choice: "",
  flag: "true or false; as an option without a value",
  buckets: "rate and burst, once a bucket",
};

const KEY_UNITS: Readonly<Record<Exclude<KeyKind, "word">, string>> = {
  name: "a name",
  count: "a whole number",
  rate: UNITS.rate,
  burst: UNITS.burst,
  amount: UNITS.amount,
  by: "5-tuple, src, dst, pair, src/N, dst/N, all or class",
  file: "a file name, relative to the policy",
  section: "a map",
  map: "a map or a list of maps",
  list: "a list of maps",
  protocol: "a name or 0 to 255",
  prefix: "an address or prefix",
  port: "0 to 65535, or a range",
  dscp: "a name or 0 to 63",
  vlan: "0 to 4094, or a range",
};

function code(text: string): string {
  return `\`${text}\``;
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|");
}

function line(cells: readonly string[]): string {
  return `| ${cells.map(cell).join(" | ")} |`;
}

function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  return [line(heads), line(heads.map(() => "---")), ...rows.map(line)].join("\n");
}

const METER_NAMES: ReadonlySet<string> = new Set(METERS.map(({ name }) => name));

/** Without the names of the meters that have it, which the section says already. */
function helpOf({ help }: ParamRow): string {
  const [names = "", ...rest] = help.split(": ");
  return names.split(", ").every((name) => METER_NAMES.has(name)) ? rest.join(": ") : help;
}

function paramCells(row: ParamRow): string[] {
  const values = row.choices === undefined ? UNITS[row.kind] : row.choices.map(code).join(", ");
  return [code(row.name), row.kind === "choice" ? values : `${values}, such as ${code(row.example)}`, helpOf(row)];
}

function defaultOf({ defaultText, kind }: ParamRow): string {
  return defaultText ?? (kind === "flag" ? "false" : "");
}

/** The parameters of every meter. */
export function commonTable(): string {
  const rows = COMMON_PARAMS.filter(({ name }) => name !== "meter");
  return table(
    ["parameter", "value", "default", "what it is"],
    rows.map((row) => {
      const [name = "", value = "", help = ""] = paramCells(row);
      return [name, value, defaultOf(row), help];
    }),
  );
}

/** A shaper's own parameters, below what defines it. */
export function shaperTable(name: string): string {
  const row = SHAPERS.find((known) => known.name === name);
  if (row === undefined) throw new RangeError(`no shaper ${name}`);
  const needed = row.needed.map((param) => code(param.name)).join(", ");
  const bounds = row.bounds.map((param) => code(param.name)).join(" or ");
  const rows = row.params.map((param) => {
    const [title = "", value = "", help = ""] = paramCells(param);
    return [title, value, defaultOf(param), help];
  });
  const head = `Definition: ${row.spec}. Needs ${needed}, and ${bounds}.`;
  return `${head}\n\n${table(["parameter", "value", "default", "what it is"], rows)}`;
}

/** "`rate` and `burst`, or `increment` and `limit`" */
function formsText({ forms }: MeterRow): string {
  const sets = forms.map(({ params }) => {
    const [last, ...before] = params.map(code).toReversed();
    return before.length === 0 ? last : `${before.toReversed().join(", ")} and ${last}`;
  });
  return sets.join(", or ");
}

/** The parameters of one meter, those of one of its forms first. Throws RangeError for a meter that there is not. */
export function meterTable(name: string): string {
  const row = METERS.find((known) => known.name === name);
  if (row === undefined) throw new RangeError(`no meter ${name}`);
  const needed = new Set(row.forms.flatMap(({ params }) => params));
  const rows = row.params.map((param) => {
    const [title = "", value = "", help = ""] = paramCells(param);
    return [title, value, needed.has(param.name) ? "" : defaultOf(param), help];
  });
  const checks = row.checks.length > 1 ? ` Checks: ${row.checks.map(code).join(", ")}.` : "";
  return `Definition: ${row.spec}. Needs ${formsText(row)}.${checks}\n\n${table(
    ["parameter", "value", "default", "what it is"],
    rows,
  )}`;
}

function keyCells({ name, kind, choices, help, example }: KeyRow): string[] {
  const values = kind === "word" ? (choices ?? []).map(code).join(", ") : KEY_UNITS[kind];
  return [code(name), kind === "word" ? values : `${values}, such as ${code(example)}`, help];
}

const SHAPES: Readonly<Record<string, MapShape>> = {
  file: FILE_SHAPE,
  class: CLASS_SHAPE,
  node: NODE_SHAPE,
  group: GROUP_SHAPE,
  match: MATCH_SHAPE,
  "link-file": LINK_FILE_SHAPE,
  link: LINK_SHAPE,
  "link-class": LINK_CLASS_SHAPE,
  queue: QUEUE_SHAPE,
};

/** The keys of one kind of map in a policy of classes or of a link. Throws RangeError for a kind that there is not. */
export function keyTable(kind: string): string {
  const shape = SHAPES[kind];
  if (shape === undefined) throw new RangeError(`no map of kind ${kind}`);
  return table(["key", "value", "what it is"], shape.keys.map(keyCells));
}
