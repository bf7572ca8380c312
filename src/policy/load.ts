/** Policy text, YAML or JSON, to an input of a compiler, with the lines that its errors name. */

import { ConfigError } from "../errors.ts";
import type { LinkPolicy, Policy } from "../types.ts";
import { ACTIONS_KEY, type ColorActions, readActions } from "./actions.ts";
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
import type { ParamRow } from "./params.ts";
import type { Places } from "./places.ts";
import { compileShaper, isShaperInput } from "./shapers/compile.ts";
import type { ShaperInput } from "./shapers/compile.ts";
import { SHAPER_PARAMS } from "./shapers/params.ts";
import { POLICY_PARAMS } from "./table.ts";

interface Loaded {
  readonly places: Places;
  /** What a policer does with the packets of a color, as far as the file says it; meters do not ask. */
  readonly actions?: Partial<ColorActions>;
}

/** A link with its queues. */
export interface LoadedLink extends Loaded {
  readonly kind: "link";
  readonly input: LinkInput;
  readonly readFile: ReadFile | undefined;
}

/** A meter or a shaper at the top of its file, or classes, which `compileLoaded` compiles; or a link (`compileLoadedLink`). */
export type LoadedPolicy =
  | LoadedLink
  | (Loaded & { readonly kind: "meter"; readonly input: PolicyInput })
  | (Loaded & { readonly kind: "shaper"; readonly input: ShaperInput })
  | (Loaded & {
      readonly kind: "classes";
      readonly input: ClassesInput;
      readonly readFile: ReadFile | undefined;
    });

/** The only option that may stand beside a file of classes or of a link. */
const LENGTH = "length";

/**
 * Reads a document. Of one meter each key and value is checked by itself, and `compileLoaded` checks them together.
 * `readFile` reads the files that a policy of classes names (src-file, dst-file), by name as written. Throws
 * ConfigError that starts with the file and, where one is at fault, the line.
 */
export async function loadPolicyText(text: string, fileName: string, readFile?: ReadFile): Promise<LoadedPolicy> {
  const document = await readDocument(text, fileName);
  const { places } = document;
  const actions = readActions(document.values, places);
  const common = { places, ...(actions === undefined ? {} : { actions }) };
  const values = places.without(document.values, ACTIONS_KEY);
  if (LINK_KEY in values) return { kind: "link", input: values as unknown as LinkInput, readFile, ...common };
  if (FILE_SHAPE.keys.some(({ name }) => name in values)) {
    return { kind: "classes", input: values as unknown as ClassesInput, readFile, ...common };
  }
  const isShaped = isShaperInput(values);
  const params = isShaped ? SHAPER_PARAMS : POLICY_PARAMS;
  for (const [key, value] of Object.entries(values)) at(places.of(values, key), () => checkPair(key, value, params));
  if (isShaped) return { kind: "shaper", input: values, ...common };
  return { kind: "meter", input: values, ...common };
}

function checkPair(key: string, value: unknown, params: readonly ParamRow[]): void {
  const param = paramOfKey(key, undefined, params);
  if (value === null) {
    throw new ConfigError("MISSING", key, undefined, `has no value; write one such as "${param.example}"`);
  }
  checkValue(param, value as PolicyValue);
}

/**
 * Compiles what a file holds. `options` replace the values of one meter or shaper; beside classes only `length` may be
 * given. Throws ConfigError; a value of the file is named with its line.
 */
export function compileLoaded(loaded: LoadedPolicy, options: PolicyInput | Partial<ShaperInput> = {}): Policy {
  if (loaded.kind === "link") {
    const detail = "has queues that delay packets, and no meter; use it with weir shape";
    throw new ConfigError("CONFLICT", LINK_KEY, undefined, detail, loaded.places.fileName);
  }
  if (loaded.kind === "meter") {
    const { input, places } = loaded;
    return compileOne({ input, places, params: POLICY_PARAMS }, givenOf(options), (whole) => compilePolicy(whole));
  }
  if (loaded.kind === "shaper") {
    const { input, places } = loaded;
    return compileOne({ input, places, params: SHAPER_PARAMS }, givenOf(options), (whole) =>
      compileShaper({ ...whole, shaper: whole["shaper"] }),
    );
  }
  return compileClasses(loaded.input, optionsBeside(loaded, options));
}

/** Compiles a link; of `options` only `length` may be given. Throws ConfigError as `compileLoaded` does. */
export function compileLoadedLink(loaded: LoadedLink, options: PolicyInput = {}): LinkPolicy {
  if (loaded.actions !== undefined) {
    const detail = "say what a policer does by color, and a link has no colors; leave them out";
    throw new ConfigError("CONFLICT", ACTIONS_KEY, undefined, detail, loaded.places.fileName);
  }
  return compileLink(loaded.input, optionsBeside(loaded, options));
}

function givenOf(options: PolicyInput | Partial<ShaperInput>): [string, PolicyValue][] {
  return Object.entries(options).filter((pair): pair is [string, PolicyValue] => pair[1] !== undefined);
}

/** What is given beside classes. Throws ConfigError for anything but the length. */
function optionsBeside(
  { places, readFile }: Extract<LoadedPolicy, { readonly readFile: ReadFile | undefined }>,
  options: PolicyInput | Partial<ShaperInput>,
): ClassesOptions {
  const foreign = givenOf(options).find(([key]) => key !== LENGTH);
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

/** A document of one meter or shaper. */
interface Document {
  readonly input: Readonly<Record<string, PolicyValue>>;
  readonly places: Places;
  readonly params: readonly ParamRow[];
}

/** Its values and those that replace some of them, compiled. */
function compileOne(
  { input, places, params }: Document,
  options: readonly (readonly [string, PolicyValue])[],
  compile: (whole: Readonly<Record<string, PolicyValue>>) => Policy,
): Policy {
  const nameOf = (key: string) => paramOfKey(key, undefined, params).name;
  const replaced = new Set(options.map(([key]) => nameOf(key)));
  const kept = Object.entries(input).filter(([key]) => !replaced.has(nameOf(key)));
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
  return atPlace(whereOf, () => compile(Object.fromEntries([...kept, ...options])));
}
