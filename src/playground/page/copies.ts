/** The policy to take away: for Weir, for tc, for nginx, as a link. */
import type { ExportInput } from "../export/exported.ts";
import { EXPORTS } from "../export/targets.ts";
import { element } from "./dom.ts";

const DONE_MS = 1500;

/** The clipboard, or where a browser does not give it to a file, a selection that a key copies. */
async function copyText(text: string, shown: HTMLElement): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    getSelection()?.selectAllChildren(shown);
    return false;
  }
}

/** A button that copies, and says so. */
function copyButton(label: string, textOf: () => string, shown: HTMLElement): HTMLButtonElement {
  const button = element("button", { type: "button" }, label);
  button.addEventListener("click", () => {
    void copyText(textOf(), shown).then((isCopied) => {
      button.textContent = isCopied ? "Copied" : "Selected: press Ctrl+C";
      setTimeout(() => {
        button.textContent = label;
      }, DONE_MS);
    });
  });
  return button;
}

export class Copies {
  readonly #text = element("code");
  readonly #remarks = element("ul", { class: "remarks", id: "remarks" });
  readonly #copy: HTMLButtonElement;
  readonly #link = element("code", { class: "link", id: "link" });
  #target = EXPORTS[0]!;
  #input: ExportInput | undefined;

  constructor(root: HTMLElement) {
    const choices = EXPORTS.map((target, index) => {
      const attributes = { type: "radio", name: "export", value: target.id, checked: index === 0 };
      const box = element("input", attributes);
      box.addEventListener("change", () => {
        this.#target = target;
        this.#render();
      });
      return element("label", { class: "choice" }, box, target.label);
    });
    const text = element("pre", { id: "export", tabindex: 0, "aria-label": "the policy" }, this.#text);
    this.#copy = copyButton("Copy", () => this.#text.textContent ?? "", this.#text);
    const legend = element("legend", { class: "away" }, "write it as");
    const link = element("p", { class: "bar" }, "Link to this policy: ", this.#link, " ");
    link.append(copyButton("Copy link", () => location.href, this.#link));
    root.append(element("fieldset", {}, legend, ...choices), text, this.#copy, this.#remarks, link);
  }

  show(input: ExportInput): void {
    this.#input = input;
    this.#render();
  }

  #render(): void {
    if (this.#input === undefined) return;
    const { text, remarks } = this.#target.make(this.#input);
    this.#text.textContent = text ?? "";
    this.#text.parentElement!.hidden = text === null;
    this.#copy.hidden = text === null;
    this.#remarks.replaceChildren(...remarks.map((remark) => element("li", {}, remark)));
    this.#link.textContent = location.hash;
  }
}
