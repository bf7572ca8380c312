/** JSON Schema (draft 2020-12) of policy files, made from the tables that the compilers read. */
import { ACTIONS_KEY, COLOR_NAMES } from "../src/policy/actions.ts";
import { DSCPS, PORT_MAX, PROTOCOLS, VLAN_MAX } from "../src/policy/classes/fields.ts";
import { CLASS_SHAPE, FILE_SHAPE, GROUP_SHAPE, MATCH_SHAPE, NODE_SHAPE } from "../src/policy/classes/keys.ts";
import type { KeyKind, KeyRow, MapShape } from "../src/policy/classes/keys.ts";
import { LINK_CLASS_SHAPE, LINK_FILE_SHAPE, LINK_KEY, LINK_SHAPE, QUEUE_SHAPE } from "../src/policy/link/keys.ts";
import { GROUP_CLASS_PARAMS } from "../src/policy/classes/groups.ts";
import { NAME_LENGTH_MAX } from "../src/policy/classes/section.ts";
import { MULTI_BUCKETS_MAX } from "../src/policy/limits.ts";
import { CHECK, COST, INITIAL, LENGTH, MIN_LENGTH, OVERHEAD, inputKeyOf } from "../src/policy/params.ts";
import type { ParamRow } from "../src/policy/params.ts";
import { SHAPER, SHAPER_PARAMS } from "../src/policy/shapers/params.ts";
import { SHAPERS } from "../src/policy/shapers/table.ts";
import type { ShaperRow } from "../src/policy/shapers/table.ts";
import { COMMON_PARAMS, METERS, POLICY_PARAMS } from "../src/policy/table.ts";
import type { MeterRow } from "../src/policy/table.ts";

export type Schema = Readonly<Record<string, unknown>>;

const EVERY_PARAM = POLICY_PARAMS.map(({ name }) => name);
/** The meter of a class or node that names none. */
const METER_DEFAULT = "token-bucket";
const NUMBER_AND_UNIT: Schema = { type: "string", pattern: "^\\s*[+-]?[.\\d].*[A-Za-z\u00b5\u03bc]\\s*$" };
const NUMBER: Schema = { type: ["integer", "string"] };
const TEXT: Schema = { type: "string", minLength: 1 };
// oxlint-disable-next-line unicorn/no-thenable -- a keyword of JSON Schema, and nothing here is awaited
const CONSEQUENCE = "then";

/** Words; those that are digits may also be written as numbers. */
function words(choices: readonly string[]): Schema {
  return { enum: choices.flatMap((word) => (/^\d+$/u.test(word) ? [word, Number(word)] : [word])) };
}

function wordOrNumber(table: ReadonlyMap<string, number>, maximum: number): Schema {
  const number = { type: "integer", minimum: 0, maximum };
  return { anyOf: [{ enum: [...table.keys()] }, number, { type: "string", pattern: "^\\d{1,3}$" }] };
}

function rangeTo(maximum: number): Schema {
  const text = { type: "string", pattern: "^\\d{1,9}(?:\\s*-\\s*\\d{1,9})?$" };
  return { anyOf: [{ type: "integer", minimum: 0, maximum }, text] };
}

function oneOrMore(items: Schema): Schema {
  return { anyOf: [items, { type: "array", minItems: 1, items }] };
}

const BUCKET: Schema = {
  anyOf: [
    TEXT,
    {
      type: "object",
      properties: { rate: NUMBER_AND_UNIT, burst: NUMBER_AND_UNIT },
      required: ["rate", "burst"],
      additionalProperties: false,
    },
  ],
};

const PARAM_VALUES: Readonly<Record<Exclude<ParamRow["kind"], "choice">, Schema>> = {
  rate: NUMBER_AND_UNIT,
  burst: NUMBER_AND_UNIT,
  amount: NUMBER_AND_UNIT,
  duration: NUMBER_AND_UNIT,
  length: NUMBER,
  count: NUMBER,
  fill: TEXT,
  flag: { enum: [true, false, "true", "false"] },
  buckets: { anyOf: [BUCKET, { type: "array", minItems: 1, maxItems: MULTI_BUCKETS_MAX, items: BUCKET }] },
};

