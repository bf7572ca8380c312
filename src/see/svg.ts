/** Just enough SVG to draw with: elements as text, numbers with as many digits as a screen shows. */

type Attributes = Readonly<Record<string, string | number>>;

/** Two decimals at most: a hundredth of a pixel. */
export function px(value: number): string {
  const text = value.toFixed(2).replace(/\.?0+$/u, "");
  return text === "-0" ? "0" : text;
}

/** Text that is safe between tags and in attributes. */
export function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}

/** One element; numbers are written by `px`. `content` is markup. */
export function element(name: string, attributes: Attributes, content?: string): string {
  const pairs = Object.entries(attributes).map(
    ([key, value]) => ` ${key}="${typeof value === "number" ? px(value) : escaped(value)}"`,
  );
  return content === undefined ? `<${name}${pairs.join("")}/>` : `<${name}${pairs.join("")}>${content}</${name}>`;
}

/** A text of class `kind` at a place. */
export function label(kind: string, x: number, y: number, text: string): string {
  return element("text", { class: kind, x, y }, escaped(text));
}

/** "x,y x,y" of a polyline. */
export function pointList(points: readonly (readonly [number, number])[]): string {
  return points.map(([x, y]) => `${px(x)},${px(y)}`).join(" ");
}
