/** Policy text, YAML or JSON, to an input of a compiler, with the lines that its errors name. */

import { ConfigError } from "../errors.ts";
import type { LinkPolicy, Policy } from "../types.ts";
import { compileClasses } from "./classes/compile.ts";
import type { ClassesOptions } from "./classes/compile.ts";
import { at, atPlace } from "./classes/context.ts";
import type { ReadFile } from "./classes/context.ts";
import type { ClassesInput } from "./classes/input.ts";
import { FILE_SHAPE } from "./classes/keys.ts";
import { compilePolicy } from "./compile.ts";
import { readDocument } from "./document.ts";
import { checkValue, paramOfKey } from "./input.ts";
import type { PolicyInput, PolicyValue } from "./input.ts";
import { compileLink } from "./link/compile.ts";
import type { LinkInput } from "./link/input.ts";
import { LINK_KEY } from "./link/keys.ts";
import { BUCKET, inputKeyOf } from "./params.ts";
import type { Places } from "./places.ts";

/** A link with its queues. */
export interface LoadedLink {
  readonly kind: "link";
  readonly input: LinkInput;
  readonly places: Places;
  readonly readFile: ReadFile | undefined;
}

/**
 * A policy of one meter at the top of its file, or one of classes, which `compileLoaded` compiles; or a link, which
 * `compileLoadedLink` does.
 */
export type LoadedPolicy =
  | LoadedLink
  | { readonly kind: "meter"; readonly input: PolicyInput; readonly places: Places }
  | {
      readonly kind: "classes";
      readonly input: ClassesInput;
      readonly places: Places;
      readonly readFile: ReadFile | undefined;
    };

/** The only option that may stand beside a file of classes or of a link. */
const LENGTH = "length";

/**
 * Reads a document. Of one meter each key and value is checked by itself, and `compileLoaded` checks them together.
 * `readFile` reads the files that a policy of classes names (src-file, dst-file), by name as written. Throws
 * ConfigError that starts with the file and, where one is at fault, the line.
 */
export async function loadPolicyText(text: string, fileName: string, readFile?: ReadFile): Promise<LoadedPolicy> {
  const { values, places } = await readDocument(text, fileName);
  if (LINK_KEY in values) return { kind: "link", input: values as unknown as LinkInput, places, readFile };
  if (FILE_SHAPE.keys.some(({ name }) => name in values)) {
    return { kind: "classes", input: values as unknown as ClassesInput, places, readFile };
  }
  for (const [key, value] of Object.entries(values)) at(places.of(values, key), () => checkPair(key, value));
  return { kind: "meter", input: values, places };
}

function checkPair(key: string, value: unknown): void {
  const param = paramOfKey(key, undefined);
  if (value === null) {
    throw new ConfigError("MISSING", key, undefined, `has no value; write one such as "${param.example}"`);
  }
  checkValue(param, value as PolicyValue);
}

/**
 * Compiles what a file holds. `options` replace the values of a policy of one meter; beside classes only `length` may
 * be given. Throws ConfigError; a value of the file is named with its line.
 */
export function compileLoaded(loaded: LoadedPolicy, options: PolicyInput = {}): Policy {
  if (loaded.kind === "link") {
    const detail = "has queues that delay packets, and no meter; use it with weir shape";
    throw new ConfigError("CONFLICT", LINK_KEY, undefined, detail, loaded.places.fileName);
  }
  if (loaded.kind === "meter") return compileMeterOf(loaded.input, loaded.places, givenOf(options));
  return compileClasses(loaded.input, optionsBeside(loaded, options));
}

/** Compiles a link; of `options` only `length` may be given. Throws ConfigError as `compileLoaded` does. */
export function compileLoadedLink(loaded: LoadedLink, options: PolicyInput = {}): LinkPolicy {
  return compileLink(loaded.input, optionsBeside(loaded, options));
}

function givenOf(options: PolicyInput): PolicyInput {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}

/** What is given beside classes. Throws ConfigError for anything but the length. */
function optionsBeside(
  { places, readFile }: Exclude<LoadedPolicy, { readonly kind: "meter" }>,
  options: PolicyInput,
): ClassesOptions {
  const foreign = Object.entries(givenOf(options)).find(([key]) => key !== LENGTH);
  if (foreign === undefined) {
    const { length } = options;
    return { places, ...(readFile === undefined ? {} : { readFile }), ...(length === undefined ? {} : { length }) };
  }
  const [key, value] = foreign;
  const file = places.fileName ?? "the policy";
  const detail = `cannot be combined with the classes of ${file}; write it there (only ${LENGTH} may be given beside them)`;
  const text = typeof value === "object" ? undefined : String(value);
  throw new ConfigError("CONFLICT", paramOfKey(key, text).name, text, detail);
}

function compileMeterOf(input: PolicyInput, places: Places, options: PolicyInput): Policy {
  const replaced = new Set(Object.keys(options).map((key) => paramOfKey(key, undefined).name));
  const kept = Object.entries(input).filter(([key]) => !replaced.has(paramOfKey(key, undefined).name));
  const placeOf = ({ parameter }: ConfigError) => {
    const bucket = /^bucket(?: (\d+))?\b/u.exec(parameter);
    const name = bucket === null ? parameter : BUCKET.name;
    const pair = kept.find(([key]) => key === name || key === inputKeyOf(name));
    if (pair === undefined) return undefined;
    const [key, value] = pair;
    const element = Array.isArray(value) ? places.of(value, Number(bucket?.[1] ?? 1) - 1) : undefined;
    return element ?? places.of(input, key);
  };
  // What is missing is missed in the file as a whole.
  const whereOf = (error: ConfigError) => placeOf(error) ?? (error.code === "MISSING" ? places.fileName : undefined);
  return atPlace(whereOf, () => compilePolicy({ ...Object.fromEntries(kept), ...options }));
}
