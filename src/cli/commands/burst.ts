/** `weir burst`: what a bucket loses of a burst, as a fluid and as whole packets. */
import { Command } from "commander";
import { burstJson, burstText } from "../../advise/burstreport.ts";
import { BURST_DEFAULTS, type BurstInput, burstQuestions } from "../../advise/burstinput.ts";
import { Output } from "../../trace/output.ts";
import { withExample } from "../options.ts";

const EXAMPLE = "weir burst --burst 150kB --bucket 100kB --rate 125kB/s --packet 1500B --line 1Gbit/s";

interface BurstOptions extends BurstInput {
  readonly json?: boolean;
}

function collect(value: string, previous: readonly string[] | undefined): readonly string[] {
  return [...(previous ?? []), value];
}

/** The command with its options. */
export function burstCommand(): Command {
  return new Command("burst")
    .description("Show what a bucket loses of a burst, as a fluid and as whole packets, and how long it then drains.")
    .option(
      "--burst <size>",
      withExample(
        `bytes that come in one go; may be repeated; default ${BURST_DEFAULTS.burst.join(", ")}`,
        "--burst 150kB",
      ),
      collect,
    )
    .option("--bucket <size>", withExample(`what the bucket holds; default ${BURST_DEFAULTS.bucket}`, "--bucket 100kB"))
    .option("--rate <rate>", withExample(`what it drains; default ${BURST_DEFAULTS.rate}`, "--rate 125kB/s"))
    .option(
      "--packet <size>",
      withExample(
        `bytes of a packet, the last may be shorter; may be repeated; default ${BURST_DEFAULTS.packet[0]}`,
        "--packet 1500B",
      ),
      collect,
    )
    .option("--line <rate>", withExample("rate at which the burst comes; default all at once", "--line 1Gbit/s"))
    .option("--json", withExample("exact values as one JSON document on stdout", "--json"))
    .addHelpText("after", `\nExample:\n  ${EXAMPLE}\n\nExit codes: 0 done, 2 bad usage.`)
    .action(async (options: BurstOptions) => {
      const questions = burstQuestions(options);
      await new Output("-").write(options.json === true ? burstJson(questions) : burstText(questions));
    });
}
