/** `weir watch`: one capture metered before one's eyes, in a terminal, as lines or on a page of this machine. */
import { Command } from "commander";
import { ConfigError } from "../../errors.ts";
import { failureOf } from "../../report/captures.ts";
import { summarize, type Summary, summaryJson } from "../../report/summary.ts";
import { summaryText } from "../../report/text.ts";
import { pageAssets } from "../../see/assets.node.ts";
import { drawnProfileOf } from "../../see/followed.ts";
import type { CaptureInput } from "../../trace/captureinput.ts";
import { isStdin } from "../../trace/file.ts";
import { openInput } from "../../trace/input.ts";
import { Output, PipeClosed } from "../../trace/output.ts";
import { LinesPicture } from "../../watch/lines.ts";
import { SPEED_MAX } from "../../watch/pace.ts";
import type { Picture } from "../../watch/picture.ts";
import { canGrow, Session, type SessionEnd, type SessionOptions } from "../../watch/session.ts";
import { TerminalPicture } from "../../watch/terminal/picture.ts";
import { Tty } from "../../watch/terminal/tty.ts";
import { pageOf } from "../../watch/web/page.ts";
import { WebPicture } from "../../watch/web/picture.ts";
import { addCaptureOptions, byOf, type CaptureOptions, checkStdin, isUnreadable, MeterMaker } from "../captures.ts";
import { countOf, withExample } from "../options.ts";
import { paintFor } from "../paint.ts";
import { policyOf } from "../policy.ts";

const INTERRUPTED_EXIT_CODE = 130;
const FAILED_EXIT_CODE = 1;
const TOP_LIMIT = 1_000_000;
const TOP_DEFAULT = "10";
const PORT_LIMIT = 65_535;
const SPEED_MIN = 0.001;
const SPEED_LIMIT = 1_000_000;
const SPEED_WORD = "max";
const EXAMPLE = "weir watch trace.pcap --meter token-bucket --rate 10Mbit/s --burst 64kB";

interface WatchOptions extends CaptureOptions {
  readonly follow?: boolean;
  readonly once?: boolean;
  readonly speed?: string;
  /** True without a port. */
  readonly web?: string | true;
  readonly json?: boolean;
  readonly top?: string;
}

/** The command with its options; those of captures and policies are those of `weir meter`. */
export function watchCommand(): Command {
  const command = new Command("watch").description(
    "Watch one capture as it is metered: a live dashboard in the terminal, lines elsewhere, a page of this machine.",
  );
  return addCaptureOptions(command)
    .option("--follow", withExample("at the end of a file wait for it to grow, as tail -f does", "--follow"))
    .option("--once", withExample("at the end of a file leave at once, and not with the key q", "--once"))
    .option(
      "--speed <n>",
      withExample(
        "times the pace that the capture has, 0 or max for full speed; default 1 for a file, max for stdin and --follow",
        "--speed 4",
      ),
    )
    .option(
      "--web [port]",
      withExample("the same on a page of this machine alone; any free port by default", "--web 8080"),
    )
    .option("--json", withExample("one line of JSON a second, and the summary as the last", "--json"))
    .option("--top <n>", withExample(`worst flows in the summary at the end; default ${TOP_DEFAULT}`, "--top 20"))
    .addHelpText("after", helpEnd())
    .action(async (captures: string[], options: WatchOptions) => {
      process.exitCode = await watchCapture(captures, options);
    });
}

function helpEnd(): string {
  return [
    "",
    "Keys: q quit, p pause, + and - speed, up and down select a flow, s sort.",
    "",
    "Examples:",
    `  ${EXAMPLE}`,
    "  tcpdump -i eth0 -U -w - | weir watch - --policy policy.yaml",
    "",
    "Exit codes: 0 done or quit, 1 input unreadable or damaged (what was metered is reported), 2 bad usage or policy, 130 interrupted.",
  ].join("\n");
}

/** Runs the command. Answers the exit code; throws ConfigError, CaptureError, OutputError, PipeClosed. */
async function watchCapture(paths: readonly string[], options: WatchOptions): Promise<number> {
  const policy = await policyOf(options, EXAMPLE);
  const top = countOf("top", options.top ?? TOP_DEFAULT, 0, TOP_LIMIT);
  const speed = speedOf(options.speed);
  const port = options.web === undefined ? undefined : portOf(options.web);
  const path = onlyPath(paths, options);
  const meter = new MeterMaker(policy, options).make(1, { levels: drawnProfileOf(policy) !== undefined });
  const by = byOf(policy, options);
  const input = await openInput(path);
  try {
    const { name } = input;
    const setting = { policy, by, capture: name, ...behavior(input, path, options, speed) };
    const session = new Session(meter, input, picturesFor(port, name, options), setting);
    const end = await session.toEnd();
    const capture = { name, counters: meter.counters(0), damage: input.damage, readFailure: end.readFailure };
    const failure = failureOf(capture);
    if (failure !== null) process.stderr.write(`weir: ${failure}\n`);
    if (options.json === true || !isUnreadable([capture])) {
      await showSummary(summarize(meter, { policy, by, top, captures: [capture], ...end }), options, end);
    }
    if (end.isSignaled) return INTERRUPTED_EXIT_CODE;
    return failure === null ? 0 : FAILED_EXIT_CODE;
  } finally {
    await input.close();
  }
}

