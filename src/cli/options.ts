/** Options of the commands, made from the policy table: name, help and an example for each. */
import { Option } from "commander";
import { ConfigError } from "../errors.ts";
import { inputKeyOf, type ParamRow, POLICY_PARAMS, type PolicyInput } from "../policies.ts";
import type { FlowKeying } from "../trace/meter.ts";

/** `--rate <rate>` with its help, default and an example. */
export function policyOption(param: ParamRow): Option {
  const words = param.choices === undefined ? "" : ` (${param.choices.join(", ")})`;
  const fallback = param.defaultText === undefined ? "" : `; default ${param.defaultText}`;
  return new Option(
    `--${param.name} <${param.kind}>`,
    withExample(`${param.help}${words}${fallback}`, `--${param.name} ${param.example}`),
  );
}

/** Help text and a line that shows the option in use. */
export function withExample(help: string, example: string): string {
  return `${help}\nexample: ${example}`;
}

/** The policy that the options state, on top of what a policy file holds: an option replaces the file's value. */
export function policyInputOf(options: Readonly<Record<string, unknown>>, file: PolicyInput): PolicyInput {
  const input: Record<string, unknown> = { ...file };
  for (const { name } of POLICY_PARAMS) {
    const value = options[inputKeyOf(name)];
    if (value === undefined) continue;
    delete input[name];
    input[inputKeyOf(name)] = value;
  }
  return input;
}

const KEYS: Readonly<Record<string, FlowKeying>> = {
  "5-tuple": { by: "5-tuple" },
  src: { by: "source" },
  dst: { by: "destination" },
  pair: { by: "pair" },
  all: { by: "all" },
};
const KEY_WORDS = "5-tuple, src, dst, pair, src/N, dst/N or all";
const PREFIX_BITS_MAX = 128;

/** Reads `--by`. Throws ConfigError. */
export function keyingOf(text: string): FlowKeying {
  const plain = Object.hasOwn(KEYS, text) ? KEYS[text] : undefined;
  if (plain !== undefined) return plain;
  const match = /^(src|dst)\/(\d{1,3})$/u.exec(text);
  if (match === null) throw new ConfigError("CHOICE", "by", text, `is one of ${KEY_WORDS}, such as src/24`);
  const prefixBits = Number(match[2]);
  if (prefixBits > PREFIX_BITS_MAX) {
    throw new ConfigError(
      "RANGE",
      "by",
      text,
      `a prefix has 0 to ${PREFIX_BITS_MAX} bits (IPv4 addresses take at most 32 of them)`,
    );
  }
  return { by: match[1] === "src" ? "source" : "destination", prefixBits };
}

/** Reads a count such as `--top 10`. Throws ConfigError. */
export function countOf(name: string, text: string, least: number, most: number): number {
  const value = /^\d+$/u.test(text) ? Number(text) : Number.NaN;
  if (value >= least && value <= most) return value;
  throw new ConfigError("NUMBER", name, text, `must be a whole number from ${least} to ${most}`);
}
