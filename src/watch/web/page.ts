/** The page as one text that loads nothing: its own script and style are in it, and the browser holds it to that. */
import { createHash } from "node:crypto";
import type { PageAssets } from "../../see/assets.node.ts";
import { escaped } from "../../see/svg.ts";

export interface Page {
  readonly html: string;
  readonly headers: Readonly<Record<string, string>>;
}

function hashOf(text: string): string {
  return `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
}

/** Makes the page. Nothing may run or be loaded but what is in it; only its own events may be read. */
export function pageOf(capture: string, { script, style, license }: PageAssets): Page {
  // Within an element that holds text alone, only its own end tag could end it.
  const code = `\n/*!\n${license.trim()}\n*/\n${script.trim()}\n`.replaceAll("</script", "<\\/script");
  const html = [
    "<!doctype html>",
    '<html lang="en">',
    "<head>",
    '<meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    '<meta name="color-scheme" content="light dark">',
    '<link rel="icon" href="data:,">',
    `<title>${escaped(capture)} - weir watch</title>`,
    `<style>${style}</style>`,
    "</head>",
    "<body>",
    '<main id="watch"><noscript>This page draws with JavaScript, which is off.</noscript></main>',
    `<script>${code}</script>`,
    "</body>",
    "</html>",
    "",
  ].join("\n");
  const policy = [
    "default-src 'none'",
    `script-src ${hashOf(code)}`,
    `style-src ${hashOf(style)}`,
    "img-src data:",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join("; ");
  return { html, headers: { "content-type": "text/html; charset=utf-8", "content-security-policy": policy } };
}
