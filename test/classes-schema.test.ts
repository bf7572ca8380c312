/** The worked policies, and the schema that editors check policy files with. */
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { policySchema } from "../scripts/policyschema.ts";
import { readerBeside } from "../src/policy/beside.node.ts";
import { compileLoaded, compileLoadedLink, loadPolicyText, METERS } from "../src/policies.ts";
import type { ClassPolicy } from "../src/types.ts";
import { type Schema, Validator } from "./support/jsonschema.ts";
import { compileText } from "./support/policytext.ts";

const ROOT = new URL("../", import.meta.url);
const EXAMPLES = readdirSync(new URL("examples/policies/", ROOT)).filter((name) => name.endsWith(".yaml"));
const LINKS = EXAMPLES.filter((name) => name.includes("link"));
const SHAPERS = EXAMPLES.filter((name) => name.includes("shaper"));
const CLASSES = EXAMPLES.filter((name) => !LINKS.includes(name) && !SHAPERS.includes(name));
const published = JSON.parse(readFileSync(new URL("dist/policy.schema.json", ROOT), "utf8")) as Schema;
const validator = new Validator(published);

function textOf(name: string): string {
  return readFileSync(new URL(`examples/policies/${name}`, ROOT), "utf8");
}

async function compileExample(name: string): Promise<ClassPolicy> {
  const path = fileURLToPath(new URL(`examples/policies/${name}`, ROOT));
  const policy = compileLoaded(await loadPolicyText(textOf(name), path, readerBeside(path)));
  if (policy.meter !== "classes") throw new Error(`${name} has no classes`);
  return policy;
}

function paths(policy: ClassPolicy): Record<string, string> {
  return Object.fromEntries(
    policy.classes.map(({ name, action, path }) => [
      name,
      action === "meter" ? path.map((entry) => `${entry.policy.meter} ${entry.nodeId}`).join(", ") : action,
    ]),
  );
}

describe("the worked policies", () => {
  test("compile, and nothing in them is worth a warning", async () => {
    const told = ["access-network.yaml", "ddos-filter.yaml", "vbr-contract.yaml"];
    expect(EXAMPLES).toEqual(expect.arrayContaining(told));
    for (const name of CLASSES) expect((await compileExample(name)).warnings).toEqual([]);
  });

  test.each(SHAPERS)("%s is a shaper, and nothing in it is worth a warning", async (name) => {
    const policy = compileLoaded(await loadPolicyText(textOf(name), name));
    expect([policy.meter, policy.warnings]).toEqual(["shaper", []]);
  });

  test.each(LINKS)("%s is a link, and nothing in it is worth a warning", async (name) => {
    const loaded = await loadPolicyText(textOf(name), name);
    if (loaded.kind !== "link") throw new Error(`${name} is no link`);
    expect(compileLoadedLink(loaded).warnings).toEqual([]);
  });

  test("access-network: tiers below one bucket a subscriber, below one uplink", async () => {
    const policy = await compileExample("access-network.yaml");
    expect(paths(policy)).toEqual({
      "set-up": "pass",
      voice: "token-bucket 1, token-bucket 2, token-bucket 3",
      gold: "trtcm 4, token-bucket 2, token-bucket 3",
      silver: "trtcm 5, token-bucket 2, token-bucket 3",
      bronze: "srtcm 6, token-bucket 2, token-bucket 3",
      spoofed: "block",
      unmatched: "pass",
    });
  });

  test("ddos-filter: the list is read from its file", async () => {
    const policy = await compileExample("ddos-filter.yaml");
    expect(policy.matches[0]?.sources).toHaveLength(4);
    expect(paths(policy)).toMatchObject({ listed: "block", "flows-ipv4": "token-bucket 3, token-bucket 4" });
    const costs = policy.classes.flatMap(({ path }) =>
      path.map(({ policy: { definition } }) => (definition.kind === "bucket" ? definition.bucket.costRule.cost : "")),
    );
    expect(new Set(costs)).toEqual(new Set(["packets"]));
  });

  test("vbr-contract: the sustained bucket holds the burst that was agreed, and what exceeds it is tagged", async () => {
    const { classes } = await compileExample("vbr-contract.yaml");
    const definition = classes[0]?.path[0]?.policy.definition;
    if (definition?.kind !== "dual") throw new Error("expected a dual meter");
    // (MBS - 1)(1/SCR - 1/PCR) = 199 x 30 us, at one cell in 40 us.
    expect(definition.sustained.depth).toEqual({ num: 597n, den: 4n });
    expect([definition.mode, definition.tags]).toEqual(["coordinated", true]);
  });
});

