/** Addresses that proxies hand on. Each adds the one it was called from at the right; what is further left is hearsay. */

/** The entry that the outermost of so many trusted proxies wrote; undefined when fewer of them did. */
export function trustedEntry(entries: readonly string[], proxies: number): string | undefined {
  return entries[entries.length - proxies];
}

/** The entries of X-Forwarded-For. */
export function entriesOfList(value: string): readonly string[] {
  return value.split(",");
}

/** RFC 7239, section 4: a pair, token "=" ( token / quoted-string ), or none, and what separates it from the next. */
const PAIR = /\s*(?:([\w!#$%&'*+.^`|~-]+)=(?:([\w!#$%&'*+.^`|~-]+)|"((?:[^"\\]|\\[^])*)"))?\s*(;|,|$)/uy;

/**
 * The "for" of each element of Forwarded, "" where it has none. Undefined for a value that is not well-formed: an open
 * quote of a client's would hide what proxies add.
 */
export function entriesOfForwarded(value: string): readonly string[] | undefined {
  const entries: string[] = [];
  const element = new Map<string, string>();
  PAIR.lastIndex = 0;
  for (;;) {
    // Each match but the last is of one character or more; the last, at the end, has no separator.
    const match = PAIR.exec(value);
    if (match === null) return undefined;
    const [, name, token, quoted = "", separator] = match;
    if (name !== undefined) {
      const parameter = name.toLowerCase();
      if (element.has(parameter)) return undefined;
      element.set(parameter, token ?? quoted.replaceAll(/\\([^])/gu, "$1"));
    }
    if (separator === ";") continue;
    if (element.size > 0) entries.push(element.get("for") ?? "");
    if (separator === "") return entries;
    element.clear();
  }
}
