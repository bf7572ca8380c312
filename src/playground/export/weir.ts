/** The policy as Weir itself takes it: a policy file, a command. */
import type { Written } from "../../translate/explained.ts";
import { yamlScalar } from "../../translate/yaml.ts";
import { bucketLines, BUCKETS_FIELD, givenValues } from "../form/fields.ts";
import type { ExportInput } from "./exported.ts";

const CAPTURE = "capture.pcap";

/** A policy file. */
export function weirPolicy({ state }: ExportInput): Written {
  const lines: string[] = [];
  for (const [name, value] of givenValues(state)) {
    if (name !== BUCKETS_FIELD) lines.push(`${name}: ${yamlScalar(value)}`);
    else lines.push(`${name}:`, ...bucketLines(value).map((bucket) => `  - ${yamlScalar(bucket)}`));
  }
  const command = `# weir meter ${CAPTURE} --policy policy.yaml --by ${state.by}`;
  return { text: [command, `meter: ${state.meter}`, ...lines, ""].join("\n"), remarks: [] };
}

function quoted(word: string): string {
  return /^[\w./%+-]+$/u.test(word) ? word : `"${word.replace(/["\\$`]/gu, "\\$&")}"`;
}

/** A command line. */
export function weirCommand({ state }: ExportInput): Written {
  const options = givenValues(state).flatMap(([name, value]) => {
    if (name === BUCKETS_FIELD) return bucketLines(value).map((bucket) => `--${name} ${quoted(bucket)}`);
    return [value === "true" ? `--${name}` : `--${name} ${quoted(value)}`];
  });
  const words = ["weir meter", CAPTURE, `--meter ${state.meter}`, ...options, `--by ${quoted(state.by)}`];
  return { text: `${words.join(" ")}\n`, remarks: [] };
}
