/** `weir plot`: the level of a flow's buckets, or rates, over time, as one picture. */
import { basename } from "node:path";
import { Command } from "commander";
import { ConfigError } from "../../errors.ts";
import { policyLine } from "../../policies.ts";
import { counted, grouped } from "../../report/number.ts";
import { recordsOf } from "../../report/records.ts";
import { canBeYellow } from "../../report/text.ts";
import { timeText } from "../../see/axis.ts";
import { bucketsInfoOf, rateUnitOf, whyNoLevels } from "../../see/bucketinfo.ts";
import { levelPicture } from "../../see/picture/levelpicture.ts";
import { checkPng, pngOf } from "../../see/picture/png.node.ts";
import { ratePicture } from "../../see/picture/ratepicture.ts";
import { emptySvg, type PictureHead } from "../../see/picture/sheet.ts";
import type { BinnedCounts } from "../../see/timebins.ts";
import { type TimeWindow, windowIn, windowOf } from "../../see/timewindow.ts";
import type { CaptureMeter } from "../../trace/meter.ts";
import type { Policy } from "../../types.ts";
import { addCaptureOptions, type CaptureOptions } from "../captures.ts";
import { type Looked, lookAt } from "../looked.ts";
import { withExample } from "../options.ts";
import { checkWritable, writeWhole } from "../outputfile.ts";
import { policyOf } from "../policy.ts";

const INTERRUPTED_EXIT_CODE = 130;
const FAILED_EXIT_CODE = 1;
const OUTPUT_DEFAULT = "plot.svg";
const EXAMPLE = "weir plot trace.pcap --meter token-bucket --rate 10Mbit/s --burst 64kB -o level.svg";
const WHATS = ["level", "rate"] as const;

interface PlotOptions extends CaptureOptions {
  readonly output?: string;
  readonly flow?: string;
  readonly all?: boolean;
  readonly what?: string;
  readonly from?: string;
  readonly to?: string;
}

/** The command with its options; those of captures and policies are those of `weir meter`. */
export function plotCommand(): Command {
  const command = new Command("plot").description(
    "A picture for papers and tickets: the level of a flow's buckets against their depth, or rates over time.",
  );
  return addCaptureOptions(command)
    .option(
      "-o, --output <file>",
      withExample(`an .svg or .png; "-" writes SVG to stdout; default ${OUTPUT_DEFAULT}`, "-o level.png"),
    )
    .option(
      "--flow <flow>",
      withExample("the flow, as weir meter writes it; default the worst", "--flow 'udp 10.0.0.1:53 > 10.0.0.2:5353'"),
    )
    .option("--all", withExample("all packets together; draws rates", "--all"))
    .option("--what <picture>", withExample("level or rate; default level, with --all rate", "--what rate"))
    .option("--from <duration>", withExample("where the picture begins, after the first packet", "--from 5s"))
    .option("--to <duration>", withExample("where it ends, after the first packet", "--to 5.5s"))
    .option("--quiet", withExample("no progress bar, and no line on what was written", "--quiet"))
    .addHelpText("after", helpEnd())
    .action(async (captures: string[], options: PlotOptions) => {
      process.exitCode = await plotCaptures(captures, options);
    });
}

function helpEnd(): string {
  return [
    "",
    "Files are read twice: the second time for the chosen flow. The level of all packets as one flow: --by all.",
    "",
    "Example:",
    `  ${EXAMPLE}`,
    "",
    "Exit codes: 0 done, 1 input unreadable or damaged, or output not written (what was metered is drawn), 2 bad usage or policy, 130 interrupted (what was read is drawn).",
  ].join("\n");
}

/** What is to be drawn, checked. */
interface Wanted {
  readonly what: (typeof WHATS)[number];
  readonly flow: string | undefined;
  readonly isAll: boolean;
  readonly output: string;
  /** Undefined: all that there is. */
  readonly window: TimeWindow | undefined;
}

/** Throws ConfigError. */
function wantedOf(policy: Policy, { what, flow, all, from, to, output = OUTPUT_DEFAULT }: PlotOptions): Wanted {
  const isAll = all === true;
  if (isAll && flow !== undefined) {
    throw new ConfigError("CONFLICT", "all", undefined, "draws all packets together; leave it or --flow out");
  }
  const chosen = WHATS.find((known) => known === (what ?? (isAll ? "rate" : "level")));
  if (chosen === undefined) throw new ConfigError("CHOICE", "what", what, `is one of ${WHATS.join(", ")}`);
  if (isAll && chosen === "level") {
    const detail = "all packets together have a level only as one flow; leave --all out and give --by all";
    throw new ConfigError("CONFLICT", "what", chosen, detail);
  }
  const why = whyNoLevels(policy);
  if (!isAll && why !== undefined) {
    const detail = `cannot be drawn of a flow. ${why} The rates of all packets: --all`;
    throw new ConfigError("CONFLICT", "what", chosen, detail);
  }
  if (output !== "-" && !/\.(?:svg|png)$/u.test(output)) {
    throw new ConfigError("CHOICE", "output", output, 'is written as SVG or PNG; name an .svg or .png file, or "-"');
  }
  return { what: chosen, flow, isAll, output, window: windowOf(from, to) };
}

