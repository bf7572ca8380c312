/** Kept results of earlier runs, topic by topic: the newest run of each. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Machine } from "../report.ts";
import type { TopicResult } from "../topic.ts";

/** One file of results. */
export interface ResultFile {
  readonly date: string;
  readonly machine: Machine;
  readonly seed: number;
  readonly smoke: boolean;
  readonly results: Readonly<Record<string, TopicResult>>;
}

/** A topic as it was measured last. */
export interface TopicRecord {
  readonly topic: string;
  readonly date: string;
  readonly machine: Machine;
  readonly seed: number;
  readonly result: TopicResult;
}

/**
 * All full runs in a folder; smoke runs are too small for figures. A file that is none of ours is told to `skip`
 * with the reason.
 */
export function readResults(folder: string, skip: (line: string) => void): ResultFile[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith(".json"))
    .flatMap((name) => {
      try {
        const file = JSON.parse(readFileSync(join(folder, name), "utf8")) as Partial<ResultFile>;
        if (isComplete(file)) return file.smoke ? [] : [file];
        skip(`${name}: has no date, machine or results; left out`);
      } catch (error) {
        skip(`${name}: ${(error as Error).message}; left out`);
      }
      return [];
    });
}

function isComplete(file: Partial<ResultFile>): file is ResultFile {
  return typeof file.date === "string" && file.machine !== undefined && typeof file.results === "object";
}

/** The newest record of each topic, in the order of `topics`; topics that were never measured are left out. */
export function newestRecords(files: readonly ResultFile[], topics: readonly string[]): TopicRecord[] {
  const oldestFirst = files.toSorted((a, b) => a.date.localeCompare(b.date));
  return topics.flatMap((topic) => {
    const file = oldestFirst.findLast(({ results }) => results[topic] !== undefined);
    if (file === undefined) return [];
    const { date, machine, seed, results } = file;
    return [{ topic, date, machine, seed, result: results[topic]! }];
  });
}
