/** `npm run bench [-- topic...]`: measures, prints a table a topic and a verdict a bar, and keeps the figures. */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { writeDocument } from "./document/write.ts";
import { isMet, machineOf, resultFileName, topicText } from "./report.ts";
import type { RunOptions, Topic, TopicResult } from "./topic.ts";
import { boundary } from "./topics/boundary.ts";
import { engines } from "./topics/engines.ts";
import { file } from "./topics/file.ts";
import { growth } from "./topics/growth.ts";
import { limiters } from "./topics/limiters.ts";
import { load } from "./topics/load.ts";
import { memory } from "./topics/memory.ts";
import { meters } from "./topics/meters.ts";
import { native } from "./topics/native.ts";
import { outputs } from "./topics/outputs.ts";
import { parse } from "./topics/parse.ts";
import { rules } from "./topics/rules.ts";
import { schedulers } from "./topics/schedulers.ts";
import { see } from "./topics/see.ts";
import { shapers } from "./topics/shapers.ts";
import { shape } from "./topics/shape.ts";
import { tools } from "./topics/tools.ts";
import { threads } from "./topics/threads.ts";

const TOPICS: readonly Topic[] = [
  engines,
  native,
  meters,
  shapers,
  schedulers,
  boundary,
  load,
  parse,
  rules,
  file,
  outputs,
  tools,
  memory,
  growth,
  see,
  limiters,
  shape,
  threads,
];
const SEED = 20_260_101;
const USAGE_EXIT_CODE = 2;
const RESULTS = fileURLToPath(new URL("results/", import.meta.url));

const HELP = `Usage: npm run bench -- [topic...] [options]

Measures Weir against its rivals on this machine. Without topics: all of them.

Topics:
${topicLines()}

Options:
  --smoke        small sizes and wide margins: does it all still work and agree (under a minute)
  --seed N       another workload (default ${SEED})
  --json FILE    where the figures go (default bench/results/<time>-<cpu>.json; a smoke run writes none unless asked)
  --report       write docs/performance.md, its charts and the README's table from the newest results of each topic
                 in bench/results; with topics: after measuring those
  --list         names of the topics
  --help

Exit codes: 0 every bar met, 1 a bar missed, digests that differ or a run that failed, 2 bad usage.
`;

function topicLines(): string {
  return TOPICS.map(({ name, summary }) => `  ${name.padEnd(13)}${summary}`).join("\n");
}

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      smoke: { type: "boolean", default: false },
      seed: { type: "string", default: String(SEED) },
      json: { type: "string" },
      report: { type: "boolean", default: false },
      list: { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help || values.list) {
    process.stdout.write(values.help ? HELP : `${TOPICS.map(({ name }) => name).join("\n")}\n`);
    return 0;
  }
  const unknown = positionals.find((name) => TOPICS.every((topic) => topic.name !== name));
  const seed = Number(values.seed);
  if (unknown !== undefined)
    return usage(`unknown topic "${unknown}"; the topics are ${TOPICS.map(({ name }) => name).join(", ")}`);
  if (!Number.isInteger(seed)) return usage(`--seed ${values.seed}: must be a whole number`);
  if (values.report && (values.smoke || values.json !== undefined))
    return usage("--report reads full results from bench/results: leave out --smoke and --json");
  if (values.report && positionals.length === 0) return report();
  const topics = TOPICS.filter(({ name }) => positionals.length === 0 || positionals.includes(name));
  const exitCode = await runTopics(topics, values.smoke, seed, values.json);
  if (values.report) await report();
  return exitCode;
}

async function report(): Promise<number> {
  const names = TOPICS.map(({ name }) => name);
  for (const line of await writeDocument(RESULTS, names)) process.stdout.write(`${line}\n`);
  return 0;
}

function usage(message: string): number {
  process.stderr.write(`bench: ${message}\n`);
  return USAGE_EXIT_CODE;
}

async function runTopics(
  topics: readonly Topic[],
  smoke: boolean,
  seed: number,
  jsonPath: string | undefined,
): Promise<number> {
  const machine = machineOf();
  const date = new Date();
  process.stdout.write(
    `Weir benchmark${smoke ? " (smoke: sizes too small for figures)" : ""}: ${machine.cpu}, ${machine.cores} cores, ` +
      `${machine.memoryGiB} GiB, ${machine.system}, Node ${machine.node}, V8 ${machine.v8}, seed ${seed}\n\n`,
  );
  const path = jsonPath ?? (smoke ? undefined : join(RESULTS, resultFileName(machine, date)));
  const results: Record<string, TopicResult> = {};
  for (const topic of topics) {
    const options: RunOptions = { smoke, seed, progress: (line) => process.stderr.write(`${topic.name}: ${line}\n`) };
    const result = await topic.run(options);
    results[topic.name] = result;
    process.stdout.write(`${topicText(result, smoke)}\n`);
    // After each topic: a run that is broken off keeps what it has.
    if (path !== undefined) writeResults(resolve(path), { date: date.toISOString(), machine, seed, smoke, results });
  }
  if (path !== undefined) process.stdout.write(`Figures: ${path}\n`);
  return Object.values(results).some((result) => isBroken(result, smoke)) ? 1 : 0;
}

function isBroken({ bars, failures }: TopicResult, smoke: boolean): boolean {
  return failures.length > 0 || bars.some((bar) => isMet(bar, smoke) === false);
}

function writeResults(path: string, results: object): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `${JSON.stringify(results, null, 1)}\n`);
}

try {
  process.exitCode = await main();
} catch (error) {
  if ((error as NodeJS.ErrnoException).code?.startsWith("ERR_PARSE_ARGS") !== true) throw error;
  process.exitCode = usage((error as Error).message);
}
