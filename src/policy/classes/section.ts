/** One map of a policy of classes, read by its keys; every error in it names file, line and whose map it is. */

import { ConfigError, didYouMean, listed } from "../../errors.ts";
import type { ConfigErrorCode } from "../../errors.ts";
import type { Places } from "../places.ts";
import { inputKeyOf } from "../params.ts";
import { POLICY_PARAMS } from "../table.ts";
import type { KeyRow, MapShape } from "./keys.ts";

/** One of a key's values, and where it stands. */
export interface Spot {
  readonly value: unknown;
  readonly where: string | undefined;
}

interface Entry {
  /** The key in the spelling of the input. */
  readonly key: string;
  readonly value: unknown;
}

/** "policy.yaml:3: class voip", as far as both are known. */
export function placed(where: string | undefined, title: string): string | undefined {
  const parts = [where, title === "" ? undefined : title].filter((part) => part !== undefined);
  return parts.length === 0 ? undefined : parts.join(": ");
}

export function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A value of one word or number; undefined for anything else. */
export function textOf(value: unknown): string | undefined {
  return typeof value === "string" || typeof value === "number" ? String(value) : undefined;
}

export class Section {
  /** "class voip"; "" for the top of the file. */
  readonly title: string;
  readonly #map: Readonly<Record<string, unknown>>;
  readonly #places: Places;
  readonly #entries = new Map<string, Entry>();
  readonly #rows: ReadonlyMap<string, KeyRow>;

  /** Throws ConfigError for a key that the shape does not have, or that is given in both spellings. */
  constructor(map: Readonly<Record<string, unknown>>, shape: MapShape, title: string, places: Places) {
    this.title = title;
    this.#map = map;
    this.#places = places;
    this.#rows = new Map(shape.keys.map((row) => [row.name, row]));
    const names = [...this.#rows.keys(), ...shape.params];
    for (const [key, value] of Object.entries(map)) {
      if (value === undefined) continue;
      const name = names.find((known) => known === key || inputKeyOf(known) === key);
      if (name === undefined) throw this.#unknownKey(key, shape, names);
      const twin = this.#entries.get(name);
      this.#entries.set(name, { key, value });
      if (twin !== undefined)
        throw this.fail("CONFLICT", name, `is given twice, also as ${twin.key}; keep one of them`);
    }
  }

  #unknownKey(key: string, { noun, keys, params }: MapShape, names: readonly string[]): ConfigError {
    const own = keys.map(({ name }) => name);
    const isMeter = params.length === POLICY_PARAMS.length;
    const taken = isMeter ? `${own.join(", ")} and the parameters of its meter` : listed([...own, ...params], "and");
    const isParam = POLICY_PARAMS.some(({ name }) => name === key || inputKeyOf(name) === key);
    const fault = isParam ? "is a parameter of a meter and stands in a class or node" : "unknown key";
    const where = placed(this.#places.of(this.#map, key), this.title);
    const near = isParam ? "" : didYouMean(key, names);
    const wayOut = near === "" ? ` ${noun} takes ${taken}` : near;
    return new ConfigError("KEY", key, textOf(this.#map[key]), `${fault};${wayOut}`, where);
  }

  has(name: string): boolean {
    return this.#entries.has(name);
  }

  /** Where a key stands, or where the map begins; followed by the title. */
  where(name?: string): string | undefined {
    const entry = name === undefined ? undefined : this.#entries.get(name);
    const line = entry === undefined ? this.#places.start(this.#map) : this.#places.of(this.#map, entry.key);
    return placed(line, this.title);
  }

  value(name: string): unknown {
    return this.#entries.get(name)?.value;
  }

  /** An error at a key; its value is quoted when it is one word or number. */
  fail(code: ConfigErrorCode, name: string, detail: string): ConfigError {
    return new ConfigError(code, name, textOf(this.value(name)), detail, this.where(name));
  }

  /** The one word or number of a key; undefined when it is not given. */
  text(name: string): string | undefined {
    if (!this.has(name)) return undefined;
    return this.textAt(name, { value: this.value(name), where: this.where(name) });
  }

  /** The one word or number of one of a key's values. */
  textAt(name: string, { value, where }: Spot): string {
    const text = textOf(value);
    if (text !== undefined && text !== "") return text;
    const row = this.#rows.get(name) ?? POLICY_PARAMS.find((param) => param.name === name);
    const example = row?.example ?? "";
    if (value === null || value === "") {
      throw new ConfigError("MISSING", name, undefined, `has no value; write one such as "${example}"`, where);
    }
    throw new ConfigError("NUMBER", name, undefined, `must be a text or a number such as "${example}"`, where);
  }

  /** A key's values: the elements of its list, or its one value. */
  spots(name: string): readonly Spot[] {
    const value = this.value(name);
    if (!Array.isArray(value)) return this.has(name) ? [{ value, where: this.where(name) }] : [];
    return value.map((element: unknown, index) => ({
      value: element,
      where: placed(this.#places.of(value, index), this.title) ?? this.where(name),
    }));
  }

  /** One of the words that a key takes. */
  choice<Word extends string>(name: string, words: readonly Word[]): Word | undefined {
    const text = this.text(name);
    const word = words.find((known) => known === text);
    if (text === undefined || word !== undefined) return word;
    throw this.fail("CHOICE", name, `unknown word;${didYouMean(text, words)} it is one of ${listed(words, "or")}`);
  }

  /** A whole number. */
  count(name: string, least: number, most: number): number | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const count = /^\d{1,15}$/u.test(text) ? Number(text) : Number.NaN;
    if (count >= least && count <= most) return count;
    throw this.fail("RANGE", name, `must be a whole number from ${least} to ${most}`);
  }
}

export const NAME_LENGTH_MAX = 64;
const NAME = /^[\p{L}\p{N}][\p{L}\p{N}._-]*$/u;

/**
 * The maps of a list, each with its name in its title: classes, nodes or groups. Throws ConfigError when it is no list
 * of maps, or a name is missing or cannot stand in a report.
 */
export function namedSections(top: Section, list: string, shape: MapShape, places: Places): readonly Section[] {
  const value = top.value(list);
  const word = shape.noun.replace(/^an? /u, "");
  const fields = shape.example ?? `name: uplink, rate: 1 Gbit/s${word === "group" ? "" : ", burst: 1 MB"}`;
  const example = `{${fields}}`;
  if (top.has(list) && !Array.isArray(value)) {
    throw top.fail("FILE", list, `must be a list of maps, such as - ${example}`);
  }
  return top.spots(list).map((spot, index) => {
    if (!isMap(spot.value)) {
      const detail = `${shape.noun} must be a map of keys to values, such as ${example}`;
      throw new ConfigError("FILE", `${list}[${index}]`, textOf(spot.value), detail, spot.where);
    }
    const given = textOf(spot.value["name"]);
    const isNamed = given !== undefined && given.length <= NAME_LENGTH_MAX && NAME.test(given);
    const section = new Section(spot.value, shape, isNamed ? `${word} ${given}` : `${list}[${index}]`, places);
    if (isNamed) return section;
    if (section.text("name") === undefined)
      throw section.fail("MISSING", "name", `is missing; ${shape.noun} needs one`);
    const detail = `must be up to ${NAME_LENGTH_MAX} letters, digits, points, dashes and underscores, and begin with a letter or digit`;
    throw section.fail("CHOICE", "name", detail);
  });
}
