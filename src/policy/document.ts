/** Policy text, YAML or JSON (which is YAML too), to plain values whose lines are known. */

import type { LineCounter, Scalar, YAMLMap, YAMLSeq } from "yaml";
import { ConfigError } from "../errors.ts";
import { Places } from "./places.ts";

/** Room for a list of half a million prefixes; more is a wrong file, and must not cost memory. */
const TEXT_LENGTH_MAX = 1 << 24;
export const METER_EXAMPLE = "such as {meter: token-bucket, rate: 10 Mbit/s, burst: 64 kB}";

type Yaml = typeof import("yaml");

/** A document whose top is a map. Numbers are texts as written, so that messages show `1e3` and not 1000. */
export interface PolicyDocument {
  readonly values: Readonly<Record<string, unknown>>;
  readonly places: Places;
}

async function loadYaml(): Promise<Yaml> {
  try {
    return await import("yaml");
  } catch {
    throw new ConfigError(
      "FILE",
      "policy",
      undefined,
      "reading a policy file needs the package yaml: npm install yaml",
    );
  }
}

/** Reads a document. Throws ConfigError that starts with the file and, where one is at fault, the line. */
export async function readDocument(text: string, fileName: string): Promise<PolicyDocument> {
  if (text.length > TEXT_LENGTH_MAX) {
    const detail = `is longer than ${TEXT_LENGTH_MAX} characters, so it is no policy; long lists of prefixes go to a file of their own, named by src-file or dst-file`;
    throw new ConfigError("FILE", "policy", undefined, detail, fileName);
  }
  const yaml = await loadYaml();
  const lines = new yaml.LineCounter();
  const document = yaml.parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const [mistake] = document.errors;
  if (mistake !== undefined) {
    const where = `${fileName}:${lines.linePos(mistake.pos[0]).line}`;
    throw new ConfigError("FILE", "policy", undefined, `is not YAML or JSON: ${mistake.message}`, where);
  }
  if (!yaml.isMap(document.contents)) {
    throw new ConfigError("FILE", "policy", undefined, `must be a map of keys to values, ${METER_EXAMPLE}`, fileName);
  }
  const places = new Places(fileName);
  return { values: new PlainReader(yaml, lines, places).map(document.contents), places };
}

/** Turns nodes into plain values, in their order. What several aliases name is one value: nesting them costs nothing. */
class PlainReader {
  readonly #yaml: Yaml;
  readonly #lines: LineCounter;
  readonly #places: Places;
  readonly #anchored = new Map<string, unknown>();

  constructor(yaml: Yaml, lines: LineCounter, places: Places) {
    this.#yaml = yaml;
    this.#lines = lines;
    this.#places = places;
  }

  map(node: YAMLMap): Record<string, unknown> {
    // Without a prototype, so that "__proto__" is a key like any other.
    const values = Object.create(null) as Record<string, unknown>;
    const lines = new Map<string, number>();
    if (node.anchor !== undefined) this.#anchored.set(node.anchor, values);
    this.#places.set(values, lines);
    for (const { key, value } of node.items) {
      const name = this.#yaml.isScalar(key) ? String(key.value) : "key";
      lines.set(name, this.#lineOf(key));
      values[name] = this.#value(value);
    }
    return values;
  }

  #list(node: YAMLSeq): unknown[] {
    const values: unknown[] = [];
    if (node.anchor !== undefined) this.#anchored.set(node.anchor, values);
    this.#places.set(
      values,
      node.items.map((item) => this.#lineOf(item)),
    );
    for (const item of node.items) values.push(this.#value(item));
    return values;
  }

  #value(node: unknown): unknown {
    if (this.#yaml.isMap(node)) return this.map(node);
    if (this.#yaml.isSeq(node)) return this.#list(node);
    if (this.#yaml.isScalar(node)) return this.#scalar(node);
    if (!this.#yaml.isAlias(node)) return null;
    if (this.#anchored.has(node.source)) return this.#anchored.get(node.source);
    const where = `${this.#places.fileName}:${this.#lineOf(node)}`;
    throw new ConfigError("FILE", "policy", `*${node.source}`, "names no anchor above it", where);
  }

  #scalar({ value, source, anchor }: Scalar): unknown {
    const isWritten = typeof value === "string" || typeof value === "boolean" || value === null;
    const plain = value === "" ? null : isWritten ? value : (source ?? JSON.stringify(value));
    if (anchor !== undefined) this.#anchored.set(anchor, plain);
    return plain;
  }

  #lineOf(node: unknown): number {
    const offset = this.#yaml.isNode(node) ? (node.range?.[0] ?? 0) : 0;
    return this.#lines.linePos(offset).line;
  }
}
