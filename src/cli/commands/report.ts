/** `weir report`: what happened in captures under a policy, as one HTML file. */
import { Command } from "commander";
import { scaledBytes } from "../../report/number.ts";
import { pageAssets } from "../../see/assets.node.ts";
import { packFlows } from "../../see/packing.ts";
import { reportHtml } from "../../see/report.ts";
import { addCaptureOptions, type CaptureOptions } from "../captures.ts";
import { lookAt } from "../looked.ts";
import { countOf, withExample } from "../options.ts";
import { checkWritable, writeWhole } from "../outputfile.ts";
import { policyOf } from "../policy.ts";

const INTERRUPTED_EXIT_CODE = 130;
const FAILED_EXIT_CODE = 1;
const OUTPUT_DEFAULT = "report.html";
const TOP_DEFAULT = "1000";
/** About 100 bytes a flow: a megabyte. */
const TOP_LIMIT = 10_000;
const CHARTS_DEFAULT = "8";
/** Their marks, up to 130 kB a flow, keep a report below 5 MB. */
const CHARTS_LIMIT = 12;
const EXAMPLE = "weir report trace.pcap --meter token-bucket --rate 10Mbit/s --burst 64kB -o report.html";

interface ReportOptions extends CaptureOptions {
  readonly output?: string;
  readonly top?: string;
  readonly charts?: string;
}

/** The command with its options; those of captures and policies are those of `weir meter`. */
export function reportCommand(): Command {
  const command = new Command("report").description(
    "One HTML file with what was refused, when, of whom and by how much; it opens anywhere, without a network.",
  );
  return addCaptureOptions(command)
    .option(
      "-o, --output <file>",
      withExample(`the report; "-" for stdout; default ${OUTPUT_DEFAULT}`, "-o report.html"),
    )
    .option(
      "--charts <n>",
      withExample(`worst flows whose bucket levels are drawn; default ${CHARTS_DEFAULT}`, "--charts 10"),
    )
    .option("--top <n>", withExample(`worst flows in the table; default ${TOP_DEFAULT}`, "--top 5000"))
    .option("--quiet", withExample("no progress bar, and no line on what was written", "--quiet"))
    .addHelpText("after", helpEnd())
    .action(async (captures: string[], options: ReportOptions) => {
      process.exitCode = await reportCaptures(captures, options);
    });
}

function helpEnd(): string {
  return [
    "",
    "Files are read twice: the second time for the levels of the worst flows.",
    "",
    "Example:",
    `  ${EXAMPLE}`,
    "",
    "Exit codes: 0 done, 1 input unreadable or damaged, or output not written (what was metered is reported), 2 bad usage or policy, 130 interrupted (the report holds what was read).",
  ].join("\n");
}

/** Runs the command. Answers the exit code; throws ConfigError, CaptureError, OutputError, PipeClosed. */
async function reportCaptures(paths: readonly string[], options: ReportOptions): Promise<number> {
  const policy = await policyOf(options, EXAMPLE);
  const top = countOf("top", options.top ?? TOP_DEFAULT, 0, TOP_LIMIT);
  const worstMax = countOf("charts", options.charts ?? CHARTS_DEFAULT, 0, CHARTS_LIMIT);
  const output = options.output ?? OUTPUT_DEFAULT;
  checkWritable(output);
  const looked = await lookAt(paths, options, { policy, top, worstMax, choose: (_, worst) => worst });
  const { failures, flows } = looked;
  for (const line of failures) process.stderr.write(`weir: ${line}\n`);
  if (!looked.isUnreadable) {
    const html = reportHtml({ ...looked, watched: packFlows(flows) }, pageAssets("report"));
    await writeWhole(output, html);
    if (options.quiet !== true && output !== "-") {
      process.stdout.write(`${output}: ${scaledBytes(Buffer.byteLength(html))}\n`);
    }
  }
  if (looked.isInterrupted) return INTERRUPTED_EXIT_CODE;
  return failures.length > 0 ? FAILED_EXIT_CODE : 0;
}
