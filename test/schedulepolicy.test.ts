// Goal: links are read from policies as docs/schedulers.md says, and what cannot be is refused in one line that helps.
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { policySchema } from "../scripts/policyschema.ts";
import { ConfigError } from "../src/errors.ts";
import {
  compileLink,
  compileLoaded,
  compileLoadedLink,
  describeLink,
  linkLines,
  loadPolicyText,
} from "../src/policies.ts";
import type { PolicyInput } from "../src/policies.ts";
import type { LinkPolicy } from "../src/types.ts";
import { Validator } from "./support/jsonschema.ts";

const NOTHING = 2n ** 53n - 1n;
const validator = new Validator(JSON.parse(JSON.stringify(policySchema())));

async function compileText(text: string, options: PolicyInput = {}): Promise<LinkPolicy> {
  const loaded = await loadPolicyText(text, "p.yaml", () => "10.0.0.0/8\n");
  if (loaded.kind !== "link") throw new Error("expected a link");
  return compileLoadedLink(loaded, options);
}

async function messageOf(work: () => Promise<unknown>): Promise<string> {
  const error: unknown = await work().then(
    () => "compiled",
    (reason: unknown) => reason,
  );
  if (!(error instanceof ConfigError)) throw new Error("expected a ConfigError", { cause: error });
  if (/[\r\n]/u.test(error.message)) throw new Error("the message is more than a line", { cause: error });
  return error.message;
}

describe("a link", () => {
  test("is compiled to its definition and to the integers of its time", async () => {
    const policy = await compileText(`
link: {rate: 3 Mbit/s, scheduler: priority, limit: 1 MB}
overhead: 24
min-length: 84
length: ip
classes:
  - {name: a, match: {dscp: ef}, queue: {limit: 64 kB}}
  - {name: b, match: {src-file: list.txt}, queue: {limit: 20 packets}}
  - {name: c, queue: {limit: 20 ms}}
  - {name: d}
`);
    expect(policy.definition).toEqual({
      scheduler: "priority",
      ratePerSec: { num: 375_000n, den: 1n },
      costRule: { cost: "bytes", overheadBytes: 24, minLengthBytes: 84 },
      limit: { units: 1_000_000n, packets: NOTHING },
      classes: [
        { name: "a", limit: { units: 64_000n, packets: NOTHING }, quantum: 1524n },
        { name: "b", limit: { units: NOTHING, packets: 20n }, quantum: 1524n },
        { name: "c", limit: { units: 7500n, packets: NOTHING }, quantum: 1524n },
        { name: "d", limit: { units: NOTHING, packets: NOTHING }, quantum: 1524n },
      ],
      unitsMax: 2n ** 32n - 1n,
    });
    // A byte takes 8000/3 ns.
    expect(policy.profile).toEqual({ partsPerUnit: 8000n, departureParts: 3n });
    expect(policy).toMatchObject({ length: "ip", defaultClass: 3 });
    expect(policy.matches.map(({ classIndex }) => classIndex)).toEqual([0, 1, 2]);
    expect(policy.warnings).toEqual(["class d: gets no packet; class c takes every one"]);
  });

  test("has the scheduler drr and a full packet a turn unless it says otherwise", async () => {
    const { definition } = await compileText(
      "{link: {rate: 1 Gbit/s}, classes: [{name: a, queue: {limit: 9 kB}}, {name: b, queue: {limit: 9 kB, weight: 3}}, {name: c, queue: {limit: 9 kB, quantum: 2 kB, weight: 2}}]}",
    );
    expect(definition.scheduler).toBe("drr");
    expect(definition.classes.map(({ quantum }) => quantum)).toEqual([1514n, 4542n, 4000n]);
  });

  test("may send packets of equal cost", async () => {
    const { definition, profile } = await compileText(
      "{link: {rate: 3 packets/s, limit: 2 s}, classes: [{name: a, queue: {quantum: 2 packets}}]}",
    );
    expect(definition.costRule.cost).toBe("packets");
    expect(definition.classes[0]!.quantum).toBe(2n);
    expect(definition.limit.packets).toBe(6n);
    expect(profile).toEqual({ partsPerUnit: 1_000_000_000n, departureParts: 3n });
  });

  test("gives what no match takes to its default class, which needs no match and hides none", async () => {
    const classes = "classes: [{name: a, match: {dscp: ef}}, {name: b}, {name: c, match: {dscp: cs1}}]";
    const policy = await compileText(`{link: {rate: 1 Mbit/s, limit: 9 kB, default: b}, ${classes}}`);
    expect(policy.defaultClass).toBe(1);
    expect(policy.matches.map(({ classIndex }) => classIndex)).toEqual([0, 2]);
    expect(policy.warnings).toEqual([]);
    expect((await compileText(`{link: {rate: 1 Mbit/s, limit: 9 kB}, ${classes}}`)).warnings).toHaveLength(1);
  });

  test("is described for people and for scripts", async () => {
    const policy = await compileText(`
link: {rate: 10 Mbit/s, limit: 1 MB}
classes:
  - {name: voice, match: {protocol: udp, dscp: ef}, queue: {limit: 10 packets, weight: 3}}
  - {name: rest}
`);
    expect(linkLines(policy)).toEqual([
      "link  10 Mbit/s, scheduler drr, limit 1 MB, length frame, default rest",
      "class voice: protocol udp, dscp ef => limit 10 packets, quantum 4542 B, share 3/4",
      "class rest: all => no limit of its own, quantum 1514 B, share 1/4",
    ]);
    const described = describeLink(policy);
    expect(JSON.parse(JSON.stringify(described))).toEqual(described);
    expect(described).toMatchObject({ meter: "link", cost: "bytes", overhead: 0, default: "rest", warnings: [] });
    expect(described.classes[0]!.limit).toEqual({ of: "packets", text: "10 packets", units: 10 });
  });

  test("warns of queues that full packets do not fit, and of quanta below one", async () => {
    const { warnings } = await compileText(
      "{link: {rate: 1 Mbit/s}, classes: [{name: a, queue: {limit: 1 kB, quantum: 500 B}}]}",
    );
    expect(warnings).toEqual([
      'class a: limit "1 kB": packets that take more than 1000 bytes of the link are never taken; a full one takes 1514',
      'class a: quantum "500 B": a full packet takes 1514 bytes and waits for several turns',
    ]);
  });

  test("takes objects as the library writes them, and the length of a command", async () => {
    const input = {
      link: { rate: "1 Mbit/s", limit: "9 kB" },
      minLength: 64,
      classes: [{ name: "a", match: { dstPort: 53 } }, { name: "b" }],
    };
    expect(compileLink(input).definition.costRule.minLengthBytes).toBe(64);
    expect(compileLink(input).length).toBe("frame");
    expect(
      (await compileText("{link: {rate: 1 Mbit/s, limit: 9 kB}, classes: [{name: a}]}", { length: "ip" })).length,
    ).toBe("ip");
  });
});

