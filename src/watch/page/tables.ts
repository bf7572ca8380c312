/** The tables of a watch as elements of the page. */
import { grouped } from "../../report/number.ts";
import { shortLevelText } from "../../see/axis.ts";
import type { Cost } from "../../types.ts";
import { COLOR_NAMES, type LiveColors } from "../counts.ts";
import type { LevelNow } from "../levels.ts";
import { classesTable, flowsTable, nodesTable, type ShownCell, type ShownTable, totalsTable } from "../tables.ts";
import type { Look } from "../web/look.ts";
import { ORDERS } from "../worst.ts";
import { element } from "./dom.ts";

/** From here on a level is shown as near its limit. */
const NEAR = 0.9;

function levelCell({ level, depth }: LevelNow, cost: Cost): HTMLElement {
  const part = level / depth;
  const bar = element("span", { class: part >= NEAR ? "bar near" : "bar" });
  bar.style.setProperty("--part", String(Math.min(1, part)));
  return element("td", { class: "barred level" }, bar, element("span", { class: "over" }, shortLevelText(cost, level)));
}

/** One bar parted by color, by bytes. */
function partsCell(colors: LiveColors): HTMLElement {
  const parts = COLOR_NAMES.filter((color) => colors[color].bytes > 0).map((color) => {
    const part = element("span", { class: color, title: `${color} ${grouped(colors[color].bytes)} bytes` });
    part.style.flexGrow = String(colors[color].bytes);
    return part;
  });
  return element("td", { class: "parts" }, element("div", {}, ...parts));
}

function cellOf(cell: ShownCell, isText: boolean | undefined): HTMLElement {
  if (typeof cell === "string") return element("td", isText === true ? {} : { class: "number" }, cell);
  return "parts" in cell ? partsCell(cell.parts) : levelCell(cell.level, cell.cost);
}

/** A table that is written anew with every look; it is not there while it has no rows. */
class LiveTable {
  readonly host: HTMLElement;
  readonly #head = element("thead", {});
  readonly #body = element("tbody", {});

  constructor(title: string) {
    const table = element("table", {}, this.#head, this.#body);
    this.host = element("section", {}, element("h2", {}, title), element("div", { class: "scroll" }, table));
  }

  show({ columns, rows }: ShownTable): void {
    this.host.hidden = rows.length === 0;
    const heads = columns.map(({ title, isText }) =>
      element("th", { scope: "col", ...(isText === true ? {} : { class: "number" }) }, title),
    );
    this.#head.replaceChildren(element("tr", {}, ...heads));
    const lines = rows.map(({ cells }) =>
      element("tr", {}, ...cells.map((cell, index) => cellOf(cell, columns[index]!.isText))),
    );
    this.#body.replaceChildren(...lines);
  }
}

export class Tables {
  readonly #totals = new LiveTable("Totals");
  readonly #classes = new LiveTable("Classes");
  readonly #nodes = new LiveTable("Nodes");
  readonly #flows = new LiveTable("Worst flows");
  /** What stands above the chart, and below it. */
  readonly above: readonly HTMLElement[] = [this.#totals.host];
  readonly below: readonly HTMLElement[] = [this.#classes.host, this.#nodes.host, this.#flows.host];

  show(look: Look): void {
    this.#totals.show(totalsTable(look));
    this.#classes.show(classesTable(look));
    this.#nodes.show(nodesTable(look));
    this.#flows.show(flowsTable(look, ORDERS[0]));
  }
}