/** A whole number of times or a part of the capture's own pace; undefined when none is asked for. Throws ConfigError. */
function speedOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (text === SPEED_WORD) return SPEED_MAX;
  const value = /^\d+(?:\.\d+)?$/u.test(text) ? Number(text) : Number.NaN;
  if (value === 0) return SPEED_MAX;
  if (value >= SPEED_MIN && value <= SPEED_LIMIT) return value;
  const detail = `must be a number from ${SPEED_MIN} to ${SPEED_LIMIT}, or 0 or ${SPEED_WORD} for full speed`;
  throw new ConfigError("NUMBER", "speed", text, detail);
}

function portOf(text: string | true): number {
  return text === true ? 0 : countOf("web", text, 0, PORT_LIMIT);
}

/** The one capture. Checked before anything is opened. Throws ConfigError. */
function onlyPath(paths: readonly string[], { follow, once }: WatchOptions): string {
  checkStdin(paths);
  const [path, other] = paths;
  if (other !== undefined) {
    throw new ConfigError("CONFLICT", "capture", other, "one capture is watched at a time; merge them to a file first");
  }
  if (follow === true && once === true) {
    throw new ConfigError("CONFLICT", "follow", undefined, "waits at the end and --once leaves; choose one");
  }
  if (follow === true && isStdin(path!)) {
    const detail = "waits for files to grow; stdin is watched as it comes, leave it out";
    throw new ConfigError("CONFLICT", "follow", undefined, detail);
  }
  return path!;
}

/** How it begins and what it does at the end of the input. Throws ConfigError. */
function behavior(
  input: CaptureInput,
  path: string,
  { follow, once, web, json }: WatchOptions,
  speed: number | undefined,
): Pick<SessionOptions, "mode" | "speed" | "follows" | "stays"> {
  const isFile = input.sizeBytes !== null && !isStdin(path);
  if (follow === true && !canGrow(input)) {
    const detail = `cannot wait for more of ${path}, which is ${isFile ? "compressed" : "no plain file"}; leave it out`;
    throw new ConfigError("CONFLICT", "follow", undefined, detail);
  }
  const isLive = follow === true || !isFile;
  const isLookedAt = web !== undefined || (json !== true && process.stdout.isTTY);
  return {
    mode: speed !== undefined || !isLive ? "replay" : follow === true ? "catching up" : "live",
    speed: speed ?? (isLive ? SPEED_MAX : 1),
    follows: follow === true,
    stays: isFile && isLookedAt && once !== true,
  };
}

/** A terminal, or lines where stdout is none; and a page. */
function picturesFor(port: number | undefined, capture: string, { json }: WatchOptions): Picture[] {
  const isTerminal = json !== true && process.stdout.isTTY;
  const web =
    port === undefined
      ? undefined
      : new WebPicture(port, pageOf(capture, pageAssets("watch")), (url) => {
          // On a terminal the dashboard shows it.
          if (!isTerminal) process.stderr.write(`weir: watch at ${url}\n`);
        });
  const local = isTerminal
    ? new TerminalPicture(new Tty(process.stdout), () => web?.url)
    : new LinesPicture(new Output("-"), json === true);
  return web === undefined ? [local] : [web, local];
}

/** As `weir meter` has it; with --json as the last of the lines. */
async function showSummary(summary: Summary, { json }: WatchOptions, { isSignaled }: SessionEnd): Promise<void> {
  const output = new Output("-");
  const document = json === true ? (JSON.parse(summaryJson(summary)) as Record<string, unknown>) : undefined;
  const text =
    document === undefined
      ? summaryText(summary, paintFor(process.stdout))
      : `${JSON.stringify({ kind: "summary", ...document })}\n`;
  // After Ctrl-C a reader that takes nothing is not waited for.
  if (isSignaled) output.hurry();
  try {
    await output.write(text);
  } catch (error) {
    if (!isSignaled || !(error instanceof PipeClosed)) throw error;
  }
}
