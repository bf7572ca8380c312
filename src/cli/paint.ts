/** Colors for a terminal, and for nothing else: https://no-color.org is honored. */
import { styleText } from "node:util";
import type { Paint } from "../report/text.ts";

export function paintFor(stream: NodeJS.WriteStream): Paint {
  const noColor = process.env["NO_COLOR"] ?? "";
  if (!stream.isTTY || noColor !== "") return (_, text) => text;
  return (style, text) => styleText(style, text);
}
