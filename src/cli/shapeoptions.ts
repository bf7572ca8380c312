/** Options of `weir shape` besides those of captures and policies, and the checks of what they say. */
import type { Command } from "commander";
import { ConfigError } from "../errors.ts";
import type { CaptureFormat } from "../shape/departures.ts";
import type { Rational } from "../types.ts";
import { parseAmount, parseRate } from "../units.ts";
import { type CaptureOptions, checkStdin } from "./captures.ts";
import { withExample } from "./options.ts";
import { checkPlaces } from "./places.ts";
import { checkOutputs } from "./rows.ts";

const STDOUT = "-";
export const TOP_DEFAULT = "10";
const HOLD_DEFAULT = "1GiB";
const HOLD_LEAST_BYTES = 16n << 20n;
const HOLD_MOST_BYTES = 3n << 30n;
const FORMATS: readonly CaptureFormat[] = ["pcap", "pcapng"];

export interface ShapeOptions extends CaptureOptions {
  readonly output?: string;
  readonly dropped?: string;
  readonly format?: string;
  readonly holdMemory?: string;
  readonly line?: string;
  readonly packets?: string;
  readonly levels?: boolean;
  readonly flows?: string;
  readonly json?: boolean;
  readonly top?: string;
}

/** Where captures go. */
export function addFileOptions(command: Command): Command {
  return command
    .option(
      "-o, --output <file>",
      withExample('the capture to write: .pcap or .pcapng, or "-" for stdout; needed', "--output shaped.pcap"),
    )
    .option(
      "--dropped <file>",
      withExample("a capture of the packets that were dropped, at the times of their arrival", "--dropped lost.pcap"),
    )
    .option(
      "--format <format>",
      withExample("pcap or pcapng, where a name does not say it; default pcap", "--format pcapng"),
    )
    .option(
      "--hold-memory <size>",
      withExample(
        `most memory for frames that wait, 16MiB to 3GiB; with more the run ends; default ${HOLD_DEFAULT}`,
        "--hold-memory 3GiB",
      ),
    );
}

/** What is told of the run. */
export function addReportOptions(command: Command): Command {
  return command
    .option(
      "--line <rate>",
      withExample("rate of the line behind the shaper: how much of it stays unused", "--line 100Mbit/s"),
    )
    .option(
      "--packets <file>",
      withExample('a row a packet: .csv, .parquet or .arrow; "-" for CSV on stdout', "--packets departures.csv"),
    )
    .option(
      "--levels",
      withExample("two more columns in --packets: level of the bucket, and what waits after the packet", "--levels"),
    )
    .option(
      "--flows <file>",
      withExample('a row a flow: .csv, .json or .parquet; "-" for CSV on stdout', "--flows flows.csv"),
    )
    .option("--json", withExample("the summary as one JSON document on stdout", "--json"))
    .option("--top <n>", withExample(`worst flows in --json; default ${TOP_DEFAULT}`, "--top 20"))
    .option("--quiet", withExample("no summary and no progress bar", "--quiet"));
}

/** Bytes each second of the line to compare with, or null. Throws ConfigError. */
export function lineOf({ line }: ShapeOptions): Rational | null {
  if (line === undefined) return null;
  const { unitsPerSec, cost } = parseRate("line", line);
  if (cost === "bytes" && unitsPerSec.num > 0n) return unitsPerSec;
  throw new ConfigError("UNIT", "line", line, "is a rate of bits or bytes above 0, such as 100Mbit/s");
}

/** Most memory for frames that wait. Throws ConfigError. */
export function holdBytesOf({ holdMemory = HOLD_DEFAULT }: ShapeOptions): number {
  const { units, cost } = parseAmount("hold-memory", holdMemory);
  if (cost === "bytes" && units.den === 1n && units.num >= HOLD_LEAST_BYTES && units.num <= HOLD_MOST_BYTES) {
    return Number(units.num);
  }
  throw new ConfigError("RANGE", "hold-memory", holdMemory, "must be a size from 16MiB to 3GiB");
}

export interface CheckedFiles {
  readonly path: string;
  readonly format: CaptureFormat;
  readonly droppedFormat: CaptureFormat | undefined;
}

/** Checked before anything is opened; `example` is a whole command. Throws ConfigError, OutputError. */
export function checkFiles(paths: readonly string[], options: ShapeOptions, example: string): CheckedFiles {
  const { output, dropped, packets, flows, format } = options;
  if (output === undefined) {
    throw new ConfigError("MISSING", "output", undefined, `is missing; name a capture, such as: ${example}`);
  }
  checkStdin(paths);
  const formats = {
    format: formatOf("output", output, format),
    droppedFormat: dropped === undefined ? undefined : formatOf("dropped", dropped, format),
  };
  checkOutputs({ packets, flows });
  if (output === STDOUT && process.stdout.isTTY) {
    throw new ConfigError("CONFLICT", "output", output, "stdout is a terminal; pipe it to a program, or name a file");
  }
  checkPlaces(paths, { output, dropped, packets, flows });
  return { path: output, ...formats };
}

/** The name's format, else the one that is asked for. Throws ConfigError. */
function formatOf(option: string, name: string, asked: string | undefined): CaptureFormat {
  const ending = /\.(pcapng|pcap)(?:\.gz)?$/iu.exec(name)?.[1]?.toLowerCase();
  const wanted = asked === undefined ? undefined : FORMATS.find((format) => format === asked);
  if (asked !== undefined && wanted === undefined) {
    throw new ConfigError("CHOICE", "format", asked, "is pcap or pcapng");
  }
  if (ending === undefined) {
    if (wanted !== undefined || name === STDOUT) return wanted ?? "pcap";
    throw new ConfigError("CHOICE", option, name, "is a capture; name it .pcap or .pcapng, or give --format beside it");
  }
  if (wanted === undefined || wanted === ending) return ending === "pcapng" ? "pcapng" : "pcap";
  throw new ConfigError("CONFLICT", option, name, `is named .${ending}, but the format asked for is ${wanted}`);
}

/** True when stdout has a capture or rows: what is told goes to stderr. */
export function takesStdout({ output, dropped, packets, flows }: ShapeOptions): boolean {
  return [output, dropped, packets, flows].includes(STDOUT);
}
