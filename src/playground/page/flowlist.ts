/** The table of flows: sorted by a column, searched by name; a flow's button shows its level. */
import { grouped } from "../../report/number.ts";
import type { FlowQuery, FlowRow, FlowRows, FlowSort } from "../picture/flowtable.ts";
import { element } from "./dom.ts";
import { shareText } from "./format.ts";

const ROWS_MAX = 50;
const COLUMNS: readonly (readonly [FlowSort, string])[] = [
  ["packets", "packets"],
  ["bytes", "bytes"],
  ["redPackets", "red packets"],
  ["redBytes", "red bytes"],
  ["redShare", "red"],
];

export class FlowList {
  readonly #table: HTMLElement;
  readonly #note: HTMLElement;
  readonly #body = element("tbody");
  readonly #heads = new Map<FlowSort, HTMLElement>();
  readonly #onQuery: (query: FlowQuery) => void;
  readonly #onFlow: (flow: number) => void;
  #query: FlowQuery = { sort: "redBytes", isAscending: false, search: "", rowsMax: ROWS_MAX };

  constructor(root: HTMLElement, onQuery: (query: FlowQuery) => void, onFlow: (flow: number) => void) {
    this.#onQuery = onQuery;
    this.#onFlow = onFlow;
    const search = element("input", { type: "search", id: "search", placeholder: "part of a name, such as 10.0.0.1" });
    search.addEventListener("input", () => this.#ask({ search: search.value }));
    this.#note = element("span", { class: "hint", id: "flows-note" });
    const head = element(
      "tr",
      {},
      element("th", { scope: "col" }, "flow"),
      ...COLUMNS.map((column) => this.#head(...column)),
    );
    this.#table = element("table", { id: "flows" }, element("thead", {}, head), this.#body);
    const bar = element("p", { class: "bar" }, element("label", { for: "search" }, "search "), search, " ", this.#note);
    root.append(
      bar,
      element("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "flows" }, this.#table),
    );
  }

  get query(): FlowQuery {
    return this.#query;
  }

  #head(sort: FlowSort, text: string): HTMLElement {
    const button = element("button", { type: "button", "data-sort": sort }, text);
    button.addEventListener("click", () => {
      const isAscending = this.#query.sort === sort && !this.#query.isAscending;
      this.#ask({ sort, isAscending });
    });
    const head = element("th", { scope: "col" }, button);
    this.#heads.set(sort, head);
    return head;
  }

  #ask(change: Partial<FlowQuery>): void {
    this.#query = { ...this.#query, ...change };
    this.#onQuery(this.#query);
  }

  show({ rows, found, flows }: FlowRows, shownFlow: number | null): void {
    const { sort, isAscending, search } = this.#query;
    for (const [name, head] of this.#heads) {
      head.setAttribute("aria-sort", name !== sort ? "none" : isAscending ? "ascending" : "descending");
    }
    const found1 = search.trim() === "" ? "" : `${grouped(found)} found of `;
    this.#note.textContent = `${grouped(rows.length)} shown, ${found1}${grouped(flows)} flows`;
    const focused = document.activeElement instanceof HTMLElement ? document.activeElement.dataset["flow"] : undefined;
    this.#body.replaceChildren(...rows.map((row) => this.#row(row, row.flow === shownFlow)));
    if (focused !== undefined) this.#body.querySelector<HTMLElement>(`[data-flow="${focused}"]`)?.focus();
  }

  #row(row: FlowRow, isShown: boolean): HTMLElement {
    const button = element("button", { type: "button", "data-flow": row.flow, "aria-pressed": isShown }, row.name);
    button.addEventListener("click", () => this.#onFlow(row.flow));
    const numbers = [row.packets, row.bytes, row.redPackets, row.redBytes].map((value) =>
      element("td", { "data-value": value }, grouped(value)),
    );
    const share = element("td", {}, shareText(row.redPackets, row.packets));
    return element("tr", { class: isShown ? "shown" : "" }, element("th", { scope: "row" }, button), ...numbers, share);
  }
}
