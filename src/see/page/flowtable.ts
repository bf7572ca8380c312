/** The table of flows: sorted by any column, searched by words, shown a page at a time. */
import type { FlowRow } from "../document.ts";

const PAGE_ROWS = 50;

interface Column {
  readonly title: string;
  readonly isText: boolean;
  readonly value: (row: FlowRow) => number | string;
  readonly text: (row: FlowRow) => string;
}

function grouped(value: number | string): string {
  return String(value).replace(/\B(?=(\d{3})+(?!\d))/gu, ",");
}

function number(title: string, index: 1 | 2 | 3 | 4 | 5): Column {
  return { title, isText: false, value: (row) => Number(row[index]), text: (row) => grouped(row[index]) };
}

function seconds(title: string, index: 6 | 7): Column {
  return { title, isText: false, value: (row) => row[index], text: (row) => (row[index] / 1e9).toFixed(3) };
}

function redPart(row: FlowRow): number {
  return Number(row[2]) === 0 ? 0 : Number(row[5]) / Number(row[2]);
}

function words(title: string, index: 0 | 8): Column {
  return { title, isText: true, value: (row) => row[index], text: (row) => row[index] };
}

function columnsOf(hasYellow: boolean, hasClasses: boolean): Column[] {
  return [
    words("flow", 0),
    number("packets", 1),
    number("bytes", 2),
    ...(hasYellow ? [number("yellow bytes", 3)] : []),
    number("red packets", 4),
    number("red bytes", 5),
    { title: "red", isText: false, value: redPart, text: (row) => `${(redPart(row) * 100).toFixed(2)} %` },
    seconds("first, s", 6),
    seconds("last, s", 7),
    ...(hasClasses ? [words("class", 8)] : []),
  ];
}

function made<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  properties: Partial<HTMLElementTagNameMap[Name]>,
  ...children: readonly (Node | string)[]
): HTMLElementTagNameMap[Name] {
  const node = Object.assign(document.createElement(name), properties);
  node.append(...children);
  return node;
}

export class FlowTable {
  readonly #rows: readonly FlowRow[];
  readonly #columns: readonly Column[];
  readonly #body = made("tbody", {});
  readonly #heads: readonly HTMLTableCellElement[];
  readonly #status = made("p", { className: "small", role: "status" });
  readonly #more = made("button", { type: "button", textContent: "Show more" });
  #sortIndex: number;
  #isDescending = true;
  #words: readonly string[] = [];
  #shownMax = PAGE_ROWS;

  /** Takes the place of the static table in `host`, whose caption it keeps. */
  constructor(host: HTMLElement, rows: readonly FlowRow[], hasYellow: boolean) {
    const hasClasses = rows.some((row) => row[8] !== "");
    this.#rows = rows;
    this.#columns = columnsOf(hasYellow, hasClasses);
    this.#sortIndex = this.#columns.findIndex(({ title }) => title === "red bytes");
    this.#heads = this.#columns.map((column, index) => this.#headOf(column, index));
    const caption = host.querySelector("caption")?.textContent ?? "";
    const table = made(
      "table",
      {},
      made("caption", { textContent: caption }),
      made("thead", {}, made("tr", {}, ...this.#heads)),
      this.#body,
    );
    this.#more.addEventListener("click", () => {
      this.#shownMax += 4 * PAGE_ROWS;
      this.#show();
    });
    host.replaceChildren(this.#searchBox(), this.#status, made("div", { className: "scroll" }, table), this.#more);
    this.#show();
  }

  #headOf({ title, isText }: Column, index: number): HTMLTableCellElement {
    const button = made("button", { type: "button", textContent: title });
    button.addEventListener("click", () => {
      this.#isDescending = this.#sortIndex === index ? !this.#isDescending : !isText;
      this.#sortIndex = index;
      this.#show();
    });
    return made("th", { scope: "col", className: isText ? "" : "number" }, button);
  }

  #searchBox(): HTMLElement {
    const input = made("input", {
      type: "search",
      id: "flow-search",
      placeholder: "udp 10.0.0. 443",
      spellcheck: false,
    });
    input.addEventListener("input", () => {
      this.#words = input.value
        .toLowerCase()
        .split(/\s+/u)
        .filter((word) => word !== "");
      this.#shownMax = PAGE_ROWS;
      this.#show();
    });
    return made(
      "p",
      { className: "search" },
      made("label", { htmlFor: input.id, textContent: "Search flows " }),
      input,
    );
  }

  #found(): FlowRow[] {
    const { value } = this.#columns[this.#sortIndex]!;
    const sign = this.#isDescending ? -1 : 1;
    const compare = (left: FlowRow, right: FlowRow) => {
      const [a, b] = [value(left), value(right)];
      return a === b ? 0 : sign * (a < b ? -1 : 1);
    };
    const has = (row: FlowRow) => {
      const text = `${row[0]} ${row[8]}`.toLowerCase();
      return this.#words.every((word) => text.includes(word));
    };
    return this.#rows.filter(has).toSorted(compare);
  }

  #show(): void {
    const found = this.#found();
    const shown = found.slice(0, this.#shownMax);
    const lines = shown.map((row) =>
      made(
        "tr",
        {},
        ...this.#columns.map((column) =>
          made("td", { className: column.isText ? "" : "number", textContent: column.text(row) }),
        ),
      ),
    );
    this.#body.replaceChildren(...lines);
    for (const [index, head] of this.#heads.entries()) {
      if (index === this.#sortIndex) head.ariaSort = this.#isDescending ? "descending" : "ascending";
      else head.removeAttribute("aria-sort");
    }
    this.#status.textContent = `${grouped(shown.length)} of ${grouped(found.length)} rows shown`;
    this.#more.hidden = shown.length === found.length;
  }
}
