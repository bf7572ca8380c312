/** Names of a chart's lines, each a button that hides or shows it. */
import { element } from "./dom.ts";

export class Legend {
  readonly #hidden = new Set<string>();
  readonly #root: HTMLElement;
  readonly #onToggle: () => void;

  constructor(root: HTMLElement, onToggle: () => void) {
    this.#root = root;
    this.#onToggle = onToggle;
  }

  isShown(name: string): boolean {
    return !this.#hidden.has(name);
  }

  /** Classes of the style sheet, by name. */
  show(names: readonly string[]): void {
    const known = [...this.#root.querySelectorAll("button")].map(({ textContent }) => textContent);
    if (known.join() === names.join()) return;
    this.#root.replaceChildren(...names.map((name) => this.#button(name)));
  }

  #button(name: string): HTMLElement {
    const button = element("button", { type: "button", "aria-pressed": this.isShown(name) }, name);
    button.className = `key ${name}`;
    button.addEventListener("click", () => {
      if (!this.#hidden.delete(name)) this.#hidden.add(name);
      button.setAttribute("aria-pressed", String(this.isShown(name)));
      this.#onToggle();
    });
    return button;
  }
}