const Q = "queue: {limit: 9 kB}";
const REFUSED: readonly (readonly [string, string])[] = [
  [
    "link: 10 Mbit/s\nclasses: [{name: a}]",
    'p.yaml:1: link "10 Mbit/s": must be a map of keys to values, such as {rate: 10 Mbit/s, scheduler: drr}',
  ],
  [
    `link: {scheduler: drr}\nclasses: [{name: a, ${Q}}]`,
    "p.yaml:1: link: rate: is missing; a link has the rate that it sends, such as 10 Mbit/s",
  ],
  [
    `link: {rate: 0 bit/s}\nclasses: [{name: a, ${Q}}]`,
    'p.yaml:1: link: rate "0 bit/s": a link that never sends delays for ever; write a rate above 0',
  ],
  [
    `link: {rate: 1e-17 bit/s}\nclasses: [{name: a, ${Q}}]`,
    'p.yaml:1: link: rate "1e-17 bit/s": is too fine: a unit takes 800000000000000000000000000/1 ns',
  ],
  [`link: {rate: 10}\nclasses: [{name: a, ${Q}}]`, 'p.yaml:1: link: rate "10": a number needs a unit'],
  [
    `link: {rate: 1 Mbit/s, scheduler: wfq}\nclasses: [{name: a, ${Q}}]`,
    'p.yaml:1: link: scheduler "wfq": unknown word; it is one of priority, drr or fifo',
  ],
  [
    `link: {rate: 1 Mbit/s, default: b}\nclasses: [{name: a, ${Q}}]`,
    'p.yaml:1: link: default "b": no class has this name;',
  ],
  [`link: {rate: 1 Mbit/s, speed: 1}\nclasses: [{name: a, ${Q}}]`, 'p.yaml:1: link: speed "1": unknown key;'],
  [
    "link: {rate: 1 Mbit/s}\nclasses: [{name: a}]",
    "p.yaml:2: class a: queue: is missing; write one such as {limit: 64 kB}",
  ],
  [
    "link: {rate: 1 Mbit/s}\nclasses: [{name: a, queue: {weight: 2}}]",
    "p.yaml:2: class a: queue: limit: is missing; a queue without one never drops: write one such as 64 kB, or a limit of the link",
  ],
  [
    "link: {rate: 1 Mbit/s}\nclasses: [{name: a, queue: 64 kB}]",
    'p.yaml:2: class a: queue "64 kB": must be a map of keys to values, such as {limit: 64 kB}',
  ],
  [
    "link: {rate: 1 packets/s}\nclasses: [{name: a, queue: {limit: 64 kB}}]",
    'p.yaml:2: class a: queue: limit "64 kB": is in bytes but the link sends packets; write it in packets or as a time',
  ],
  [
    "link: {rate: 1 Mbit/s}\nclasses: [{name: a, queue: {limit: 0 packets}}]",
    'p.yaml:2: class a: queue: limit "0 packets": holds no packet; write at least 1 packet',
  ],
  [
    "link: {rate: 1 Mbit/s}\nclasses: [{name: a, queue: {limit: 1e20 B}}]",
    'p.yaml:2: class a: queue: limit "1e20 B": must be at most 9007199254740991 bytes',
  ],
  [
    "link: {rate: 1 Mbit/s}\nclasses: [{name: a, queue: {limit: 9 kB, quantum: 2 packets}}]",
    'p.yaml:2: class a: queue: quantum "2 packets": is in packets but the link sends bytes; write it in bytes',
  ],
  [
    "link: {rate: 1 Mbit/s}\nclasses: [{name: a, queue: {limit: 9 kB, quantum: 0 B}}]",
    'p.yaml:2: class a: queue: quantum "0 B": must be a whole amount from 1 to 4294967295 bytes',
  ],
  [
    "link: {rate: 1 Mbit/s}\nclasses: [{name: a, queue: {limit: 9 kB, quantum: 4 GB, weight: 2}}]",
    'p.yaml:2: class a: queue: quantum "4 GB": must be a whole amount from 1 to 2147483647 bytes',
  ],
  [
    "link: {rate: 1 Mbit/s}\nclasses: [{name: a, queue: {limit: 9 kB, weight: 0}}]",
    'p.yaml:2: class a: queue: weight "0": must be a whole number from 1 to 1000',
  ],
  [
    "link: {rate: 1 Mbit/s, scheduler: fifo}\nclasses: [{name: a, queue: {limit: 9 kB, weight: 2}}]",
    'p.yaml:2: class a: queue: weight "2": says nothing with scheduler fifo; leave it out, or write scheduler: drr',
  ],
  [
    "link: {rate: 1 Mbit/s, limit: 9 kB}\nclasses: []",
    "p.yaml:2: classes: is missing or empty; it holds at least one, such as - {name: rest, queue: {limit: 64 kB}}",
  ],
  [
    "link: {rate: 1 Mbit/s, limit: 9 kB}\nclasses: x",
    'p.yaml:2: classes "x": must be a list of maps, such as - {name: voice, match: {dscp: ef}, queue: {limit: 64 kB}}',
  ],
  [
    "link: {rate: 1 Mbit/s, limit: 9 kB}\nclasses: [{name: a}, {name: a}]",
    'p.yaml:2: class a: name "a": is taken; names are unique among classes',
  ],
  ["link: {rate: 1 Mbit/s, limit: 9 kB}\nclasses: [{name: a, rate: 1 Mbit/s}]", 'p.yaml:2: class a: rate "1 Mbit/s": '],
  ["link: {rate: 1 Mbit/s, limit: 9 kB}\ncost: packets\nclasses: [{name: a}]", 'p.yaml:2: cost "packets": '],
  ["link: {rate: 1 Mbit/s, limit: 9 kB}\noverhead: x\nclasses: [{name: a}]", 'p.yaml:2: overhead "x": '],
  ["link: {rate: 1 Mbit/s, limit: 9 kB}\nlength: wire\nclasses: [{name: a}]", 'p.yaml:2: length "wire": unknown word;'],
];

