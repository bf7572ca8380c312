/** One row an algorithm. Validation, the compiler, the command's options and help, and the docs all read this table. */

import type { Check, Cost, MeterName } from "../types.ts";
import { BUCKETS, CIR_CBS_EBS, CIR_CBS_EIR_EBS, CIR_CBS_PIR_PBS } from "./colorforms.ts";
import { PCR_SCR, PEAK_AND_INCREMENT, PEAK_AND_RATE } from "./colorforms.ts";
import { defineBucket, defineDual, defineEventCounter, defineMef, defineMulti } from "./define.ts";
import { defineSrtcm, defineTrtcm, defineTrtcm4115, defineTurner, defineWeighted } from "./define.ts";
import type { Define } from "./define.ts";
import { INCREMENT_LIMIT, INCREMENT_MBS, RATE_ALARM, RATE_BURST, RATE_BURST_CAP } from "./forms.ts";
import type { MeterForm } from "./forms.ts";
import * as param from "./params.ts";
import type { ParamRow } from "./params.ts";

export interface MeterRow {
  readonly name: MeterName;
  readonly summary: string;
  /** Where the algorithm is defined. */
  readonly spec: string;
  /** The parameters of all its forms, and those that may stand beside any form; besides the common ones. */
  readonly params: readonly ParamRow[];
  /** Alternative sets of parameters: exactly one is given, whole. */
  readonly forms: readonly MeterForm[];
  /** Empty: it has no such choice. */
  readonly checks: readonly Check[];
  /** The only cost it has, where it is not any. */
  readonly onlyCost?: Cost;
  /** Each bucket has a cost of its own. */
  readonly mixesCosts?: boolean;
  readonly define: Define;
}

const ANY_CHECK: readonly Check[] = ["post", "pre", "overdraft"];

const COLORED = { checks: ["post"] } as const;

