/** The keys of a link: validation, messages and the published JSON Schema read this table. */

import type { KeyRow, MapShape } from "../classes/keys.ts";

export const SCHEDULERS = ["priority", "drr", "fifo"] as const;

/** The key by which a file is a link. */
export const LINK_KEY = "link";

export const LINK_SHAPE: MapShape = {
  noun: "a link",
  params: [],
  keys: [
    { name: "rate", kind: "rate", help: "what it sends, above 0", example: "10 Mbit/s" },
    {
      name: "scheduler",
      kind: "word",
      choices: SCHEDULERS,
      help: "priority: the first class that waits; drr: each in turn by its quantum; fifo: first come; default drr",
      example: "drr",
    },
    { name: "limit", kind: "burst", help: "what all classes together may hold", example: "1 MB" },
    { name: "default", kind: "name", help: "the class of what no match takes; default the last", example: "rest" },
  ],
};

export const QUEUE_SHAPE: MapShape = {
  noun: "a queue",
  params: [],
  keys: [
    {
      name: "limit",
      kind: "burst",
      help: "what it may hold, in B, kB ..., packets, or as a time of the rate; what does not fit is dropped",
      example: "64 kB",
    },
    {
      name: "quantum",
      kind: "amount",
      help: "drr: what it may send each turn; default a full packet",
      example: "1514 B",
    },
    { name: "weight", kind: "count", help: "drr: so many quanta a turn, 1 to 1000; default 1", example: "3" },
  ],
};

const NAME: KeyRow = { name: "name", kind: "name", help: "unique among classes", example: "voice" };

export const LINK_CLASS_SHAPE: MapShape = {
  noun: "a class",
  example: "name: voice, match: {dscp: ef}, queue: {limit: 64 kB}",
  params: [],
  keys: [
    NAME,
    {
      name: "match",
      kind: "map",
      help: "what belongs to it: one map or a list of them; default every packet",
      example: "{dscp: ef}",
    },
    { name: "queue", kind: "section", help: "its queue", example: "{limit: 64 kB}" },
  ],
};

export const LINK_FILE_SHAPE: MapShape = {
  noun: "a policy of a link",
  params: ["length", "overhead", "min-length"],
  keys: [
    { name: LINK_KEY, kind: "section", help: "the link", example: "{rate: 10 Mbit/s, scheduler: drr}" },
    {
      name: "classes",
      kind: "list",
      elements: "link-class",
      help: "the first that matches is a packet's class; in the order of priority",
      example: "[{name: rest, queue: {limit: 64 kB}}]",
    },
  ],
};
