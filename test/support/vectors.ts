// The recorded verdicts, and the definitions that their policies stand for.
import { readdirSync, readFileSync } from "node:fs";
import { divide, fraction, ZERO, type Fraction } from "../../src/reference/rational.ts";
import type { BucketDefinition, Check, Cost, DualMode, MeterDefinition } from "../../src/types.ts";

type Num = number | string;

interface Part {
  readonly rate?: Num;
  readonly depth?: Num;
  readonly T_ns?: number;
  readonly tau_ns?: number;
  readonly test?: "pre" | "post";
}

interface VectorPolicy extends Part {
  readonly kind: "token_bucket" | "leaky_bucket" | "gcra" | "turner" | "dual" | "srtcm" | "trtcm" | "rfc4115" | "mef";
  readonly cost?: Cost;
  readonly cap?: Num;
  readonly parts?: readonly [Part, Part];
  readonly mode?: DualMode;
  readonly cir?: Num;
  readonly cbs?: Num;
  readonly eir?: Num;
  readonly ebs?: Num;
  readonly pir?: Num;
  readonly pbs?: Num;
  readonly cf?: 0 | 1;
  readonly aware?: boolean;
}

export interface Vector {
  readonly name: string;
  readonly policy: VectorPolicy;
  readonly packets: readonly (readonly [timeNs: string, lengthBytes: number, colorIn: number])[];
  readonly expect: readonly number[];
}

const DIRECTORY = new URL("../vectors/", import.meta.url);
const NS_PER_SEC = fraction(1_000_000_000n);
/** A level that no trace of the vectors comes near: a counter without a cap. */
const UNLIMITED = fraction(1_000_000_000n);

export const VECTORS: readonly Vector[] = readdirSync(DIRECTORY)
  .filter((file) => file.endsWith(".json"))
  .map((file) => JSON.parse(readFileSync(new URL(file, DIRECTORY), "utf8")) as Vector);

function parse(value: Num | undefined): Fraction {
  const [num = "", den = "1"] = String(value ?? 0).split("/");
  return divide(fraction(BigInt(num)), fraction(BigInt(den)));
}

/** The meter of a vector. */
export function definitionOf(policy: VectorPolicy): MeterDefinition {
  const { cost = "bytes", aware: isAware = false } = policy;
  const costRule = { cost, overheadBytes: 0, minLengthBytes: 0 };
  const bucket = (check: Check, ratePerSec: Fraction, depth: Fraction): BucketDefinition => {
    return { check, ratePerSec, depth, threshold: depth, initialLevel: ZERO, costRule };
  };
  const post = (rate: Num | undefined, depth: Num | undefined) => bucket("post", parse(rate), parse(depth));
  /** A GCRA given by its increment T and limit tau is the ITU form: its test leaves out the arriving cell. */
  const part = ({ T_ns, tau_ns, rate, depth, test }: Part) => {
    if (T_ns === undefined) return bucket(test ?? "post", parse(rate), parse(depth));
    const perUnit = fraction(BigInt(T_ns));
    return bucket(test ?? "pre", divide(NS_PER_SEC, perUnit), divide(fraction(BigInt(tau_ns!)), perUnit));
  };
  const committed = post(policy.cir, policy.cbs);
  const excess = post(policy.eir, policy.ebs);
  switch (policy.kind) {
    case "turner": {
      const cap = policy.cap === undefined ? UNLIMITED : parse(policy.cap);
      return { kind: "turner", bucket: part(policy), cap };
    }
    case "dual": {
      const [peak, sustained] = policy.parts!.map(part) as [BucketDefinition, BucketDefinition];
      return { kind: "dual", peak, sustained, mode: policy.mode!, tags: false };
    }
    case "srtcm":
      return { kind: "srtcm", committed, excess, isAware };
    case "trtcm":
      return { kind: "trtcm", peak: post(policy.pir, policy.pbs), committed, isAware };
    case "rfc4115":
      return { kind: "trtcm-4115", committed, excess, isAware };
    case "mef":
      return { kind: "mef", committed, excess, isCoupled: policy.cf === 1, isAware };
    default:
      return { kind: "bucket", bucket: part(policy) };
  }
}
