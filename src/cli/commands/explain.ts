/** `weir explain`: a line of another system as a policy, and a policy as lines of another system. */
import { Command } from "commander";
import { ConfigError } from "../../errors.ts";
import { keyingOf, POLICY_PARAMS } from "../../policies.ts";
import { checkExpressible, explainedJson, explainedText, writtenJson, writtenText } from "../../translate/report.ts";
import { explain, READABLE, targetOf, TARGETS } from "../../translate/systems.ts";
import { compileDocument, policyYaml } from "../../translate/yaml.ts";
import { Output } from "../../trace/output.ts";
import { policyInputOf, policyOption, withExample } from "../options.ts";
import { policyOf } from "../policy.ts";

const EXAMPLE = 'weir explain "tbf rate 1mbit burst 10kb latency 100ms"';
const BACK_EXAMPLE = "weir explain --to tc --meter token-bucket --rate 1Mbit/s --burst 16kB";
const BY_DEFAULT = "all";

interface ExplainOptions extends Readonly<Record<string, unknown>> {
  readonly to?: string;
  readonly policy?: string;
  readonly by?: string;
  readonly yaml?: boolean;
  readonly json?: boolean;
}

/** The command with its options; what can be read and written comes from the table of src/translate. */
export function explainCommand(): Command {
  const names = TARGETS.map(({ id }) => id).join(", ");
  const command = new Command("explain")
    .description("Say a line of tc, nginx, iptables, Cisco or a textbook as a Weir policy, or a policy in their words.")
    .argument("[line...]", "the other system's line; quoted or not")
    .option("--to <system>", withExample(`write a policy as lines of ${names}`, "--to tc"))
    .option(
      "--policy <file>",
      withExample("with --to: YAML or JSON policy, whose values options beside it replace", "--policy policy.yaml"),
    );
  for (const param of POLICY_PARAMS) command.addOption(policyOption(param));
  return command
    .option(
      "--by <key>",
      withExample(`with --to: what makes packets one flow, as of weir meter; default ${BY_DEFAULT}`, "--by src"),
    )
    .option("--yaml", withExample("only the policy, as a policy file", "--yaml > policy.yaml"))
    .option("--json", withExample("one JSON document on stdout", "--json"))
    .addHelpText("after", helpEnd())
    .action(async (words: string[], options: ExplainOptions) => {
      await new Output("-").write(await answerTo(words.join(" "), options));
    });
}

function helpEnd(): string {
  return [
    "",
    "Lines that are read, whole commands too (words in front of these names are passed over):",
    ...READABLE.flatMap(({ summary, example }) => [`  ${example}`, `      ${summary}`]),
    "",
    "Units are the other system's own: tc's kb is 1024 bytes, its kbit 1000 bits, its mbps megabytes a second.",
    "",
    "Examples:",
    `  ${EXAMPLE}`,
    `  ${BACK_EXAMPLE}`,
    "",
    "Exit codes: 0 done, 2 bad usage or line, or a policy that the other system cannot express.",
  ].join("\n");
}

/** All that the command prints. Throws ConfigError. */
async function answerTo(line: string, options: ExplainOptions): Promise<string> {
  if (options.to === undefined) return explainLine(line, options);
  if (line !== "") throw new ConfigError("CONFLICT", "to", options.to, "writes a policy; leave out the line, or --to");
  const target = targetOf(options.to);
  const by = options.by ?? BY_DEFAULT;
  keyingOf(by);
  const policy = await policyOf(options, BACK_EXAMPLE);
  if (policy.meter === "classes") {
    const detail = "has classes; the other system's line is one bucket: give the policy of one meter";
    throw new ConfigError("CONFLICT", "policy", options.policy, detail);
  }
  const input = { policy, by };
  checkExpressible(target, input);
  return options.json === true ? writtenJson(target, input) : writtenText(target, input);
}

function explainLine(line: string, options: ExplainOptions): string {
  const [extra] = [...Object.keys(policyInputOf(options)), ...["policy", "by"].filter((name) => name in options)];
  if (extra !== undefined) {
    throw new ConfigError(
      "CONFLICT",
      extra,
      undefined,
      `belongs to a policy; say with --to where it goes, such as: ${BACK_EXAMPLE}`,
    );
  }
  const explained = explain(line);
  // What is printed as a policy has to be one.
  for (const { policy } of [explained, ...explained.also]) compileDocument(policy);
  if (options.yaml === true) return policyYaml(explained.policy);
  return options.json === true ? explainedJson(explained) : explainedText(explained);
}
