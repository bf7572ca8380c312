/** The policy as Weir itself takes it: a policy file, a command. */
import { bucketLines, BUCKETS_FIELD, givenValues } from "../form/fields.ts";
import type { Exported, ExportInput } from "./exported.ts";

const CAPTURE = "capture.pcap";

/** Words that YAML reads as something else, and texts that begin or go on like other syntax, are quoted. */
function yamlScalar(text: string): string {
  return /^[A-Za-z0-9+.-][A-Za-z0-9 %./+-]*$/u.test(text) ? text : JSON.stringify(text);
}

/** A policy file. */
export function weirPolicy({ state }: ExportInput): Exported {
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
export function weirCommand({ state }: ExportInput): Exported {
  const options = givenValues(state).flatMap(([name, value]) => {
    if (name === BUCKETS_FIELD) return bucketLines(value).map((bucket) => `--${name} ${quoted(bucket)}`);
    return [value === "true" ? `--${name}` : `--${name} ${quoted(value)}`];
  });
  const words = ["weir meter", CAPTURE, `--meter ${state.meter}`, ...options, `--by ${quoted(state.by)}`];
  return { text: `${words.join(" ")}\n`, remarks: [] };
}
