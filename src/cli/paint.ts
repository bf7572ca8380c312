/** Colors for a terminal, and for nothing else: https://no-color.org is honored. */
import { styleText } from "node:util";
import type { Paint } from "../report/text.ts";

export function paintFor(stream: NodeJS.WriteStream): Paint {
  const noColor = process.env["NO_COLOR"] ?? "";
  if (!stream.isTTY || noColor !== "") return (_, text) => text;
  // The terminal was looked at above; a second look by Node would take CI=true for "no colors".
  return (style, text) => styleText(style, text, { validateStream: false });
}