describe("the schema", () => {
  test("is the one that the tables give; if not: npx tsx scripts/schema.ts", () => {
    expect(published).toEqual(JSON.parse(JSON.stringify(policySchema())));
  });

  test.each(EXAMPLES)("takes %s", (name) => {
    expect(validator.isValid(parse(textOf(name)))).toBe(true);
  });

  test("takes every form of every meter, and misses each of its parameters", async () => {
    for (const { name, forms } of METERS) {
      for (const form of forms) {
        const pairs = form.params.map((param, index): [string, string] => [param, form.example[index] ?? ""]);
        const input = { meter: name, ...Object.fromEntries(pairs) };
        const { meter, ...own } = input;
        expect(validator.isValid(input), JSON.stringify(input)).toBe(true);
        expect(validator.isValid({ classes: [{ name: "a", meter, ...own }] })).toBe(true);
        expect((await compileText(JSON.stringify(input))).meter).toBe(name);
        for (const [param] of pairs) {
          const rest = Object.fromEntries(Object.entries(input).filter(([key]) => key !== param));
          expect(validator.isValid(rest), `${name} without ${param}`).toBe(false);
        }
      }
    }
  });

  const TAKEN = [
    "{meter: token-bucket, rate: 10 Mbit/s, burst: 64 kB, overhead: 24, minLength: 84, check: overdraft}",
    "{meter: mef, cir: 1 MB/s, cbs: 9 kB, eir: 1 MB/s, ebs: 9 kB, cf: 1, color-aware: true}",
    "{meter: multi, buckets: [1 MB/s 9 kB, {rate: 1 MB/s, burst: 9 kB}]}",
    "{length: ip, color-aware: true, classes: [{name: a, match: [{}, {dst-port: [53, 80-90]}], action: pass}]}",
    "{nodes: [{name: n, rate: 1 MB/s, burst: 9 kB}], classes: [{name: a, parent: n, threshold: 3 kB}]}",
    "{groups: [{name: g, rate: 1 MB/s}], classes: [{name: a, group: g, weight: 2, burst: 9 kB, by: src/24}]}",
    "{classes: [{name: a, rate: 1 MB/s, burst: 9 kB, match: {dscp: [ef, 3], vlan: 5, src: '::1', protocol: 6}}]}",
  ];
  test.each(TAKEN)("takes %s, and so does the compiler", async (text) => {
    expect(validator.isValid(parse(text))).toBe(true);
    await expect(compileText(text)).resolves.toBeDefined();
  });

  const REFUSED = [
    "{}",
    "{meter: token-bucket, rate: 10 Mbit/s, burst: 64 kB, speed: 1}",
    "{meter: token-bucket, rate: 10, burst: 64 kB}",
    "{meter: token-bucket, increment: 1 us, limit: 1 ms}",
    "{meter: bucket, rate: 10 Mbit/s, burst: 64 kB}",
    "{meter: srtcm, cir: 1 MB/s, cbs: 9 kB, ebs: 9 kB, color-aware: perhaps}",
    "{meter: gcra, rate: 1 MB/s, burst: 9 kB, classes: []}",
    "{charge: lend, classes: [{name: a, action: pass}]}",
    "{classes: [{name: a}]}",
    "{classes: [{name: a b, action: pass}]}",
    "{classes: [{name: a, action: pass, rate: 1 MB/s}]}",
    "{classes: [{name: a, rate: 1 MB/s}]}",
    "{classes: [{name: a, length: ip, rate: 1 MB/s, burst: 9 kB}]}",
    "{classes: [{name: a, by: source, rate: 1 MB/s, burst: 9 kB}]}",
    "{classes: [{name: a, action: pass, match: {port: 53}}]}",
    "{classes: [{name: a, action: pass, match: {protocol: 300}}]}",
    "{classes: [{name: a, action: pass, match: {src: example.org}}]}",
    "{classes: [{name: a, action: pass, match: []}]}",
    "{nodes: [{name: n}], classes: [{name: a, parent: n}]}",
    "{groups: [{name: g}], classes: [{name: a, group: g, weight: 1, burst: 9 kB}]}",
    "{groups: [{name: g, rate: 1 MB/s}], classes: [{name: a, group: g, weight: 1, burst: 9 kB, rate: 1 MB/s}]}",
  ];
  test.each(REFUSED)("refuses %s, and so does the compiler", async (text) => {
    expect(validator.isValid(parse(text))).toBe(false);
    await expect(compileText(text)).rejects.toThrow();
  });
});
