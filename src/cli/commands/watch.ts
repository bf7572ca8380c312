/** `weir watch <capture>`: one capture metered before one's eyes, in a terminal, as lines or on a local page. */
import { randomFillSync } from "node:crypto";
import { Command } from "commander";
import { coreModule } from "../../core/module.node.ts";
import { ConfigError } from "../../errors.ts";
import { POLICY_PARAMS } from "../../policies.ts";
import { failureOf, isEmpty } from "../../report/captures.ts";
import { summarize, type Summary, summaryJson } from "../../report/summary.ts";
import { summaryText } from "../../report/text.ts";
import { drawnProfileOf } from "../../see/watch.ts";
import type { CaptureInput } from "../../trace/captureinput.ts";
import { isStdin } from "../../trace/file.ts";
import { openInput } from "../../trace/input.ts";
import { CaptureMeter } from "../../trace/meter.ts";
import { Output, PipeClosed } from "../../trace/output.ts";
import type { Policy } from "../../types.ts";
import { LinesPicture } from "../../watch/lines.ts";
import { SPEED_MAX } from "../../watch/pace.ts";
import type { Picture } from "../../watch/picture.ts";
import { canGrow, Session, type SessionEnd, type SessionOptions } from "../../watch/session.ts";
import { TerminalPicture } from "../../watch/terminal/picture.ts";
import { Tty } from "../../watch/terminal/tty.ts";
import { pageOf } from "../../watch/web/page.ts";
import { pageParts } from "../../watch/web/parts.node.ts";
import { WebPicture } from "../../watch/web/picture.ts";
import { countOf, keyingOf, policyOption, withExample } from "../options.ts";
import { paintFor } from "../paint.ts";
import { policyOf } from "../policy.ts";

const INTERRUPTED_EXIT_CODE = 130;
const FAILED_EXIT_CODE = 1;
const MAX_FLOWS_DEFAULT = String(1 << 24);
const MAX_FLOWS_LIMIT = 1 << 25;
const TOP_LIMIT = 1_000_000;
const TOP_DEFAULT = "10";
const BY_DEFAULT = "5-tuple";
const PORT_LIMIT = 65_535;
const SPEED_MIN = 0.001;
const SPEED_LIMIT = 1_000_000;
const SPEED_WORD = "max";
const EXAMPLE = "weir watch trace.pcap --meter token-bucket --rate 10Mbit/s --burst 64kB";

interface WatchOptions extends Readonly<Record<string, unknown>> {
  readonly policy?: string;
  readonly by?: string;
  readonly skipOther?: boolean;
  readonly follow?: boolean;
  readonly once?: boolean;
  readonly speed?: string;
  /** True without a port. */
  readonly web?: string | true;
  readonly json?: boolean;
  readonly top?: string;
  readonly maxFlows?: string;
}

/** The command with its options; those of policies come from the policy table. */
export function watchCommand(): Command {
  const command = new Command("watch")
    .description("Watch a capture as it is metered: a live dashboard in the terminal, lines elsewhere, a local page.")
    .argument("<capture>", 'a pcap or pcapng file, compressed or not; "-" reads stdin as it comes')
    .option(
      "--policy <file>",
      withExample(
        "YAML or JSON policy of one meter, whose values options beside it replace, or of classes",
        "--policy policy.yaml",
      ),
    );
  for (const param of POLICY_PARAMS) command.addOption(policyOption(param));
  return addLookOptions(command)
    .option(
      "--by <key>",
      withExample(
        `what makes packets one flow: 5-tuple, src, dst, pair, src/N, dst/N, all; default ${BY_DEFAULT}`,
        "--by src/24",
      ),
    )
    .option("--skip-other", withExample("leave out frames without an IP header", "--skip-other"))
    .option("--top <n>", withExample(`worst flows in the summary at the end; default ${TOP_DEFAULT}`, "--top 20"))
    .option(
      "--max-flows <n>",
      withExample(
        `most flows tracked at once; beyond it drained flows make room; default ${MAX_FLOWS_DEFAULT}`,
        "--max-flows 1000000",
      ),
    )
    .addHelpText("after", helpEnd())
    .action(async (capture: string, options: WatchOptions) => {
      process.exitCode = await watchCapture(capture, options);
    });
}

function addLookOptions(command: Command): Command {
  return command
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
    .option("--json", withExample("one line of JSON a second, and the summary as the last", "--json"));
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
async function watchCapture(path: string, options: WatchOptions): Promise<number> {
  const policy = await policyOf(options, EXAMPLE);
  const top = countOf("top", options.top ?? TOP_DEFAULT, 0, TOP_LIMIT);
  const speed = speedOf(options.speed);
  const port = options.web === undefined ? undefined : portOf(options.web);
  checkSource(path, options);
  const meter = meterFor(policy, options);
  const by = policy.meter === "classes" ? null : (options.by ?? BY_DEFAULT);
  const input = await openInput(path);
  try {
    const setting = { policy, by, capture: input.name, ...behavior(input, path, options, speed) };
    const session = new Session(meter, input, picturesFor(port, input.name, options), setting);
    const end = await session.toEnd();
    const capture = {
      name: input.name,
      counters: meter.counters(0),
      damage: input.damage,
      readFailure: end.readFailure,
    };
    const failure = failureOf(capture);
    if (failure !== null) process.stderr.write(`weir: ${failure}\n`);
    if (options.json === true || failure === null || !isEmpty(capture)) {
      const summary = summarize(meter, { policy, by, top, captures: [capture], ...end });
      await showSummary(summary, options, end);
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

/** Checked before anything is opened. Throws ConfigError. */
function checkSource(path: string, { follow, once }: WatchOptions): void {
  if (isStdin(path) && process.stdin.isTTY) {
    throw new ConfigError("CONFLICT", "capture", path, "stdin is a terminal; pipe a capture into it, or name a file");
  }
  if (follow !== true) return;
  if (once === true)
    throw new ConfigError("CONFLICT", "follow", undefined, "waits at the end and --once leaves; choose one");
  if (isStdin(path)) {
    throw new ConfigError(
      "CONFLICT",
      "follow",
      undefined,
      "waits for files to grow; stdin is watched as it comes, leave it out",
    );
  }
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
      : new WebPicture(port, pageOf(capture, pageParts()), (url) => {
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

function meterFor(policy: Policy, options: WatchOptions): CaptureMeter {
  const secret = new Uint32Array(4);
  randomFillSync(secret);
  return new CaptureMeter(coreModule(), {
    policy,
    captureCount: 1,
    keying: keyingOf(options.by ?? BY_DEFAULT),
    maxFlows: countOf("max-flows", options.maxFlows ?? MAX_FLOWS_DEFAULT, 1, MAX_FLOWS_LIMIT),
    secret: [secret[0]!, secret[1]!, secret[2]!, secret[3]!],
    records: true,
    delays: false,
    levels: drawnProfileOf(policy) !== undefined,
    skipOther: options.skipOther === true,
  });
}
