/** The keys of a policy of classes: validation, messages and the published JSON Schema read this table. */

import { POLICY_PARAMS } from "../table.ts";

/** What a key holds, besides a parameter of a meter (table.ts): a "section" is one map, a "map" one or a list of them. */
export type KeyKind =
  "name" | "word" | "count" | "rate" | "burst" | "amount" | "by" | "file" | "section" | "map" | "list" | MatchKind;
type MatchKind = "protocol" | "prefix" | "port" | "dscp" | "vlan";

export interface KeyRow {
  readonly name: string;
  readonly kind: KeyKind;
  readonly help: string;
  /** A value as one writes it. */
  readonly example: string;
  /** The words that a "word" takes. */
  readonly choices?: readonly string[];
  /** What the elements of a "list" are in the schema, if not what the key is. */
  readonly elements?: string;
}

/** The keys of one kind of map. */
export interface MapShape {
  /** "a class", for messages. */
  readonly noun: string;
  /** One of them as one writes it, where they stand in a list. */
  readonly example?: string;
  readonly keys: readonly KeyRow[];
  /** Parameters of meters that it also takes. */
  readonly params: readonly string[];
}

export const CHARGES = ["all-or-none", "series", "borrow"] as const;
export const ACTIONS = ["pass", "block"] as const;
export const GROUP_MODES = ["shared", "static"] as const;

const NAME: KeyRow = { name: "name", kind: "name", help: "unique among classes and nodes", example: "voip" };
const PARENT: KeyRow = {
  name: "parent",
  kind: "name",
  help: "the node above, which is charged too",
  example: "uplink",
};
const THRESHOLD: KeyRow = {
  name: "threshold",
  kind: "burst",
  help: "level up to which these packets may fill the parent's bucket; default its depth",
  example: "32 kB",
};
const INSTANCES: KeyRow = {
  name: "instances",
  kind: "count",
  help: "charge borrow: most buckets of this key below one of the parent's, where the keys do not say it",
  example: "254",
};
const CEILING: readonly KeyRow[] = [
  { name: "ceiling-rate", kind: "rate", help: "charge borrow: rate with what is borrowed", example: "20 Mbit/s" },
  { name: "ceiling-burst", kind: "burst", help: "charge borrow: burst with what is borrowed", example: "128 kB" },
];

const EVERY_PARAM = POLICY_PARAMS.map(({ name }) => name);

export const CLASS_SHAPE: MapShape = {
  noun: "a class",
  params: EVERY_PARAM,
  keys: [
    NAME,
    {
      name: "match",
      kind: "map",
      help: "what belongs to it: one map or a list of them; default every packet",
      example: "{protocol: udp}",
    },
    { name: "action", kind: "word", choices: ACTIONS, help: "green or red without any meter", example: "block" },
    { name: "by", kind: "by", help: "what makes packets one flow; default 5-tuple", example: "src" },
    PARENT,
    THRESHOLD,
    { name: "group", kind: "name", help: "the group whose rate it shares, instead of a meter", example: "uplink" },
    { name: "weight", kind: "count", help: "its share of the group's rate, 1 to 1000", example: "3" },
    INSTANCES,
    ...CEILING,
  ],
};

export const NODE_SHAPE: MapShape = {
  noun: "a node",
  params: EVERY_PARAM,
  keys: [
    NAME,
    { name: "by", kind: "by", help: "a bucket for each such key; class: for each class; default all", example: "src" },
    PARENT,
    THRESHOLD,
    {
      name: "lends-up-to",
      kind: "burst",
      help: "charge borrow: level up to which children may borrow; default its burst less theirs",
      example: "32 kB",
    },
    INSTANCES,
    ...CEILING,
  ],
};

export const GROUP_SHAPE: MapShape = {
  noun: "a group",
  params: [],
  keys: [
    { ...NAME, help: "unique among groups", example: "uplink" },
    { name: "rate", kind: "rate", help: "what its classes share by their weights", example: "100 Mbit/s" },
    {
      name: "mode",
      kind: "word",
      choices: GROUP_MODES,
      help: "shared: what some leave idle is for the others; static: fixed parts",
      example: "shared",
    },
  ],
};

export const MATCH_SHAPE: MapShape = {
  noun: "a match",
  params: [],
  keys: [
    { name: "protocol", kind: "protocol", help: "IP protocol: a word or 0 to 255", example: "udp" },
    { name: "src", kind: "prefix", help: "source address or prefix", example: "192.0.2.0/24" },
    { name: "dst", kind: "prefix", help: "destination address or prefix", example: "2001:db8::/32" },
    { name: "src-file", kind: "file", help: "file of source prefixes, one a line", example: "prefixes.txt" },
    { name: "dst-file", kind: "file", help: "file of destination prefixes, one a line", example: "prefixes.txt" },
    { name: "src-port", kind: "port", help: "source port or range", example: "5060-5061" },
    { name: "dst-port", kind: "port", help: "destination port or range", example: "443" },
    { name: "dscp", kind: "dscp", help: "DSCP: a name or 0 to 63", example: "ef" },
    { name: "vlan", kind: "vlan", help: "outermost VLAN id or range, 0 to 4094", example: "100-199" },
  ],
};

/** Parameters that a file of classes may set once, for every meter in it that takes them. */
export const DEFAULT_NAMES = ["cost", "overhead", "min-length", "color-aware"] as const;

export const FILE_SHAPE: MapShape = {
  noun: "a policy of classes",
  params: ["length", ...DEFAULT_NAMES],
  keys: [
    {
      name: "charge",
      kind: "word",
      choices: CHARGES,
      help: "how a path is charged; default all-or-none",
      example: "borrow",
    },
    {
      name: "classes",
      kind: "list",
      help: "the first that matches is a packet's class",
      example: "[{name: rest, action: pass}]",
    },
    {
      name: "nodes",
      kind: "list",
      help: "buckets that classes share",
      example: "[{name: uplink, rate: 1 Gbit/s, burst: 1 MB}]",
    },
    {
      name: "groups",
      kind: "list",
      help: "rates that classes share by weight",
      example: "[{name: uplink, rate: 1 Gbit/s}]",
    },
  ],
};
