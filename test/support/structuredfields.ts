/** Lists of items as RFC 9651, section 4.2, parses them: what a strict client makes of a field. Throws for what is none. */

export type BareItem = string | number | Uint8Array;

export interface Item {
  readonly value: BareItem;
  readonly parameters: Readonly<Record<string, BareItem>>;
}

class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  list(): Item[] {
    const items: Item[] = [];
    this.#skip(/ */y);
    while (this.#at < this.#text.length) {
      items.push(this.#item());
      this.#skip(/[ \t]*/y);
      if (this.#at === this.#text.length) return items;
      this.#need(/,/y);
      this.#skip(/[ \t]*/y);
      if (this.#at === this.#text.length) throw new Error("trailing comma");
    }
    return items;
  }

  #item(): Item {
    const value = this.#bareItem();
    const parameters: Record<string, BareItem> = {};
    while (this.#text[this.#at] === ";") {
      this.#at += 1;
      this.#skip(/ */y);
      const [key] = this.#need(/[a-z*][a-z0-9_.*-]*/y);
      this.#need(/=/y);
      parameters[key] = this.#bareItem();
    }
    return { value, parameters };
  }

  #bareItem(): BareItem {
    const next = this.#text[this.#at] ?? "";
    if (next === '"')
      return this.#need(/"((?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\])*)"/y)[1]!.replaceAll(/\\(.)/gu, "$1");
    if (next === ":") return Buffer.from(this.#need(/:([A-Za-z0-9+/=]*):/y)[1]!, "base64");
    return Number(this.#need(/-?\d{1,15}(?![\d.])/y)[0]);
  }

  #skip(pattern: RegExp): void {
    this.#need(pattern);
  }

  #need(pattern: RegExp): RegExpExecArray {
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.#text);
    if (match === null) throw new Error(`at ${this.#at} of ${this.#text}: ${pattern.source} is needed`);
    this.#at = pattern.lastIndex;
    return match;
  }
}

/** The items of a list. */
export function parseList(text: string): Item[] {
  return new Reader(text).list();
}
