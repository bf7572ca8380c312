/** Just enough HTML to write tables with. */
import { element, escaped } from "./svg.ts";

export interface HtmlColumn {
  readonly title: string;
  /** Numbers stand to the right. */
  readonly isText?: boolean;
}

/** A cell's text, or a text with a bar of so many parts of one behind it. */
export type HtmlCell = string | { readonly text: string; readonly part: number };

export function paragraph(text: string, kind?: string): string {
  return element("p", kind === undefined ? {} : { class: kind }, escaped(text));
}

export function section(id: string, title: string, parts: readonly string[]): string {
  const heading = element("h2", { id: `${id}-title` }, escaped(title));
  return element("section", { id, "aria-labelledby": `${id}-title` }, `\n${[heading, ...parts].join("\n")}\n`);
}

function cellHtml(cell: HtmlCell, { isText }: HtmlColumn): string {
  const kind = isText === true ? {} : { class: "number" };
  if (typeof cell === "string") return element("td", kind, escaped(cell));
  const style = `--part:${cell.part.toFixed(4)}`;
  const bar = cell.part === 0 ? "" : element("span", { class: "bar", style }, "");
  return element("td", { class: "barred" }, `${bar}${element("span", { class: "over" }, escaped(cell.text))}`);
}

/** A table with its heads; the first column of a row is its head when it is text. */
export function tableHtml(
  caption: string,
  columns: readonly HtmlColumn[],
  rows: readonly (readonly HtmlCell[])[],
): string {
  const heads = columns.map(({ title, isText }) =>
    element("th", { scope: "col", ...(isText === true ? {} : { class: "number" }) }, escaped(title)),
  );
  const body = rows.map((row) => element("tr", {}, row.map((cell, index) => cellHtml(cell, columns[index]!)).join("")));
  const table = element(
    "table",
    {},
    [
      element("caption", {}, escaped(caption)),
      element("thead", {}, element("tr", {}, heads.join(""))),
      element("tbody", {}, `\n${body.join("\n")}\n`),
    ].join("\n"),
  );
  return element("div", { class: "scroll" }, table);
}