const KEY_VALUES: Readonly<Record<Exclude<KeyKind, "word" | "section" | "map" | "list">, Schema>> = {
  name: { type: ["string", "integer"], maxLength: NAME_LENGTH_MAX, pattern: "^[^\\s,;\"']+$" },
  count: NUMBER,
  rate: NUMBER_AND_UNIT,
  burst: NUMBER_AND_UNIT,
  amount: NUMBER_AND_UNIT,
  by: { type: "string", pattern: "^(?:5-tuple|src|dst|pair|all|class|(?:src|dst)/\\d{1,3})$" },
  file: oneOrMore(TEXT),
  protocol: oneOrMore(wordOrNumber(PROTOCOLS, 255)),
  prefix: oneOrMore({
    type: "string",
    pattern: "^[\\d.]+(?:/\\d{1,2})?$|^[\\dA-Fa-f:.]*:[\\dA-Fa-f:.]*(?:/\\d{1,3})?$",
  }),
  port: oneOrMore(rangeTo(PORT_MAX)),
  dscp: oneOrMore(wordOrNumber(DSCPS, 63)),
  vlan: oneOrMore(rangeTo(VLAN_MAX)),
};

/** A key in both spellings: with dashes, and in camelCase. */
function spellings(name: string): readonly string[] {
  return [...new Set([name, inputKeyOf(name)])];
}

function when(condition: Schema, consequence: Schema, otherwise?: Schema): Schema {
  return { if: condition, [CONSEQUENCE]: consequence, ...(otherwise === undefined ? {} : { else: otherwise }) };
}

function ofParam(param: ParamRow): Schema {
  const value = param.kind === "choice" ? words(param.choices ?? []) : PARAM_VALUES[param.kind];
  const fallback = param.defaultText === undefined ? "" : `; default ${param.defaultText}`;
  return { description: `${param.help}${fallback}`, ...value };
}

function ofKey(row: KeyRow): Schema {
  const { help: description, kind, name } = row;
  if (kind === "word") return { description, ...words(row.choices ?? []) };
  if (kind === "map") return { description, ...oneOrMore({ $ref: `#/$defs/${name}` }) };
  if (kind === "section") return { description, $ref: `#/$defs/${name}` };
  if (kind === "list") return { description, type: "array", items: { $ref: `#/$defs/${row.elements ?? name}` } };
  return { description, ...KEY_VALUES[kind] };
}

/** A map with the keys of a shape, in both spellings, and no others. */
function mapOf({ keys, params }: Pick<MapShape, "keys" | "params">, required: readonly string[]): Schema {
  const pairs = [
    ...keys.map((row) => [row.name, ofKey(row)] as const),
    ...params.map((name) => [name, { $ref: `#/$defs/${name}` }] as const),
  ];
  const properties = Object.fromEntries(pairs.flatMap(([name, value]) => spellings(name).map((key) => [key, value])));
  return { type: "object", properties, additionalProperties: false, required };
}

function isGiven(name: string): Schema {
  const keys = spellings(name);
  return keys.length === 1 ? { required: keys } : { anyOf: keys.map((key) => ({ required: [key] })) };
}

function onlyKeys(names: readonly string[]): Schema {
  return { propertyNames: { enum: names.flatMap(spellings) } };
}

/** Parameters that a meter does not have, and its forms, of which one has to be whole. */
function ofMeter(row: MeterRow): Schema {
  const common = COMMON_PARAMS.filter((param) => param !== CHECK && param !== INITIAL);
  const own = new Set([...common, ...(row.checks.length > 0 ? [CHECK] : []), ...row.params].map(({ name }) => name));
  const foreign = EVERY_PARAM.filter((name) => !own.has(name));
  return {
    description: row.summary,
    propertyNames: { not: { enum: foreign.flatMap(spellings) } },
    anyOf: row.forms.map((form) => ({ allOf: form.params.map(isGiven) })),
  };
}

/** What each meter takes, by its name. */
const METER_RULES = METERS.map(({ name }) =>
  when({ required: ["meter"], properties: { meter: { const: name } } }, { $ref: `#/$defs/meter-${name}` }),
);

/** Classes and nodes take every parameter but the length, which is the file's. */
function memberOf(shape: MapShape): Schema {
  return mapOf({ ...shape, params: EVERY_PARAM.filter((name) => name !== LENGTH.name) }, ["name"]);
}

const BY_METER = when({ required: ["meter"] }, { allOf: METER_RULES }, { $ref: `#/$defs/meter-${METER_DEFAULT}` });
/** What a class has besides its name and match: an action, a group, a meter of its own, or a parent alone. */
const CLASS_RULES = when(
  isGiven("action"),
  onlyKeys(["name", "match", "action"]),
  when(
    isGiven("group"),
    {
      ...onlyKeys(["name", "match", "by", "group", "weight", ...GROUP_CLASS_PARAMS]),
      required: ["weight", "burst"],
    },
    when({ anyOf: EVERY_PARAM.map(isGiven) }, BY_METER, isGiven("parent")),
  ),
);

