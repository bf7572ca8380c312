/** A policy to be taken away from the page. */
import type { MeterPolicy } from "../../policy/compile.ts";
import type { Written } from "../../translate/explained.ts";
import type { FormState } from "../form/fields.ts";

export interface ExportInput {
  readonly policy: MeterPolicy;
  readonly state: FormState;
}

export interface ExportTarget {
  readonly id: string;
  readonly label: string;
  readonly make: (input: ExportInput) => Written;
}