test.each(REFUSED)("%s is refused", async (text, message) => {
  expect((await messageOf(() => compileText(text))).slice(0, message.length)).toBe(message);
});

test("a link has at most 64 classes", async () => {
  const classes = Array.from({ length: 65 }, (_, index) => `{name: c${index}, match: {dscp: 1}}`);
  const text = (count: number) =>
    `{link: {rate: 1 Mbit/s, limit: 9 kB}, classes: [${classes.slice(0, count).join(", ")}]}`;
  expect((await compileText(text(64))).definition.classes).toHaveLength(64);
  expect(await messageOf(() => compileText(text(65)))).toBe(
    "p.yaml:1: classes: holds 65 classes and a link has at most 64; put several matches into one class",
  );
});

test("what meters refuses a link, and a link refuses the parameters of a meter", async () => {
  const loaded = await loadPolicyText("{link: {rate: 1 Mbit/s, limit: 9 kB}, classes: [{name: a}]}", "p.yaml");
  expect(await messageOf(async () => compileLoaded(loaded))).toBe(
    "p.yaml: link: has queues that delay packets, and no meter; use it with weir shape",
  );
  expect(
    await messageOf(() =>
      compileText("{link: {rate: 1 Mbit/s, limit: 9 kB}, classes: [{name: a}]}", { rate: "1 Mbit/s" }),
    ),
  ).toMatch(/^rate "1 Mbit\/s": cannot be combined with the classes of p\.yaml/u);
});

