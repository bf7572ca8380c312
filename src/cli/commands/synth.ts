/** `weir synth`: reproducible traffic as a capture. */
import { Command, Option } from "commander";
import { ConfigError } from "../../errors.ts";
import { counted, grouped, scaledBytes, spanText } from "../../report/number.ts";
import { captureSettings, synthInputOf, trafficSettings } from "../../synth/input.ts";
import { PRESETS } from "../../synth/presets.ts";
import { OPTION_NAMES, type OptionName, SYNTH_OPTIONS, type SynthInput } from "../../synth/table.ts";
import { Traffic } from "../../synth/traffic.ts";
import { Output, PipeClosed } from "../../trace/output.ts";
import { withExample } from "../options.ts";
import { Progress } from "../progress.ts";

const INTERRUPTED_EXIT_CODE = 130;
/** Signals and the terminal are served at least this often. */
const BREATH_MS = 50;
const STDOUT = "-";
const EXAMPLE = "weir synth --preset office -o office.pcap";

interface SynthOptions extends Readonly<Record<string, unknown>> {
  readonly output?: string;
  readonly quiet?: boolean;
}

/** The command with its options; help and examples come from the tables of src/synth. */
export function synthCommand(): Command {
  const command = new Command("synth")
    .description("Make traffic: a capture of valid packets, the same bytes for the same options on every machine.")
    .option(
      "-o, --output <file>",
      withExample('where to: .pcap or .pcapng, or "-" for stdout; needed', "--output out.pcap"),
    );
  for (const name of OPTION_NAMES) command.addOption(synthOption(name));
  return command
    .option("--quiet", withExample("no summary and no progress bar", "--quiet"))
    .addHelpText("after", helpEnd())
    .action(async (options: SynthOptions) => {
      process.exitCode = await synthesize(options);
    });
}

function synthOption(name: OptionName): Option {
  const { value, help, example, fallback } = SYNTH_OPTIONS[name];
  const text = fallback === undefined ? help : `${help}; default ${fallback}`;
  return new Option(`--${name} <${value}>`, withExample(text, `--${name} ${example}`));
}

/** The presets and what they stand for, an example, the exit codes. */
function helpEnd(): string {
  return [
    "",
    "Presets:",
    ...PRESETS.flatMap(({ name, shows, options }) => ["", `  ${name}: ${shows}`, `    ${optionsText(options)}`]),
    "",
    "Example:",
    `  ${EXAMPLE}`,
    "",
    "Exit codes: 0 done, 1 output not written to its end, 2 bad usage, 130 interrupted (what is written is whole packets).",
  ].join("\n");
}

function optionsText(options: SynthInput): string {
  return OPTION_NAMES.flatMap((name) => (options[name] === undefined ? [] : [`--${name} ${options[name]}`])).join(" ");
}

/** Runs the command. Answers the exit code; throws ConfigError, OutputError, PipeClosed. */
async function synthesize(options: SynthOptions): Promise<number> {
  const { output: path, quiet } = options;
  if (path === undefined) {
    throw new ConfigError("MISSING", "output", undefined, `is missing; name a capture, such as: ${EXAMPLE}`);
  }
  const input = synthInputOf((name) => options[new Option(`--${name}`).attributeName()]);
  const capture = captureSettings(path, input);
  const traffic = new Traffic(trafficSettings(input), capture);
  if (path === STDOUT && process.stdout.isTTY) {
    throw new ConfigError("CONFLICT", "output", path, "stdout is a terminal; pipe it to a program, or name a file");
  }
  const output = new Output(path);
  const written = await writeTraffic(traffic, output, quiet !== true);
  output.close();
  if (written === null) return INTERRUPTED_EXIT_CODE;
  if (quiet !== true) {
    const stream = path === STDOUT ? process.stderr : process.stdout;
    stream.write(`${summaryLine(output.name, traffic, written.fileBytes)}\n`);
  }
  return written.isInterrupted ? INTERRUPTED_EXIT_CODE : 0;
}

interface Written {
  readonly fileBytes: number;
  readonly isInterrupted: boolean;
}

/**
 * Writes all of it, or up to the end of a packet where Ctrl-C came. Answers null when a reader that had stopped reading
 * was given up then.
 */
async function writeTraffic(traffic: Traffic, output: Output, showsProgress: boolean): Promise<Written | null> {
  const progress = new Progress(process.stderr, showsProgress);
  const interrupt = new AbortController();
  const onInterrupt = () => {
    interrupt.abort();
    output.hurry();
  };
  process.once("SIGINT", onInterrupt);
  process.once("SIGTERM", onInterrupt);
  let fileBytes = 0;
  // Bytes so far stand to all of them as the part that is done to the whole.
  const state = () => ({
    packets: BigInt(traffic.counts.packets),
    doneBytes: fileBytes,
    totalBytes: traffic.done === 0 ? null : fileBytes / traffic.done,
  });
  try {
    let breathMs = performance.now();
    while (!interrupt.signal.aborted) {
      const piece = traffic.next();
      if (piece === undefined) break;
      const waits = output.write(piece);
      if (waits !== undefined) await waits;
      fileBytes += piece.length;
      progress.update(state);
      if (performance.now() - breathMs <= BREATH_MS) continue;
      await new Promise((resolve) => setImmediate(resolve));
      breathMs = performance.now();
    }
  } catch (error) {
    if (error instanceof PipeClosed && interrupt.signal.aborted) return null;
    throw error;
  } finally {
    process.off("SIGINT", onInterrupt);
    process.off("SIGTERM", onInterrupt);
    progress.clear();
  }
  return { fileBytes, isInterrupted: interrupt.signal.aborted };
}

/** "out.pcap  68,992 packets, 25.0 MB on the wire in 10.000 s; 26.1 MB of file" */
function summaryLine(name: string, { counts }: Traffic, fileBytes: number): string {
  const { packets, bytes, burstPackets, floodPackets, lastNs } = counts;
  const parts = [
    ...(burstPackets === 0 ? [] : [`${grouped(burstPackets)} in bursts`]),
    ...(floodPackets === 0 ? [] : [`${grouped(floodPackets)} of the flood`]),
  ];
  const apart = parts.length === 0 ? "" : ` (${parts.join(", ")})`;
  const wire = `${counted(BigInt(packets), "packet")}${apart}, ${scaledBytes(bytes)} on the wire in ${spanText(BigInt(lastNs))}`;
  return `${name}  ${wire}; ${scaledBytes(fileBytes)} of capture`;
}
