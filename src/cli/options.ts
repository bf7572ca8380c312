/** Options of the commands, made from the policy table: name, help and an example for each. */
import { Option } from "commander";
import { ConfigError } from "../errors.ts";
import { type ParamRow, POLICY_PARAMS, type PolicyInput } from "../policies.ts";

/** Commander's name of an option's value: that of "min-length" is `minLength`. */
function attributeOf(paramName: string): string {
  return new Option(`--${paramName}`).attributeName();
}

/** `--rate <rate>` with its help, default and an example; a flag without a value; one of several may be repeated. */
export function policyOption(param: ParamRow): Option {
  const { name, kind, choices, defaultText, help, example } = param;
  const words = choices === undefined ? "" : ` (${choices.join(", ")})`;
  const fallback = defaultText === undefined ? "" : `; default ${defaultText}`;
  const text = `${help}${words}${fallback}`;
  if (kind === "flag") return new Option(`--${name}`, withExample(text, `--${name}`));
  const option = new Option(
    `--${name} <${kind === "buckets" ? "rate,burst" : kind}>`,
    withExample(text, `--${name} ${example}`),
  );
  if (kind !== "buckets") return option;
  return option.argParser((value: string, previous: readonly string[] | undefined) => [...(previous ?? []), value]);
}

/** Help text and a line that shows the option in use. */
export function withExample(help: string, example: string): string {
  return `${help}\nexample: ${example}`;
}

/** The policy that the options state, of these parameters. */
export function policyInputOf(
  options: Readonly<Record<string, unknown>>,
  params: readonly ParamRow[] = POLICY_PARAMS,
): PolicyInput {
  const given = params.map(({ name }) => [name, options[attributeOf(name)]] as const);
  return Object.fromEntries(given.filter(([, value]) => value !== undefined));
}

/** Reads a count such as `--top 10`. Throws ConfigError. */
export function countOf(name: string, text: string, least: number, most: number): number {
  const value = /^\d+$/u.test(text) ? Number(text) : Number.NaN;
  if (value >= least && value <= most) return value;
  throw new ConfigError("NUMBER", name, text, `must be a whole number from ${least} to ${most}`);
}