test("a link has no colors to act on", async () => {
  const text = "{link: {rate: 1 Mbit/s, limit: 9 kB}, actions: {red: drop}, classes: [{name: a}]}";
  expect(await messageOf(() => compileText(text))).toBe(
    "p.yaml: actions: say what a policer does by color, and a link has no colors; leave them out",
  );
});

describe("the schema", () => {
  const TAKEN = [
    "{link: {rate: 1 Mbit/s}, overhead: 24, minLength: 84, length: ip, classes: [{name: a, match: [{dscp: ef}], queue: {limit: 9 kB, quantum: 2 kB, weight: 2}}]}",
    "{link: {rate: 1 Mbit/s, limit: 1 MB, scheduler: fifo, default: a}, classes: [{name: a}, {name: b, queue: {limit: 2 ms}}]}",
  ];
  test.each(TAKEN)("takes %s, and so does the compiler", async (text) => {
    expect(validator.isValid(parse(text))).toBe(true);
    await expect(compileText(text)).resolves.toBeDefined();
  });

  const SCHEMA_REFUSED = [
    "{link: {limit: 9 kB}, classes: [{name: a}]}",
    "{link: {rate: 1 Mbit/s}, classes: [{name: a}]}",
    "{link: {rate: 1 Mbit/s}, classes: [{name: a, queue: {weight: 2}}]}",
    "{link: {rate: 1 Mbit/s, limit: 9 kB, scheduler: wfq}, classes: [{name: a}]}",
    "{link: {rate: 1 Mbit/s, limit: 9 kB, scheduler: fifo}, classes: [{name: a, queue: {weight: 2}}]}",
    "{link: {rate: 1 Mbit/s, limit: 9 kB}, classes: [{name: a, rate: 1 Mbit/s}]}",
    "{link: {rate: 1 Mbit/s, limit: 9 kB}, classes: [{queue: {limit: 9 kB}}]}",
    "{link: {rate: 1 Mbit/s, limit: 9 kB}, meter: gcra, classes: [{name: a}]}",
    "{link: [{rate: 1 Mbit/s, limit: 9 kB}], classes: [{name: a}]}",
  ];
  test.each(SCHEMA_REFUSED)("refuses %s, and so does the compiler", async (text) => {
    expect(validator.isValid(parse(text))).toBe(false);
    await expect(compileText(text)).rejects.toThrow(ConfigError);
  });
});

function textOf(name: string): string {
  return readFileSync(new URL(`../examples/policies/${name}`, import.meta.url), "utf8");
}

test("the worked links compile to what their comments say", async () => {
  const voice = await compileText(textOf("voice-link.yaml"));
  const { ratePerSec, classes } = voice.definition;
  // (b + L) / R, in ms.
  expect(Math.round((1000 * Number(classes[0]!.limit.units + 1538n)) / Number(ratePerSec.num))).toBe(14);
  const office = await compileText(textOf("office-link.yaml"));
  expect(office.definition.classes.map(({ quantum }) => quantum)).toEqual([3076n, 4614n, 1538n, 1538n]);
  expect(office.definition.classes[3]!.limit.units).toBe(125_000n);
});
