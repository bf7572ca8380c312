/** What the bytes of a terminal's keyboard mean. Pure. */

export type Key = "quit" | "interrupt" | "pause" | "faster" | "slower" | "up" | "down" | "sort" | "suspend";

const KEYS: readonly (readonly [string, Key])[] = [
  // Raw mode hands these over as bytes.
  ["\u0003", "interrupt"],
  ["\u001A", "suspend"],
  ["\u001B[A", "up"],
  ["\u001BOA", "up"],
  ["\u001B[B", "down"],
  ["\u001BOB", "down"],
  ["q", "quit"],
  ["Q", "quit"],
  ["p", "pause"],
  ["P", "pause"],
  [" ", "pause"],
  ["+", "faster"],
  ["=", "faster"],
  ["-", "slower"],
  ["_", "slower"],
  ["k", "up"],
  ["j", "down"],
  ["s", "sort"],
  ["S", "sort"],
];

/** A sequence that stands for a key that is not used here, such as F5. */
// oxlint-disable-next-line no-control-regex -- keyboards send them.
const OTHER_SEQUENCE = /^\u001B(?:\[[0-9;?]*[ -/]*[@-~]|O.|.)?/u;

/** The keys in what was read, in order; anything else is left out. */
export function keysIn(text: string): Key[] {
  const keys: Key[] = [];
  let rest = text;
  while (rest.length > 0) {
    const known = KEYS.find(([bytes]) => rest.startsWith(bytes));
    if (known !== undefined) keys.push(known[1]);
    const length = known?.[0].length ?? OTHER_SEQUENCE.exec(rest)?.[0].length ?? 1;
    rest = rest.slice(Math.max(1, length));
  }
  return keys;
}
