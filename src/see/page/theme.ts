/** The colors of the charts: those of the style sheet, so that light, dark and print are said once. */

export type ColorName =
  "ink" | "quiet" | "grid" | "ground" | "level" | "green-line" | "yellow-line" | "red-line" | "limit";

/** The color as it is now. */
export function colorOf(name: ColorName): string {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

/** Calls back whenever light turns dark, or paper. */
export function onThemeChange(changed: () => void): void {
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", changed);
  matchMedia("print").addEventListener("change", changed);
}
