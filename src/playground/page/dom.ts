/** Elements, in few words. Texts are always text nodes: nothing out of a capture or a URL becomes markup. */

type Attributes = Readonly<Record<string, string | number | boolean>>;
type Child = Node | string;

/** An element with attributes and children; true is an attribute without a value, false none. */
export function element<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  attributes: Attributes = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[Name] {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== false) made.setAttribute(key, value === true ? "" : String(value));
  }
  made.append(...children);
  return made;
}

/** The element of the page with that id. Throws Error when the page has none. */
export function byId(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`the page has no element ${id}`);
  return found;
}
