/** A policy in the words of another system. */
import type { MeterPolicy } from "../../policy/compile.ts";
import type { MeterDefinition } from "../../types.ts";
import type { FormState } from "../form/fields.ts";

export interface Exported {
  /** Lines to be copied; null when the other system cannot express the policy. */
  readonly text: string | null;
  /** Where the other one rounds, differs, or why it cannot. */
  readonly remarks: readonly string[];
}

export interface ExportInput {
  readonly policy: MeterPolicy;
  readonly state: FormState;
}

export interface ExportTarget {
  readonly id: string;
  readonly label: string;
  readonly make: (input: ExportInput) => Exported;
}

/** Why this cannot be said in the other system. */
export function cannot(...remarks: readonly string[]): Exported {
  return { text: null, remarks };
}

/** What meters of more than one bucket or outcome have that simple ones lack, in words. */
export function beyondOneBucket(kind: MeterDefinition["kind"]): string {
  switch (kind) {
    case "srtcm":
    case "trtcm":
    case "trtcm-4115":
    case "mef":
      return "a third color: it knows conform and exceed only";
    case "dual":
      return "a peak and a sustained bucket with this mode, check or cost";
    case "multi":
      return "several buckets that are charged all or none";
    case "weighted":
      return "one rate shared among the flows that send";
    case "turner":
    case "event-counter":
      return "counting refused packets too";
    default:
      return "this meter";
  }
}

/** "1,234.5" to 9 significant digits. */
export function numberText(value: number): string {
  const [whole = "", part] = String(Number(value.toPrecision(9))).split(".");
  const grouped = whole.replace(/\B(?=(\d{3})+(?!\d))/gu, ",");
  return part === undefined ? grouped : `${grouped}.${part}`;
}
