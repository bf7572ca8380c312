/** The policy in the part of a URL behind "#": it never leaves the browser, and holds no data of a capture. */
import { METERS } from "../../policy/table.ts";
import type { MeterName } from "../../types.ts";
import { fieldsOf, type FormState, givenValues } from "./fields.ts";

const METER_KEY = "meter";
const BY_KEY = "by";
/** Longer texts are no values of a policy. */
const VALUE_LENGTH_MAX = 2000;

/** "meter=token-bucket&rate=10+Mbit%2Fs&burst=64+kB&by=src". */
export function fragmentOf(state: FormState): string {
  const given = givenValues(state).map(([name, value]) => [name, value] as [string, string]);
  return new URLSearchParams([[METER_KEY, state.meter], ...given, [BY_KEY, state.by]]).toString();
}

/** The form of which all needed values are there. */
function formIndex(meter: MeterName, names: ReadonlySet<string>): number {
  const row = METERS.find(({ name }) => name === meter)!;
  return Math.max(
    0,
    row.forms.findIndex(({ params }) => params.every((param) => names.has(param))),
  );
}

/**
 * Reads what `fragmentOf` wrote, or what someone wrote by hand: unknown keys are left out, and a value that is wrong is
 * told by its field. Undefined without a meter that is known.
 */
export function stateOfFragment(fragment: string, byDefault: string): FormState | undefined {
  const given = new URLSearchParams(fragment.replace(/^#/u, ""));
  const meter = METERS.find(({ name }) => name === given.get(METER_KEY))?.name;
  if (meter === undefined) return undefined;
  const form = formIndex(meter, new Set(given.keys()));
  const { needed, optional } = fieldsOf({ meter, form });
  const values = [...needed, ...optional].flatMap(({ name }) => {
    const value = given.get(name);
    return value === null ? [] : [[name, value.slice(0, VALUE_LENGTH_MAX)] as const];
  });
  return { meter, form, values: Object.fromEntries(values), by: given.get(BY_KEY) ?? byDefault };
}
