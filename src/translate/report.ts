/** What the explanation of a line, or a policy in another system's words, looks like as text and as JSON. Pure. */
import { ConfigError } from "../errors.ts";
import { fractionText } from "../rational.ts";
import type { Explained, Figure, OtherView, PolicyDocument } from "./explained.ts";
import type { TargetRow } from "./systems.ts";
import type { WriteInput } from "./write.ts";
import { policyYaml } from "./yaml.ts";

function figureLines(figures: readonly Figure[]): string[] {
  const nameWidth = Math.max(0, ...figures.map(({ name }) => name.length));
  const writtenWidth = Math.max(0, ...figures.map(({ written }) => written?.length ?? 0));
  return figures.map(({ name, written, text }) => {
    return `  ${name.padEnd(nameWidth)}  ${(written ?? "").padEnd(writtenWidth)}  ${text}`;
  });
}

function noteLines(title: string, notes: readonly string[]): string[] {
  return notes.length === 0 ? [] : ["", title, ...notes.map((note) => `  - ${note}`)];
}

function yamlLines(title: string, document: PolicyDocument): string[] {
  const lines = policyYaml(document).trimEnd().split("\n");
  return ["", title, ...lines.map((line) => `  ${line}`)];
}

function commandOf(document: PolicyDocument): string {
  return "shaper" in document ? "weir shape" : "weir meter";
}

/** The explanation of a line, for people. */
export function explainedText(explained: Explained): string {
  const { system, does, figures, policy, by, also, refuses, rounds, differs } = explained;
  return `${[
    `${system}: ${does}`,
    "",
    ...figureLines(figures),
    ...yamlLines(`Weir policy, for ${commandOf(policy)} --policy FILE --by ${by}:`, policy),
    ...also.flatMap((view) => yamlLines(`${view.title}:`, view.policy)),
    ...noteLines("The other system refuses or drops:", refuses),
    ...noteLines("It rounds:", rounds),
    ...noteLines("Note:", differs),
  ].join("\n")}\n`;
}

function figureJson({ name, written, text, value, unit }: Figure): Record<string, unknown> {
  return { name, written, text, value: fractionText(value), unit };
}

function viewJson({ title, policy }: OtherView): Record<string, unknown> {
  return { title, policy, yaml: policyYaml(policy) };
}

/** The explanation of a line as one JSON document; values are exact, fractions as "p/q". */
export function explainedJson(explained: Explained): string {
  const { figures, policy, also, ...rest } = explained;
  const document = {
    ...rest,
    figures: figures.map(figureJson),
    policy,
    yaml: policyYaml(policy),
    also: also.map(viewJson),
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

/** A policy in the words of a system, with what is lost; of each of its lines. */
export function writtenText({ writers }: TargetRow, input: WriteInput): string {
  const blocks = writers.map(({ label, write }) => {
    const { text, remarks } = write(input);
    const head = text === null ? [`# ${label}: not expressible`] : [`# ${label}`, text.trimEnd()];
    return [...head, ...remarks.map((remark) => `# - ${remark}`)].join("\n");
  });
  return `${blocks.join("\n\n")}\n`;
}

/** The same as one JSON document; `text` is null where it cannot be said. */
export function writtenJson({ id, writers }: TargetRow, input: WriteInput): string {
  const lines = writers.map(({ label, write }) => ({ label, ...write(input) }));
  return `${JSON.stringify({ to: id, by: input.by, lines }, null, 2)}\n`;
}

/** Throws ConfigError when none of the system's lines can say the policy: why, of the first. */
export function checkExpressible({ writers }: TargetRow, input: WriteInput): void {
  const written = writers.map(({ write }) => write(input));
  if (written.some(({ text }) => text !== null)) return;
  throw new ConfigError("CONFLICT", "policy", undefined, written.map(({ remarks }) => remarks[0] ?? "").join("; "));
}
