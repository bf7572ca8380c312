/**
 * What compiled meters call the properties of a meter's settings. Bundles of this library call them the same, since
 * scripts/edge.mjs shortens them so; what is renamed here is left out of bundles, where nothing is.
 */

export const COMPILED_NAMES: Readonly<Record<string, string>> = {
  levelPerUnit: "A",
  slots: "B",
  drainPerNs: "C",
  isCompact: "D",
  depthLevel: "E",
  testsOwnCost: "F",
  initialLevel: "G",
  costRule: "H",
  minLengthBytes: "I",
  overheadBytes: "J",
  kernel: "K",
  members: "L",
  testLevel: "M",
  profile: "N",
  unitsMax: "O",
  levelMax: "P",
  drainPerUnit: "Q",
  isCoupled: "R",
  drainedAfterNs: "S",
  isNarrow: "T",
  charges: "U",
  rules: "V",
  own: "W",
};
const TO_COMPILED = new Map(Object.entries(COMPILED_NAMES));
const FROM_COMPILED = new Map(Object.entries(COMPILED_NAMES).map(([name, short]) => [short, name]));

/** A value of the settings with the names of compiled meters, its own properties' only. */
export function asCompiled(value: unknown): unknown {
  return renamed(value, TO_COMPILED);
}

/** The reverse. */
export function fromCompiled(value: unknown): unknown {
  return renamed(value, FROM_COMPILED);
}

function renamed(value: unknown, names: ReadonlyMap<string, string>): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, own]) => [names.get(name) ?? name, own]));
}
