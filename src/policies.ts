/** Policies: the table of algorithms, and everything that is made from it. */

export { compilePolicy } from "./policy/compile.ts";
export type { PolicyInput, PolicyValue } from "./policy/compile.ts";
export { describePolicy } from "./policy/describe.ts";
export type { ExactNumber, PolicyDescription } from "./policy/describe.ts";
export type { MeterForm } from "./policy/forms.ts";
export { loadPolicyText } from "./policy/load.ts";
export { profileOf } from "./policy/profile.ts";
export type { ProfileSource } from "./policy/profile.ts";
export { COMMON_PARAMS, inputKeyOf, METERS, POLICY_PARAMS } from "./policy/table.ts";
export type { MeterRow, ParamKind, ParamRow } from "./policy/table.ts";
