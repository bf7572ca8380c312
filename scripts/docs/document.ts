/** The parts of a document that are made: what stands between a marker and its end, and what commands print. */

import { readFileSync } from "node:fs";
import { ConfigError } from "../../src/errors.ts";
import { compileClasses } from "../../src/policy/classes/compile.ts";
import type { ClassesInput } from "../../src/policy/classes/input.ts";
import { CLASS_SCENES } from "./classscenes.ts";
import { commonTable, keyTable, meterTable, shaperTable } from "./parameters.ts";
import { pictureOf } from "./picture.ts";
import type { Scene } from "./scene.ts";
import { METER_SCENES } from "./scenes.ts";
import { traceTable } from "./trace.ts";
import { trackOf } from "./track.ts";

export const DOCUMENTS = ["docs/meters.md", "docs/classes.md"] as const;
/** Documents that show no commands. */
export const TABLED = ["docs/schedulers.md", "docs/shapers.md"] as const;
/** Documents with pictures that commands draw. */
export const PLOTTED = ["docs/report.md", "README.md"] as const;
export const SCENES: readonly Scene[] = [...METER_SCENES, ...CLASS_SCENES];

/** Where a scene's picture lies, from the root. */
export function pictureFile({ name }: Scene): string {
  return `docs/pictures/${name}.svg`;
}

/** The picture of a scene, drawn from the definitions. */
export function drawnScene(scene: Scene): string {
  return pictureOf(
    scene,
    scene.panels.map((panel) => trackOf(scene, panel)),
  );
}

function sceneNamed(name: string): Scene {
  const scene = SCENES.find((known) => known.name === name);
  if (scene === undefined) throw new RangeError(`no scene ${name}`);
  return scene;
}

/** A policy that is refused: a node that lends more than it has. */
const LENDS_TOO_MUCH: ClassesInput = {
  charge: "borrow",
  classes: [{ name: "web", by: "src", instances: 2, rate: "10 Mbit/s", burst: "64 kB", parent: "uplink" }],
  nodes: [{ name: "uplink", rate: "20 Mbit/s", burst: "256 kB", lendsUpTo: "224 kB" }],
};

/** What the compiler says of it. */
function refusalText(): string {
  try {
    compileClasses(LENDS_TOO_MUCH);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  throw new RangeError("the policy that is to be refused compiles");
}

function fenced(kind: string, text: string): string {
  return `\`\`\`${kind}\n${text}\n\`\`\``;
}

const MAKERS: Readonly<Record<string, (name: string) => string>> = {
  common: commonTable,
  parameters: meterTable,
  shaper: shaperTable,
  keys: keyTable,
  picture: (name) => `![${sceneNamed(name).alt}](pictures/${name}.svg)`,
  refused: () => fenced("text", refusalText()),
  file: (path) => fenced("yaml", readFileSync(new URL(`../../${path}`, import.meta.url), "utf8").trimEnd()),
  trace: (name) => fenced("text", traceTable(sceneNamed(name))),
};

const MADE = /<!-- made: (\w+)(?: ([\w./-]+))? -->\n[\s\S]*?<!-- end -->/gu;

/** The document with its tables and pictures as they are now. Throws RangeError for a marker that names nothing. */
export function withMadeParts(markdown: string): string {
  return markdown.replace(MADE, (_, kind: string, name: string | undefined) => {
    const make = MAKERS[kind];
    if (make === undefined) throw new RangeError(`nothing is made of kind ${kind}`);
    const marker = `<!-- made: ${kind}${name === undefined ? "" : ` ${name}`} -->`;
    return `${marker}\n\n${make(name ?? "")}\n\n<!-- end -->`;
  });
}

/** A command of a document and what the document says that it prints. */
export interface Shown {
  readonly command: string;
  readonly output: string;
}

const CONSOLE = /```console\n\$ ([^\n]+)\n([\s\S]*?)```/gu;

/** The commands that a document shows with their output. */
export function shownCommands(markdown: string): readonly Shown[] {
  return [...markdown.matchAll(CONSOLE)].map(([, command = "", output = ""]) => ({ command, output }));
}

/** A command of a document that draws a picture beside it. */
export interface ShownPlot {
  readonly command: string;
  /** From the root. */
  readonly file: string;
}

const PLOT = /^weir plot .* -o (docs\/plots\/[\w-]+\.svg)$/gmu;

/** The commands that draw the pictures of a document. */
export function shownPlots(markdown: string): readonly ShownPlot[] {
  return [...markdown.matchAll(PLOT)].map(([command, file = ""]) => ({ command, file }));
}

/** The document with other outputs, in the order of its commands. */
export function withOutputs(markdown: string, outputs: readonly string[]): string {
  let index = 0;
  return markdown.replace(CONSOLE, (_, command: string) => {
    const output = outputs[index];
    index += 1;
    return `\`\`\`console\n$ ${command}\n${output}\`\`\``;
  });
}

/** The words of a command as a shell reads them: quotes hold spaces. */
export function wordsOf(command: string): string[] {
  return [...command.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/gu)].map(
    ([, double, single, plain]) => double ?? single ?? plain ?? "",
  );
}

/**
 * What a document shows of a summary: the policy of one meter, and the tables of colors, classes and nodes. How much memory was used and
 * which flows were worst is left out.
 */
export function shownPart(stdout: string): string {
  const blocks = stdout.trimEnd().split("\n\n");
  const [first = "", ...rest] = blocks;
  const [, ...policy] = first.split("\n");
  const tables = rest.filter((block) => /^(?:color|class|node)\b/u.test(block));
  if (tables.length === 0) return stdout;
  // The lines of a policy of classes say what its file says.
  return `${[...(policy.length === 1 ? policy : []), ...tables].join("\n\n")}\n`;
}
