/** Where the values of a policy stand in its file, so that an error found later still names the line. */

type Lines = readonly number[] | ReadonlyMap<string, number>;

/** Lines of the values in a document's maps and lists. Of an input that came from no file it knows nothing. */
export class Places {
  readonly fileName: string | undefined;
  readonly #lines = new WeakMap<object, Lines>();

  constructor(fileName?: string) {
    this.fileName = fileName;
  }

  /** Lines of a map's keys, or of a list's elements. */
  set(holder: object, lines: Lines): void {
    this.#lines.set(holder, lines);
  }

  /** "policy.yaml:3" of a map's key or a list's element; undefined when it is not known. */
  of(holder: object, key: string | number): string | undefined {
    const lines = this.#lines.get(holder);
    const line =
      lines instanceof Map ? lines.get(String(key)) : (lines as readonly number[] | undefined)?.[Number(key)];
    return line === undefined || this.fileName === undefined ? undefined : `${this.fileName}:${line}`;
  }

  /** A map less one key; its other keys stand where they stood. */
  without(holder: Readonly<Record<string, unknown>>, key: string): Readonly<Record<string, unknown>> {
    if (!(key in holder)) return holder;
    // Without a prototype, as maps of documents are.
    const rest = Object.assign(Object.create(null) as Record<string, unknown>, holder);
    delete rest[key];
    const lines = this.#lines.get(holder);
    if (lines !== undefined) this.set(rest, lines);
    return rest;
  }

  /** Where a map begins: the first line of its keys. */
  start(holder: object): string | undefined {
    const lines = this.#lines.get(holder);
    const [first] = lines instanceof Map ? lines.keys() : [0];
    return first === undefined ? undefined : this.of(holder, first as string | number);
  }
}
