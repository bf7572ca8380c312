/** Reads source text as far as the tidy rules need it: what is code, what a file imports, how long functions are. */

type Kind = "line" | "block" | "'" | '"' | "`" | "regex";

/** The text with comments and the inside of literals blanked out; lines and positions stay. Code in templates stays. */
export function codeOf(text: string): string {
  const out = Array.from(text.matchAll(/[\s\S]/g), ([unit]) => unit);
  const blank = (from: number, to: number) => {
    for (let at = from; at < Math.min(to, text.length); at += 1) if (text[at] !== "\n") out[at] = " ";
  };
  /** Depths of braces at which a template goes on. */
  const templates: number[] = [];
  let depth = 0;
  for (let at = 0; at < text.length;) {
    const isTemplateEnd = text[at] === "}" && templates.at(-1) === depth;
    const kind = isTemplateEnd ? "`" : literalAt(text, out, at);
    if (isTemplateEnd) templates.pop();
    if (kind === undefined) {
      depth += text[at] === "{" ? 1 : text[at] === "}" ? -1 : 0;
      at += 1;
      continue;
    }
    const end = literalEnd(text, at, kind);
    const isPause = kind === "`" && text.startsWith("${", end - 2);
    if (isPause) templates.push(depth);
    // Delimiters stay, for what follows them is told apart by them; the braces of a template's code go, as a pair.
    const isComment = kind === "line" || kind === "block";
    blank(isComment || isTemplateEnd ? at : at + 1, isComment || isPause ? end : end - 1);
    at = end;
  }
  return out.join("");
}

/** What begins here; a slash divides after a value, and begins a regular expression elsewhere. */
function literalAt(text: string, before: readonly string[], at: number): Kind | undefined {
  const char = text[at]!;
  if (char === "'" || char === '"' || char === "`") return char;
  if (char !== "/") return undefined;
  if (text[at + 1] === "/") return "line";
  if (text[at + 1] === "*") return "block";
  const head = before
    .slice(Math.max(0, at - 40), at)
    .join("")
    .trimEnd();
  return /[\w$)\]}"'`]$/u.test(head) && !/\b(?:return|case|typeof)$/u.test(head) ? undefined : "regex";
}

/** Behind the literal, or behind the `${` where a template pauses. */
function literalEnd(text: string, start: number, kind: Kind): number {
  if (kind === "line") return indexOrEnd(text, "\n", start);
  if (kind === "block") return indexOrEnd(text, "*/", start + 2) + 2;
  const close = kind === "regex" ? "/" : kind;
  let isInClass = false;
  for (let at = start + 1; at < text.length; at += 1) {
    if (text[at] === "\\") at += 1;
    else if (kind === "`" && text.startsWith("${", at)) return at + 2;
    else if (kind === "regex" && text[at] === "[") isInClass = true;
    else if (kind === "regex" && text[at] === "]") isInClass = false;
    else if (text[at] === close && !isInClass) return at + 1;
  }
  return text.length;
}

function indexOrEnd(text: string, part: string, from: number): number {
  const at = text.indexOf(part, from);
  return at < 0 ? text.length : at;
}

export interface FunctionSpan {
  /** The line that opens its body, trimmed. */
  readonly head: string;
  readonly line: number;
  readonly lines: number;
}

const STATEMENTS = new Set(["if", "for", "while", "switch", "catch", "with"]);
const HEAD_CHARS_MAX = 2000;

/** Whether a brace behind this code opens a function's body: after `=>`, or after `name(...)` and a result type. */
function opensFunction(before: string): boolean {
  // Describing tests nests functions that have nothing in common.
  if (/\bdescribe\b[^\n]*$/u.test(before) || /\bclass\b[^\n]*$/u.test(before)) return false;
  if (/=>\s*$/u.test(before)) return true;
  const head = before.replace(/\)\s*:\s*[\w$][^;(){}]*$/u, ")").trimEnd();
  if (!head.endsWith(")")) return false;
  let depth = 0;
  for (let at = head.length - 1; at >= 0; at -= 1) {
    depth += head[at] === ")" ? 1 : head[at] === "(" ? -1 : 0;
    if (depth > 0) continue;
    const [word] = /[\w$>]*$/u.exec(head.slice(0, at).trimEnd())!;
    return word !== "" && !STATEMENTS.has(word);
  }
  return false;
}

/** Functions with a body in braces, outermost lines included; bodies of `describe` are none. */
export function functionsOf(text: string): FunctionSpan[] {
  const code = codeOf(text);
  const spans: FunctionSpan[] = [];
  const open: { readonly head: string; readonly line: number; readonly isFunction: boolean }[] = [];
  let line = 1;
  for (let at = 0; at < code.length; at += 1) {
    if (code[at] === "\n") line += 1;
    if (code[at] === "{") {
      const isFunction = opensFunction(code.slice(Math.max(0, at - HEAD_CHARS_MAX), at));
      open.push({ head: lineAt(text, at), line, isFunction });
    } else if (code[at] === "}") {
      const opened = open.pop();
      if (opened?.isFunction === true)
        spans.push({ head: opened.head, line: opened.line, lines: line - opened.line + 1 });
    }
  }
  return spans;
}

function lineAt(text: string, at: number): string {
  return text.slice(text.lastIndexOf("\n", at) + 1, indexOrEnd(text, "\n", at)).trim();
}

export interface Import {
  readonly from: string;
  /** Erased when compiled. */
  readonly isType: boolean;
}

/** Imports and re-exports, static and dynamic, of a file. */
export function importsOf(text: string): Import[] {
  const statements = text.matchAll(/^(?:import|export)\s(?<what>[^;"']*?)\bfrom\s*["'](?<from>[^"']+)["']/gmu);
  const bare = text.matchAll(/(?:^import\s*|\bimport\(\s*)["'](?<from>[^"']+)["']/gmu);
  return [...statements, ...bare].map(({ groups }) => ({
    from: groups!["from"]!,
    isType: /^type\b/u.test(groups!["what"] ?? ""),
  }));
}
