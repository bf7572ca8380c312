/** Policies: the table of algorithms, and everything that is made from it. */

export { readerBeside } from "./policy/beside.node.ts";
export { compileClasses } from "./policy/classes/compile.ts";
export type { ClassesOptions } from "./policy/classes/compile.ts";
export { classesLines, describeClasses } from "./policy/classes/describe.ts";
export type { ClassesDescription } from "./policy/classes/describe.ts";
export type { ClassesInput, ClassInput, GroupInput, MatchInput, NodeInput } from "./policy/classes/input.ts";
export { compileDefinition, compilePolicy, readPolicy } from "./policy/compile.ts";
export type { MeterPolicy, PolicyReading } from "./policy/compile.ts";
export { describePolicy } from "./policy/describe.ts";
export type { BucketDescription, ExactNumber, ExactRate, ExactTime, ExactUnits } from "./policy/describe.ts";
export type { PolicyDescription } from "./policy/describe.ts";
export type { MeterForm } from "./policy/forms.ts";
export { checkValue, paramOfKey } from "./policy/input.ts";
export type { PolicyInput, PolicyValue } from "./policy/input.ts";
export { keyingOf } from "./policy/keying.ts";
export { MULTI_BUCKETS_MAX } from "./policy/limits.ts";
export { policyLine } from "./policy/line.ts";
export { compileLoaded, loadPolicyText } from "./policy/load.ts";
export type { LoadedPolicy } from "./policy/load.ts";
export { inputKeyOf } from "./policy/params.ts";
export type { ParamKind, ParamRow } from "./policy/params.ts";
export { bucketsOf, profilesOf } from "./policy/profile.ts";
export type { BucketSource, Written } from "./policy/source.ts";
export { COMMON_PARAMS, METERS, POLICY_PARAMS } from "./policy/table.ts";
export type { MeterRow } from "./policy/table.ts";
