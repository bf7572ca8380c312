/** `weir compare`: two policies over one reading of captures, side by side. */
import { createHash } from "node:crypto";
import { Command } from "commander";
import { Comparison } from "../../compare/comparison.ts";
import { DIFFERENCE_COLUMNS, type Difference, differenceRow } from "../../compare/difference.ts";
import { PairMeter } from "../../compare/pair.ts";
import { comparisonJson, type ComparisonInput, comparisonText } from "../../compare/report.ts";
import { ConfigError, OutputError } from "../../errors.ts";
import { failureOf } from "../../report/captures.ts";
import { policyLines } from "../../report/text.ts";
import { Output } from "../../trace/output.ts";
import type { Policy } from "../../types.ts";
import { addRunOptions, Captures, type CaptureOptions, checkStdin, isUnreadable, MeterMaker } from "../captures.ts";
import { comparedPolicyOf } from "../comparedpolicy.ts";
import { countOf, withExample } from "../options.ts";
import { paintFor } from "../paint.ts";
import { Progress } from "../progress.ts";
import { runCaptures } from "../run.ts";

const INTERRUPTED_EXIT_CODE = 130;
const FAILED_EXIT_CODE = 1;
const TOP_DEFAULT = "10";
const TOP_LIMIT = 1_000_000;
const STDOUT = "-";
const EXAMPLE = "weir compare trace.pcap --policy policer.yaml --policy shaper.yaml";

interface CompareOptions extends Omit<CaptureOptions, "policy"> {
  readonly policy?: readonly string[];
  readonly diff?: string;
  readonly json?: boolean;
  readonly top?: string;
}