/** What a shaper needs, its bounds, of which one has to be given, and no other parameters. */
function ofShaper({ name, summary, needed, bounds, params }: ShaperRow): Schema {
  const common = [SHAPER, COST, LENGTH, OVERHEAD, MIN_LENGTH];
  return when(
    { properties: { shaper: { const: name } } },
    {
      description: summary,
      ...onlyKeys([...common, ...params].map((param) => param.name)),
      allOf: needed.map((param) => isGiven(param.name)),
      anyOf: bounds.map((param) => isGiven(param.name)),
    },
  );
}

/** A shaper at the top of a file. Its parameters have names of meters' parameters, and not always their values. */
const SHAPER_FILE: Schema = {
  type: "object",
  properties: Object.fromEntries(
    SHAPER_PARAMS.flatMap((param) => spellings(param.name).map((key) => [key, ofParam(param)])),
  ),
  additionalProperties: false,
  required: [SHAPER.name],
  allOf: SHAPERS.map(ofShaper),
};

/** What the queues of a link's classes have to keep. */
function ofQueues(queue: Schema, required: readonly string[] = []): Schema {
  return { properties: { classes: { items: { properties: { queue }, required } } } };
}

/** A queue has a limit unless the link has; quantum and weight belong to drr. */
const LINK_RULES: readonly Schema[] = [
  when({ properties: { link: isGiven("limit") } }, {}, ofQueues(isGiven("limit"), ["queue"])),
  when(
    { properties: { link: { required: ["scheduler"], properties: { scheduler: { enum: ["priority", "fifo"] } } } } },
    ofQueues(onlyKeys(["limit"])),
  ),
];

const MARK = "(?:dscp:\\s*\\w+|pcp:\\s*[0-7]|af|ecn|dei)";
const ACTION: Schema = { type: "string", pattern: `^(?:pass|drop|${MARK}(?:\\s*,\\s*${MARK})*)$` };
const ACTIONS: Schema = {
  description: "what weir police does with the packets of each color",
  type: "object",
  properties: Object.fromEntries(COLOR_NAMES.map((color) => [color, oneOrMore(ACTION)])),
  additionalProperties: false,
};

function withActions(file: Schema): Schema {
  return { ...file, properties: { ...(file["properties"] as Schema), [ACTIONS_KEY]: { $ref: "#/$defs/actions" } } };
}

/** The schema of a policy file. */
export function policySchema(): Schema {
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "Weir policy",
    description:
      "One meter or shaper at the top level, classes of packets and the nodes that they share, or a link with queues.",
    type: "object",
    ...when(isGiven(LINK_KEY), { $ref: "#/$defs/link-file" }, { $ref: "#/$defs/shaper-or-meter" }),
    $defs: {
      "shaper-or-meter": when(isGiven(SHAPER.name), { $ref: "#/$defs/shaper-file" }, { $ref: "#/$defs/meter-file" }),
      "shaper-file": SHAPER_FILE,
      "meter-file": when(
        { anyOf: FILE_SHAPE.keys.map(({ name }) => isGiven(name)) },
        { $ref: "#/$defs/file" },
        { $ref: "#/$defs/meters" },
      ),
      meters: { ...withActions(mapOf({ keys: [], params: EVERY_PARAM }, ["meter"])), allOf: METER_RULES },
      file: withActions(mapOf(FILE_SHAPE, ["classes"])),
      actions: ACTIONS,
      classes: { ...memberOf(CLASS_SHAPE), ...CLASS_RULES },
      nodes: { ...memberOf(NODE_SHAPE), ...BY_METER },
      groups: mapOf(GROUP_SHAPE, ["name", "rate"]),
      match: mapOf(MATCH_SHAPE, []),
      "link-file": { ...mapOf(LINK_FILE_SHAPE, [LINK_KEY, "classes"]), allOf: LINK_RULES },
      link: mapOf(LINK_SHAPE, ["rate"]),
      "link-class": mapOf(LINK_CLASS_SHAPE, ["name"]),
      queue: mapOf(QUEUE_SHAPE, []),
      ...Object.fromEntries(METERS.map((row) => [`meter-${row.name}`, ofMeter(row)])),
      ...Object.fromEntries(POLICY_PARAMS.map((param) => [param.name, ofParam(param)])),
    },
  };
}