/** Runs the command. Answers the exit code; throws ConfigError, CaptureError, OutputError, PipeClosed. */
async function plotCaptures(paths: readonly string[], options: PlotOptions): Promise<number> {
  const policy = await policyOf(options, EXAMPLE);
  const wanted = wantedOf(policy, options);
  const { output, flow } = wanted;
  checkWritable(output);
  if (output.endsWith(".png")) await checkPng(output);
  const looked = await lookAt(paths, options, {
    policy,
    top: 1,
    worstMax: wanted.isAll ? 0 : 1,
    choose: (meter, worst) => (flow === undefined ? worst : recordsNamed(meter, flow)),
    ...(wanted.window === undefined ? {} : { window: wanted.window }),
  });
  const { failures } = looked;
  for (const line of failures) process.stderr.write(`weir: ${line}\n`);
  if (!looked.isUnreadable) await draw(looked, wanted, options);
  if (looked.isInterrupted) return INTERRUPTED_EXIT_CODE;
  return failures.length > 0 ? FAILED_EXIT_CODE : 0;
}

async function draw(looked: Looked, wanted: Wanted, { quiet }: PlotOptions): Promise<void> {
  const { output, isAll } = wanted;
  for (const note of isAll ? [] : looked.levelNotes) process.stderr.write(`weir: ${note}\n`);
  if (!canDraw(looked, wanted)) return;
  const svg = pictureOf(looked, wanted);
  await writeWhole(output, output.endsWith(".png") ? await pngOf(svg, output) : svg);
  if (quiet !== true && output !== "-") process.stdout.write(`${output}\n`);
}

/** False when Ctrl-C came before the flow was followed, as a note has told. */
function canDraw({ isInterrupted, flows }: Looked, { isAll }: Wanted): boolean {
  return isAll || flows.length > 0 || !isInterrupted;
}

/** The record of the flow with this name, or none. */
function recordsNamed(meter: CaptureMeter, flow: string): number[] {
  const name = new TextEncoder().encode(flow);
  for (const record of recordsOf(meter)) {
    meter.core.writeFlowName(record);
    if (meter.core.textBytes() !== name.length) continue;
    const { text } = meter.views;
    if (name.every((byte, index) => text[index] === byte)) return [record];
  }
  return [];
}

function pictureOf(looked: Looked, wanted: Wanted): string {
  const { summary, rates, flows } = looked;
  const { what, flow, isAll } = wanted;
  const { policy } = summary;
  const { spanNs } = rates.clock;
  if (summary.total.packets === 0n) return emptySvg(headOf(looked, "no packets", "No packets"), "no packets");
  if (what === "rate" && spanNs === 0) {
    return emptySvg(
      headOf(looked, "no rate", "No rate"),
      "all packets came at one instant: there is no rate over time",
    );
  }
  const window = wanted.window === undefined ? undefined : windowIn(wanted.window, spanNs, timeText(spanNs));
  const [drawn] = flows;
  if (!isAll && drawn === undefined) throw notFollowed(looked, flow);
  const name = drawn === undefined || isAll ? "all packets" : drawn.flow;
  const counts = drawn === undefined || isAll ? rates.all : drawn.series.rates.counts();
  const head = headOf(looked, name, `${what === "level" ? "Levels" : "Rates"} of ${name} over time`, counts, window);
  if (what === "level") return levelPicture(head, drawn!.series, bucketsInfoOf(policy), spanNs, window);
  if (counts.packets[0]!.length === 0) return emptySvg(head, "no packets in this time");
  const startNs = drawn === undefined || isAll ? (window?.fromNs ?? 0) : drawn.series.ratesStartNs;
  const ends = window === undefined ? {} : { endNs: window.toNs };
  return ratePicture(head, { counts, startNs, ...ends, unit: rateUnitOf(policy), hasYellow: canBeYellow(policy) });
}

function sum(values: Float64Array): number {
  return values.reduce((whole, value) => whole + value, 0);
}

/** What the picture is of, in words: flow, capture, time, policy, counts. */
function headOf(
  { summary, rates }: Looked,
  title: string,
  what: string,
  drawn: BinnedCounts = rates.all,
  window?: TimeWindow,
): PictureHead {
  const { captures, policy, by } = summary;
  const { spanNs } = rates.clock;
  const names = captures.map(({ name }) => basename(name)).join(", ");
  const time =
    window === undefined ? "" : `, ${timeText(window.fromNs)} to ${timeText(window.toNs)} of ${timeText(spanNs)}`;
  const rule = policy.meter === "classes" ? `${policy.classes.length} classes` : policyLine(policy, by ?? undefined);
  const [green, yellow, red] = drawn.packets.map(sum) as [number, number, number];
  const counts = `${counted(BigInt(green + yellow + red), "packet")}, ${grouped(red)} refused`;
  const source = `${names}${time}`;
  return { title: `${title}: ${counts}`, lines: [source, rule], alt: `${what}: ${counts}. ${source}; ${rule}` };
}

function notFollowed({ summary, levelNotes }: Looked, flow: string | undefined): ConfigError {
  if (flow === undefined) return new ConfigError("MISSING", "flow", undefined, levelNotes.join(" "));
  const worst = summary.topFlows[0]?.flow ?? "";
  const detail = `no flow of this name was followed; it is written as weir meter writes it, such as "${worst}"`;
  return new ConfigError("CHOICE", "flow", flow, detail);
}