export const METERS: readonly MeterRow[] = [
  {
    name: "leaky-bucket",
    summary: "a bucket that drains at the rate; a packet conforms if it still fits",
    spec: "ITU-T I.371 (continuous-state leaky bucket)",
    params: [param.RATE, param.BURST, param.INITIAL],
    forms: [RATE_BURST],
    checks: ANY_CHECK,
    define: defineBucket,
  },
  {
    name: "gcra",
    summary: "generic cell rate algorithm: a packet conforms if it is not earlier than its time less the limit",
    spec: "ITU-T I.371, ATM Forum TM 4.1 (virtual scheduling)",
    params: [param.INCREMENT, param.LIMIT, param.MBS, param.RATE, param.BURST, param.SPACING, param.INITIAL],
    forms: [INCREMENT_LIMIT, INCREMENT_MBS, RATE_BURST],
    checks: ANY_CHECK,
    define: defineBucket,
  },
  {
    name: "token-bucket",
    summary: "tokens arrive at the rate, at most burst of them; a packet conforms if its cost in tokens is there",
    spec: "RFC 2697, one bucket; the same verdicts as leaky-bucket",
    params: [param.RATE, param.BURST, param.INITIAL],
    forms: [RATE_BURST],
    checks: ["post", "overdraft"],
    define: defineBucket,
  },
  {
    name: "turner",
    summary:
      "a counter that drains at the rate and counts every packet, refused ones too; a packet conforms if it fits",
    spec: "J. S. Turner, New directions in communications (1986)",
    params: [param.RATE, param.BURST, param.TURNER_MODE, param.TURNER_CAP, param.INITIAL],
    forms: [RATE_BURST_CAP],
    checks: ["post"],
    define: defineTurner,
  },
  {
    name: "event-counter",
    summary: "a counter of packets that leaks at the rate; all are red from reaching the alarm until leaked to clear",
    spec: "leaky bucket counter with hysteresis",
    params: [param.RATE, param.ALARM, param.CLEAR, param.COUNTER_CAP],
    forms: [RATE_ALARM],
    checks: [],
    onlyCost: "packets",
    define: defineEventCounter,
  },
  {
    name: "dual",
    summary: "a peak and a sustained bucket; a packet conforms if both have room",
    spec: "ITU-T I.371, ATM Forum TM 4.1 (PCR and SCR)",
    params: [
      param.PEAK_RATE,
      param.PEAK_BURST,
      param.RATE,
      param.BURST,
      param.PEAK_INCREMENT,
      param.PEAK_LIMIT,
      param.INCREMENT,
      param.LIMIT,
      param.PCR,
      param.CDVT,
      param.SCR,
      param.MBS,
      param.DUAL_MODE,
      param.TAG,
      param.INITIAL,
    ],
    forms: [PEAK_AND_RATE, PEAK_AND_INCREMENT, PCR_SCR],
    checks: ANY_CHECK,
    define: defineDual,
  },
  {
    ...COLORED,
    name: "srtcm",
    summary:
      "single-rate three-color marker: green within cbs, yellow within ebs, which fills with what cbs cannot hold",
    spec: "RFC 2697",
    params: [param.CIR, param.CBS, param.EBS, param.COLOR_AWARE, param.INITIAL],
    forms: [CIR_CBS_EBS],
    define: defineSrtcm,
  },
  {
    ...COLORED,
    name: "trtcm",
    summary: "two-rate three-color marker: red above the peak rate, yellow above the committed rate",
    spec: "RFC 2698",
    params: [param.CIR, param.CBS, param.PIR, param.PBS, param.COLOR_AWARE, param.INITIAL],
    forms: [CIR_CBS_PIR_PBS],
    define: defineTrtcm,
  },
  {
    ...COLORED,
    name: "trtcm-4115",
    summary: "two-rate three-color marker with an excess rate on top of the committed rate",
    spec: "RFC 4115",
    params: [param.CIR, param.CBS, param.EIR, param.EBS, param.COLOR_AWARE, param.INITIAL],
    forms: [CIR_CBS_EIR_EBS],
    define: defineTrtcm4115,
  },
  {
    ...COLORED,
    name: "mef",
    summary: "bandwidth profile: committed and excess, with coupling on what cbs cannot hold fills ebs",
    spec: "MEF 10.2; coupling off is RFC 4115, coupling on with eir 0 is RFC 2697",
    params: [param.CIR, param.CBS, param.EIR, param.EBS, param.COUPLING, param.CF, param.COLOR_AWARE, param.INITIAL],
    forms: [CIR_CBS_EIR_EBS],
    define: defineMef,
  },
  {
    name: "multi",
    summary: "several buckets; a packet conforms if every one has room, and is charged to all or none",
    spec: "coordinated buckets of ITU-T I.371, any number",
    params: [param.BUCKET, param.INITIAL],
    forms: [BUCKETS],
    checks: ANY_CHECK,
    mixesCosts: true,
    define: defineMulti,
  },
  {
    name: "weighted",
    summary: "one rate shared by all flows that are above level 0; each has a bucket of its own",
    spec: "A. K. Parekh, R. G. Gallager (1993), generalized processor sharing",
    params: [param.RATE, param.BURST],
    forms: [RATE_BURST],
    checks: ["post"],
    define: defineWeighted,
  },
];

export const METER_NAMES: readonly MeterName[] = METERS.map((row) => row.name);

const METER: ParamRow = {
  name: "meter",
  kind: "choice",
  choices: METER_NAMES,
  help: "the algorithm",
  example: "token-bucket",
};

/** Those of every meter; `check` and `initial` of every meter that has such a choice. */
export const COMMON_PARAMS: readonly ParamRow[] = [
  METER,
  param.COST,
  param.LENGTH,
  param.OVERHEAD,
  param.MIN_LENGTH,
  param.CHECK,
  param.INITIAL,
];

/** Every parameter once, in the order of a help text: the common ones, then those of the meters. */
export const POLICY_PARAMS: readonly ParamRow[] = [...COMMON_PARAMS, ...param.METER_PARAMS];
