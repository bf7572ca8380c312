/** Policy text, YAML or JSON (which is YAML too), to an input of the compiler. */

import { ConfigError } from "../errors.ts";
import { checkValue, paramOfKey } from "./compile.ts";
import type { PolicyInput } from "./compile.ts";

/** A policy is a handful of lines; more is a wrong file, and must not cost memory. */
const TEXT_LENGTH_MAX = 1 << 20;
const EXAMPLE = `such as {meter: token-bucket, rate: 10 Mbit/s, burst: 64 kB}`;

async function loadYaml(): Promise<typeof import("yaml")> {
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

/** The text of a scalar value as written in the file, so that messages show `1e3` and not 1000. */
function textOf(key: string, value: unknown, yaml: typeof import("yaml")): string {
  if (!yaml.isScalar(value)) {
    throw new ConfigError("FILE", key, undefined, `must be one value; the file holds one meter, ${EXAMPLE}`);
  }
  const { value: content, source } = value;
  if (content === null || content === "") {
    throw new ConfigError(
      "MISSING",
      key,
      undefined,
      `has no value; write one such as "${paramOfKey(key, undefined).example}"`,
    );
  }
  if (typeof content === "string") return content;
  return source ?? JSON.stringify(content);
}

/** Runs `read`; an error in it gets the line in front. */
function atLine<Result>(where: string, read: () => Result): Result {
  try {
    return read();
  } catch (error) {
    throw error instanceof ConfigError ? error.at(where) : error;
  }
}

/**
 * Reads a document that holds one meter at its top level, and checks each key and value by itself; `compilePolicy`
 * checks them together. Throws ConfigError that starts with the file and, where one is at fault, the line.
 */
export async function loadPolicyText(text: string, fileName: string): Promise<PolicyInput> {
  if (text.length > TEXT_LENGTH_MAX) {
    const detail = `is longer than ${TEXT_LENGTH_MAX} characters, so it is no policy; the file holds one meter, ${EXAMPLE}`;
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
    throw new ConfigError("FILE", "policy", undefined, `must be a map of keys to values, ${EXAMPLE}`, fileName);
  }
  const input: Record<string, string> = {};
  for (const { key, value } of document.contents.items) {
    const offset = yaml.isNode(key) ? (key.range?.[0] ?? 0) : 0;
    const [name, valueText] = atLine(`${fileName}:${lines.linePos(offset).line}`, () => readPair(key, value, yaml));
    input[name] = valueText;
  }
  return input;
}

function readPair(key: unknown, value: unknown, yaml: typeof import("yaml")): [name: string, text: string] {
  const name = yaml.isScalar(key) ? String(key.value) : "key";
  if (name === "classes") {
    const detail = `is not a key: the file holds one meter at the top level, ${EXAMPLE}`;
    throw new ConfigError("FILE", name, undefined, detail);
  }
  const param = paramOfKey(name, undefined);
  const text = textOf(name, value, yaml);
  checkValue(param, text);
  return [name, text];
}
