/** `weir burst`: what a bucket loses of a burst, as a fluid and as whole packets. */
import { Command } from "commander";
import { burstJson, burstText } from "../../advise/burstreport.ts";
import type { BurstQuestion } from "../../advise/burst.ts";
import { ConfigError } from "../../errors.ts";
import { Output } from "../../trace/output.ts";
import type { Rational } from "../../types.ts";
import { parseAmount, parseRate } from "../../units.ts";
import { withExample } from "../options.ts";

/** The table of texts on leaky buckets. */
const BURSTS_DEFAULT = ["50 kB", "100 kB", "150 kB", "200 kB"] as const;
const BUCKET_DEFAULT = "100 kB";
const RATE_DEFAULT = "125 kB/s";
const PACKETS_DEFAULT = ["1500 B"] as const;
/** One step of work for each packet: about a second for all. */
const PACKETS_MAX = 10_000_000n;
const BYTES_MAX = 2n ** 63n;
const EXAMPLE = "weir burst --burst 150kB --bucket 100kB --rate 125kB/s --packet 1500B --line 1Gbit/s";

interface BurstOptions {
  readonly burst?: readonly string[];
  readonly bucket?: string;
  readonly rate?: string;
  readonly packet?: readonly string[];
  readonly line?: string;
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
      withExample(`bytes that come in one go; may be repeated; default ${BURSTS_DEFAULT.join(", ")}`, "--burst 150kB"),
      collect,
    )
    .option("--bucket <size>", withExample(`what the bucket holds; default ${BUCKET_DEFAULT}`, "--bucket 100kB"))
    .option("--rate <rate>", withExample(`what it drains; default ${RATE_DEFAULT}`, "--rate 125kB/s"))
    .option(
      "--packet <size>",
      withExample(
        `bytes of a packet, the last may be shorter; may be repeated; default ${PACKETS_DEFAULT[0]}`,
        "--packet 1500B",
      ),
      collect,
    )
    .option("--line <rate>", withExample("rate at which the burst comes; default all at once", "--line 1Gbit/s"))
    .option("--json", withExample("exact values as one JSON document on stdout", "--json"))
    .addHelpText("after", `\nExample:\n  ${EXAMPLE}\n\nExit codes: 0 done, 2 bad usage.`)
    .action(async (options: BurstOptions) => {
      const questions = questionsOf(options);
      await new Output("-").write(options.json === true ? burstJson(questions) : burstText(questions));
    });
}

function bytesOf(name: string, text: string): Rational {
  const { units, cost } = parseAmount(name, text);
  if (cost === "packets") throw new ConfigError("UNIT", name, text, "is a size in bytes, such as 150 kB");
  return units;
}

function wholeBytes(name: string, text: string): bigint {
  const { num, den } = bytesOf(name, text);
  if (den === 1n && num > 0n && num < BYTES_MAX) return num;
  throw new ConfigError("RANGE", name, text, `must be a whole number of bytes, from 1 to ${BYTES_MAX - 1n}`);
}

function bytesPerSec(name: string, text: string): Rational {
  const { unitsPerSec, cost } = parseRate(name, text);
  if (cost === "packets") throw new ConfigError("UNIT", name, text, "is a rate in bytes or bits, such as 125 kB/s");
  if (unitsPerSec.num === 0n) throw new ConfigError("RANGE", name, text, "must be above 0");
  return unitsPerSec;
}

/** A question for each burst and packet size. Throws ConfigError. */
function questionsOf(options: BurstOptions): BurstQuestion[] {
  const {
    burst = BURSTS_DEFAULT,
    bucket = BUCKET_DEFAULT,
    rate = RATE_DEFAULT,
    packet = PACKETS_DEFAULT,
    line,
  } = options;
  const shared = {
    bucketBytes: bytesOf("bucket", bucket),
    bytesPerSec: bytesPerSec("rate", rate),
    lineBytesPerSec: line === undefined ? undefined : bytesPerSec("line", line),
  };
  const questionOf = (text: string, size: string): BurstQuestion => {
    const [burstBytes, packetBytes] = [wholeBytes("burst", text), wholeBytes("packet", size)];
    if (burstBytes / packetBytes < PACKETS_MAX) return { ...shared, burstBytes, packetBytes };
    const detail = `makes more than ${PACKETS_MAX} packets of ${size}; give a smaller burst or larger packets`;
    throw new ConfigError("RANGE", "burst", text, detail);
  };
  return burst.flatMap((text) => packet.map((size) => questionOf(text, size)));
}
