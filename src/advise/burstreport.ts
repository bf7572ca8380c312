/** The burst table as text and as JSON. Pure. */
import { decimalText, fractionText, roundedText } from "../rational.ts";
import { grouped } from "../report/number.ts";
import { table } from "../report/table.ts";
import type { Rational } from "../types.ts";
import { formatDurationNs, formatRate, formatUnits } from "../units.ts";
import { burstOutcome, type BurstQuestion } from "./burst.ts";

const BYTE_DIGITS = 12;

function bytesText(value: Rational): string {
  const exact = decimalText(value);
  return value.den === 1n ? grouped(value.num) : (exact ?? `about ${roundedText(value, BYTE_DIGITS)}`);
}

/** One row a question; they share bucket, rate and line. */
export function burstText(questions: readonly BurstQuestion[]): string {
  const [first] = questions;
  if (first === undefined) return "";
  const { bucketBytes, bytesPerSec, lineBytesPerSec } = first;
  const line = lineBytesPerSec === undefined ? "all at once" : `at ${formatRate(lineBytesPerSec, "bytes")}`;
  const head = `bucket ${formatUnits(bucketBytes, "bytes")}, rate ${formatRate(bytesPerSec, "bytes")}, bursts come ${line} into the drained bucket`;
  const columns = [
    { title: "burst B" },
    { title: "packet B" },
    { title: "packets" },
    { title: "fluid lost B" },
    { title: "fluid drains in" },
    { title: "lost packets" },
    { title: "lost B" },
    { title: "drains in" },
  ];
  const rows = questions.map((question) => {
    const outcome = burstOutcome(question);
    return [
      grouped(question.burstBytes),
      grouped(question.packetBytes),
      grouped(outcome.packets),
      bytesText(outcome.fluidLostBytes),
      formatDurationNs(outcome.fluidDrainNs),
      grouped(outcome.lostPackets),
      grouped(outcome.lostBytes),
      formatDurationNs(outcome.drainNs),
    ];
  });
  return `${[head, "", ...table(columns, rows)].join("\n")}\n`;
}

/** The same with exact values; fractions as "p/q", byte counts as text. */
export function burstJson(questions: readonly BurstQuestion[]): string {
  const rows = questions.map((question) => {
    const { burstBytes, packetBytes, bucketBytes, bytesPerSec, lineBytesPerSec } = question;
    const outcome = burstOutcome(question);
    return {
      burstBytes: `${burstBytes}`,
      packetBytes: `${packetBytes}`,
      bucketBytes: fractionText(bucketBytes),
      bytesPerSec: fractionText(bytesPerSec),
      lineBytesPerSec: lineBytesPerSec === undefined ? null : fractionText(lineBytesPerSec),
      packets: `${outcome.packets}`,
      fluidLostBytes: fractionText(outcome.fluidLostBytes),
      fluidDrainNs: fractionText(outcome.fluidDrainNs),
      lostPackets: `${outcome.lostPackets}`,
      lostBytes: `${outcome.lostBytes}`,
      drainNs: fractionText(outcome.drainNs),
    };
  });
  return `${JSON.stringify({ rows }, null, 2)}\n`;
}
