/** How pictures look: colors by the ground they are on, and a shape for each verdict. */
import type { Color } from "../../types.ts";
import { element, px } from "../svg.ts";

const MARK_PX = 4.5;

/**
 * Colors that most people with color blindness tell apart (after Okabe and Ito), and a shape for each verdict. One set
 * on a light ground, one on a dark one.
 */
const LIGHT = `
svg{font:12px system-ui,-apple-system,"Segoe UI",Helvetica,Arial,sans-serif}
.ground{fill:#fff}text{fill:#1f2328}.small,.beside{fill:#59636e}.beside{paint-order:stroke;stroke:#fff;stroke-width:4px}.head{font-weight:600}.right{text-anchor:end}.middle{text-anchor:middle}
.grid{stroke:#d1d9e0;stroke-width:1}.axis{stroke:#818b98;stroke-width:1}.limit{stroke:#59636e;stroke-width:1.5;stroke-dasharray:6 4}
.level{fill:none;stroke:#0969da;stroke-width:2;stroke-linejoin:round}.reach{stroke:#b3440c;stroke-width:1;stroke-dasharray:1 3}
.mark{stroke-width:1.5}.green{fill:#009e73;stroke:#00694d}.yellow{fill:#f0c419;stroke:#7a5b00}.red{fill:none;stroke:#b3440c;stroke-width:2.5}
.open{fill:#fff}
`;
const DARK = `
.ground,.open{fill:#0d1117}text{fill:#e6edf3}.small,.beside{fill:#9ea7b3}.beside{stroke:#0d1117}.grid{stroke:#2a313c}.axis{stroke:#6e7681}
.limit{stroke:#9ea7b3}.level{stroke:#58a6ff}.green{fill:#2fbf94;stroke:#a5efd5}.yellow{fill:#f0c419;stroke:#fbe9a0}.red,.reach{stroke:#ff8c61}.open{fill:#0d1117}
`;
/** Of rates, of rows of ticks, and of levels that go up and down hundreds of times. */
const LINES_LIGHT = `
.level{stroke-width:1.25}.line{fill:none;stroke-width:1.5;stroke-linejoin:round}.ink{stroke:#1f2328}.green-line{stroke:#00795a}.yellow-line{stroke:#a87900}.red-line{stroke:#b3440c}
`;
const LINES_DARK = `
.ink{stroke:#e6edf3}.green-line{stroke:#2fbf94}.yellow-line{stroke:#f0c419}.red-line{stroke:#ff8c61}
`;

function sheet(light: string, dark: string): string {
  return `${light}@media (prefers-color-scheme:dark){${dark}}`.replaceAll("\n", "");
}

/** Of levels and marks. */
export const STYLE = sheet(LIGHT, DARK);
/** Of those and of rates. */
export const STYLE_WITH_LINES = sheet(LIGHT + LINES_LIGHT, DARK + LINES_DARK);

/** The picture as it is on a light ground, for what knows no other (resvg reads no media queries). */
export function onLightGround(svg: string): string {
  return svg.replace(/@media \(prefers-color-scheme:dark\)\{.*?\}\}/u, "");
}

const NAMES = ["green", "yellow", "red"] as const;

/** The mark of a packet: filled where it was charged. A cross does not tell. */
export function shapeOf(color: Color, isCharged: boolean, x: number, y: number): string {
  const kind = `mark ${NAMES[color]}${isCharged || color === 2 ? "" : " open"}`;
  if (color === 0) return element("circle", { class: kind, cx: x, cy: y, r: MARK_PX });
  const reach = color === 1 ? MARK_PX * 1.25 : MARK_PX;
  const [left, right, top, bottom] = [x - reach, x + reach, y - reach, y + reach].map(px);
  if (color === 1) {
    return element("path", { class: kind, d: `M${px(x)} ${top}L${right} ${bottom}L${left} ${bottom}Z` });
  }
  return element("path", { class: kind, d: `M${left} ${top}L${right} ${bottom}M${left} ${bottom}L${right} ${top}` });
}
