/** Just enough of JSON Schema (draft 2020-12) for the schema of policies; an unknown keyword is an error. */

export type Schema = Readonly<Record<string, unknown>>;

const ANNOTATIONS = new Set(["$schema", "$defs", "title", "description"]);

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function typeOf(value: unknown): string {
  if (Array.isArray(value)) return "array";
  if (typeof value === "number") return Number.isInteger(value) ? "integer" : "number";
  return value === null ? "null" : typeof value;
}

function deepEqual(left: unknown, right: unknown): boolean {
  return JSON.stringify(left) === JSON.stringify(right);
}

/** Whether values have what a schema asks for. */
export class Validator {
  readonly #root: Schema;

  constructor(root: Schema) {
    this.#root = root;
  }

  isValid(value: unknown, schema: Schema = this.#root): boolean {
    return Object.keys(schema).every((keyword) => this.#holds(keyword, schema, value));
  }

  #resolved(pointer: string): Schema {
    const found = pointer
      .split("/")
      .slice(1)
      .reduce<unknown>((at, part) => (isObject(at) ? at[part] : undefined), this.#root);
    if (!isObject(found)) throw new Error(`no schema at ${pointer}`);
    return found;
  }

  #holds(keyword: string, schema: Schema, value: unknown): boolean {
    const rule = schema[keyword];
    const schemas = rule as readonly Schema[];
    if (ANNOTATIONS.has(keyword) || keyword === "then" || keyword === "else") return true;
    switch (keyword) {
      case "$ref":
        return this.isValid(value, this.#resolved(rule as string));
      case "allOf":
        return schemas.every((each) => this.isValid(value, each));
      case "anyOf":
        return schemas.some((each) => this.isValid(value, each));
      case "not":
        return !this.isValid(value, rule as Schema);
      case "if": {
        const branch = schema[this.isValid(value, rule as Schema) ? "then" : "else"];
        return branch === undefined || this.isValid(value, branch as Schema);
      }
      case "enum":
        return (rule as readonly unknown[]).some((each) => deepEqual(each, value));
      case "const":
        return deepEqual(rule, value);
      case "type":
        return [rule].flat().includes(typeOf(value));
      default:
        return this.#holdsOf(keyword, schema, value);
    }
  }

  /** Keywords that say something of one type only. */
  #holdsOf(keyword: string, schema: Schema, value: unknown): boolean {
    const rule = schema[keyword];
    switch (keyword) {
      case "pattern":
        return typeof value !== "string" || new RegExp(rule as string, "u").test(value);
      case "minLength":
        return typeof value !== "string" || value.length >= (rule as number);
      case "maxLength":
        return typeof value !== "string" || value.length <= (rule as number);
      case "minimum":
        return typeof value !== "number" || value >= (rule as number);
      case "maximum":
        return typeof value !== "number" || value <= (rule as number);
      case "minItems":
        return !Array.isArray(value) || value.length >= (rule as number);
      case "maxItems":
        return !Array.isArray(value) || value.length <= (rule as number);
      case "items":
        return !Array.isArray(value) || value.every((item) => this.isValid(item, rule as Schema));
      default:
        return this.#holdsOfMap(keyword, schema, value);
    }
  }

  #holdsOfMap(keyword: string, schema: Schema, value: unknown): boolean {
    const rule = schema[keyword];
    if (!isObject(value)) return true;
    const known = (schema["properties"] ?? {}) as Readonly<Record<string, Schema>>;
    switch (keyword) {
      case "required":
        return (rule as readonly string[]).every((key) => Object.hasOwn(value, key));
      case "properties":
        return Object.entries(known).every(
          ([key, each]) => !Object.hasOwn(value, key) || this.isValid(value[key], each),
        );
      case "additionalProperties":
        if (rule !== false) throw new Error("additionalProperties is false here");
        return Object.keys(value).every((key) => Object.hasOwn(known, key));
      case "propertyNames":
        return Object.keys(value).every((key) => this.isValid(key, rule as Schema));
      default:
        throw new Error(`unknown keyword ${keyword}`);
    }
  }
}
