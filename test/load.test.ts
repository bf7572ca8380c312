/** Policy files: what is read of a document, and the line that each error names. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { compileLoaded, compilePolicy, loadPolicyText } from "../src/policies.ts";
import type { PolicyInput } from "../src/policies.ts";
import { readerBeside } from "../src/policy/beside.node.ts";
import { compileText, messageOfText } from "./support/policytext.ts";

const TOKEN: PolicyInput = { meter: "token-bucket", rate: "10 Mbit/s", burst: "64 kB" };
const CLASSES = "classes:\n  - {name: a, rate: 1 MB/s, burst: 9 kB}\n";

describe("a policy of one meter", () => {
  test.each([
    ["meter: token-bucket\nrate: 10 Mbit/s\nburst: 64 kB # as agreed\noverhead: 24\n"],
    ["{meter: token-bucket, rate: 10 Mbit/s, burst: 64kB, overhead: 24}"],
    ['{\n\t"meter": "token-bucket",\n\t"rate": "10 Mbit/s",\n\t"burst": "64 kB",\n\t"overhead": 24\n}\n'],
    ["meter: &m token-bucket\nrate: 10 Mbit/s\nburst: &b 64 kB\noverhead: 24\n"],
  ])("%j", async (text) => {
    const loaded = await loadPolicyText(text, "p.yaml");
    expect(loaded.kind).toBe("meter");
    expect(compileLoaded(loaded)).toEqual(compilePolicy({ ...TOKEN, overhead: 24 }));
  });

  test("is changed by options, in either spelling", async () => {
    const text = "meter: token-bucket\nrate: 1 Mbit/s\nburst: 64 kB\nmin-length: 64\n";
    const changed = await compileText(text, { minLength: 84, rate: "10 Mbit/s", check: undefined });
    expect(changed).toEqual(compilePolicy({ ...TOKEN, minLength: 84 }));
  });

  test.each<[string, string, PolicyInput?]>([
    [
      "meter: token-bucket\nrate: 100\n",
      'p.yaml:2: rate "100": a number needs a unit; write 100 kbit/s, 100 kB/s or 100 packets/s',
    ],
    ["meter: gcra\nrat: 1\n", "p.yaml:2: rat: unknown key; did you mean rate?"],
    ["meter: gcra\nmeter: gcra\n", "p.yaml:2: policy: is not YAML or JSON: Map keys must be unique"],
    ["meter: gcra\nrate:\n", 'p.yaml:2: rate: has no value; write one such as "10Mbit/s"'],
    ["rate: [1]\n", 'p.yaml:1: rate: must be a text or a number such as "10Mbit/s"'],
    ["meter: token-bucket\nrate: true\n", 'p.yaml:2: rate "true": must be a text or a number such as "10Mbit/s"'],
    // Together, not each by itself.
    [
      "meter: token-bucket\nrate: 1 MB/s\nburst: 9 packets\n",
      'p.yaml:3: burst "9 packets": is in packets but rate "1 MB/s" sets cost bytes; write the burst in B, kB or KiB, or a time',
    ],
    [
      "meter: token-bucket\nrate: 1 MB/s\n",
      'p.yaml: burst: is missing; token-bucket takes rate and burst, such as meter token-bucket, rate "10 Mbit/s", burst "64 kB"',
    ],
    [
      "meter: token-bucket\nmin-length: 3\nminLength: 4\nrate: 1 MB/s\nburst: 9 kB\n",
      'p.yaml:2: min-length "4": is given twice, also as minLength; keep one of them',
    ],
    [
      "meter: multi\nbuckets:\n  - 1 MB/s 9 kB\n  - 1 MB/s 9 GiB/s\n",
      'p.yaml:4: bucket 2 burst "9 GiB/s": unknown unit "GiB/s"; write 9 GiB',
    ],
    // What an option says stands in no line.
    [
      "meter: token-bucket\nrate: 1 MB/s\nburst: 9 kB\n",
      'burst "9 packets": is in packets but rate "1 MB/s" sets cost bytes; write the burst in B, kB or KiB, or a time',
      { burst: "9 packets" },
    ],
  ])("error in case %#", async (text, message, options) => {
    expect(await messageOfText(text, options)).toBe(message);
  });
});

describe("a document", () => {
  const EXAMPLE = "such as {meter: token-bucket, rate: 10 Mbit/s, burst: 64 kB}";
  test.each([
    ["- gcra\n", `p.yaml: policy: must be a map of keys to values, ${EXAMPLE}`],
    ["", `p.yaml: policy: must be a map of keys to values, ${EXAMPLE}`],
    ["__proto__: 1\n", "p.yaml:1: __proto__: unknown key; the keys are meter,"],
    ["a: [\n", "p.yaml:2: policy: is not YAML or JSON: "],
    ["a: 1\n---\nb: 1\n", "p.yaml:2: policy: is not YAML or JSON: "],
    ["meter: *m\n", 'p.yaml:1: policy "*m": names no anchor above it'],
    ["meter: &m [*m]\n", "p.yaml:1: meter: must be a text or a number"],
    [`rate: ${"[".repeat(100_000)}`, "p.yaml:1: policy: is not YAML or JSON: "],
    ["#".repeat(2 ** 24 + 1), "p.yaml: policy: is longer than 16777216 characters, so it is no policy; long lists of"],
  ])("error in case %#", async (text, message) => {
    expect((await messageOfText(text)).slice(0, message.length)).toBe(message);
  });

  test("says the same through anchors, and nesting them costs nothing", async () => {
    const text = `
nodes: [{name: up, rate: &rate 1 MB/s, burst: &burst 9 kB}]
classes:
  - {name: a, rate: *rate, burst: *burst, match: &web {protocol: tcp, dst-port: &ports [80, 443]}, parent: up}
  - {name: b, action: pass, match: [*web, {protocol: udp, dst-port: *ports}]}
`;
    const plain = text
      .replaceAll(/&(?:rate|burst|web|ports) /gu, "")
      .replaceAll("*rate", "1 MB/s")
      .replaceAll("*burst", "9 kB")
      .replaceAll("*ports", "[80, 443]")
      .replaceAll("*web", "{protocol: tcp, dst-port: [80, 443]}");
    expect(await compileText(text)).toEqual(await compileText(plain));
    const levels = Array.from({ length: 30 }, (_, index) => `&l${index} [*l${index - 1}, *l${index - 1}]`).slice(1);
    const bomb = `${CLASSES}overhead: [&l0 [1], ${levels.join(", ")}]\n`;
    expect(await messageOfText(bomb)).toBe('p.yaml:3: overhead: must be a text or a number such as "24"');
  });
});

describe("a policy of classes", () => {
  test("is told by its keys", async () => {
    for (const text of [CLASSES, "nodes: []", "groups: []", "charge: series"]) {
      expect((await loadPolicyText(text, "p.yaml")).kind).toBe("classes");
    }
  });

  test("takes the option length, and no other", async () => {
    expect(await compileText(CLASSES, { length: "ip" })).toEqual(await compileText(`length: ip\n${CLASSES}`));
    expect(await compileText(`length: ip\n${CLASSES}`, { length: "frame" })).toMatchObject({ length: "frame" });
    expect(await messageOfText(CLASSES, { rate: "1 MB/s" })).toBe(
      'rate "1 MB/s": cannot be combined with the classes of p.yaml; write it there (only length may be given beside them)',
    );
    expect(await messageOfText(CLASSES, { colorAware: true })).toMatch(/^color-aware "true": cannot be combined with/u);
  });

  test("names files beside it", async () => {
    const folder = mkdtempSync(join(tmpdir(), "weir-load-"));
    try {
      writeFileSync(join(folder, "list.txt"), "192.0.2.0/24\n");
      const text = "classes: [{name: a, action: block, match: {src-file: list.txt}}]";
      const read = readerBeside(join(folder, "p.yaml"));
      const policy = compileLoaded(await loadPolicyText(text, "p.yaml", read));
      expect(policy).toMatchObject({ matches: [{ sources: [{ version: 4, bits: 24 }] }] });
      const lost = await loadPolicyText(text.replace("list.txt", "lost.txt"), "p.yaml", read);
      expect(() => compileLoaded(lost)).toThrow(
        'p.yaml:1: class a: src-file "lost.txt": there is no such file; its name is relative to the policy',
      );
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
