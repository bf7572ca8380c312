/** A terminal for tests: takes what a program writes as a screen would, and throws at what it does not know. */
import { widthOf } from "../../src/watch/terminal/cells.ts";
import type { ScreenSize } from "../../src/watch/terminal/layout.ts";
import type { Terminal } from "../../src/watch/terminal/picture.ts";

const ESCAPE = "\u001B";
// oxlint-disable-next-line no-control-regex -- terminals are driven with them.
const SEQUENCE = /^\u001B\[(\??)([\d;]*)([A-Za-z])/u;

interface Cell {
  readonly text: string;
  readonly style: string;
}

/** What the escape sequences of a dashboard do: two buffers, a cursor, modes. */
export class Screen {
  columns: number;
  rows: number;
  isAlternate = false;
  isCursorShown = true;
  isWrapping = true;
  isSynchronized = false;
  style = "";
  /** Frames that were begun. */
  frames = 0;
  #cells: Cell[][] = [];
  #row = 0;
  #column = 0;

  constructor({ columns, rows }: ScreenSize) {
    this.columns = columns;
    this.rows = rows;
  }

  write(text: string): void {
    let rest = text;
    while (rest.length > 0) {
      const sequence = SEQUENCE.exec(rest);
      if (sequence !== null) {
        this.#obey(sequence[1] === "?", sequence[2]!, sequence[3]!);
        rest = rest.slice(sequence[0].length);
        continue;
      }
      if (rest.startsWith(ESCAPE)) throw new Error(`an unknown sequence: ${JSON.stringify(rest.slice(0, 12))}`);
      const character = String.fromCodePoint(rest.codePointAt(0)!);
      this.#put(character);
      rest = rest.slice(character.length);
    }
  }

  #obey(isPrivate: boolean, numbers: string, letter: string): void {
    if (isPrivate) return this.#setMode(Number(numbers), letter === "h");
    switch (letter) {
      case "H": {
        const [row = 1, column = 1] = numbers.split(";").map(Number);
        this.#row = row - 1;
        this.#column = column - 1;
        if (row > this.rows) throw new Error(`row ${row} of ${this.rows}`);
        return undefined;
      }
      case "J":
        this.#cells = [];
        return undefined;
      case "K":
        if (numbers !== "2") throw new Error("a line is cleared as a whole, before it is written");
        this.#cells[this.#row] = [];
        return undefined;
      case "m":
        this.style = numbers === "0" ? "" : numbers;
        return undefined;
      default:
        throw new Error(`an unknown sequence: ${numbers}${letter}`);
    }
  }

  #setMode(mode: number, isOn: boolean): void {
    if (mode === 1049) {
      this.isAlternate = isOn;
      this.#cells = [];
    } else if (mode === 25) this.isCursorShown = isOn;
    else if (mode === 7) this.isWrapping = isOn;
    else if (mode === 2026) {
      this.isSynchronized = isOn;
      if (isOn) this.frames += 1;
    } else throw new Error(`an unknown mode: ${mode}`);
  }

  #put(character: string): void {
    if (/\p{Cc}/u.test(character)) throw new Error(`a control character: ${JSON.stringify(character)}`);
    if (!this.isAlternate || this.isWrapping) throw new Error("a dashboard draws on the other screen, without wrap");
    const width = widthOf(character);
    if (this.#column + width > this.columns) {
      throw new Error(`${JSON.stringify(character)} does not fit: the line is ${this.lines()[this.#row]}`);
    }
    const line = (this.#cells[this.#row] ??= []);
    while (line.length < this.#column) line.push({ text: " ", style: "" });
    if (width === 0) return;
    line[this.#column] = { text: character, style: this.style };
    if (width === 2) line[this.#column + 1] = { text: "", style: this.style };
    this.#column += width;
  }

  /** What stands on each row, without spaces at its end. */
  lines(): string[] {
    return Array.from({ length: this.rows }, (_, row) =>
      (this.#cells[row] ?? [])
        .map(({ text }) => text)
        .join("")
        .trimEnd(),
    );
  }

  text(): string {
    return this.lines().join("\n");
  }

  /** The first line that holds this text. */
  line(part: string): string {
    const found = this.lines().find((line) => line.includes(part));
    if (found === undefined) throw new Error(`no line with ${JSON.stringify(part)} in\n${this.text()}`);
    return found;
  }

  /** The style of the first cell of a text. */
  styleOf(part: string): string {
    const row = this.lines().findIndex((line) => line.includes(part));
    if (row === -1) throw new Error(`no line with ${JSON.stringify(part)} in\n${this.text()}`);
    const before = widthOf(this.lines()[row]!.slice(0, this.lines()[row]!.indexOf(part)));
    return this.#cells[row]![before]!.style;
  }

  /** As a program should leave it. */
  get isClean(): boolean {
    return !this.isAlternate && this.isCursorShown && this.isWrapping && !this.isSynchronized && this.style === "";
  }
}

/** The screen with a keyboard, as a dashboard is given it. */
export class FakeTerminal implements Terminal {
  readonly screen: Screen;
  readonly isColored = true;
  hasKeys = true;
  /** False: nothing more is taken. */
  isTaking = true;
  /** All that was written. */
  written = "";
  isOpen = false;
  suspensions = 0;
  #first = "";
  #last = "";
  #keys: (text: string) => void = () => undefined;
  #resized: () => void = () => undefined;

  constructor(columns: number, rows: number) {
    this.screen = new Screen({ columns, rows });
  }

  get size(): ScreenSize {
    return { columns: this.screen.columns, rows: this.screen.rows };
  }

  open(first: string, last: string): void {
    this.isOpen = true;
    this.#first = first;
    this.#last = last;
    this.#take(first);
  }

  #take(text: string): void {
    this.written += text;
    this.screen.write(text);
  }

  write(text: string): boolean {
    if (this.isTaking) this.#take(text);
    return this.isTaking;
  }

  onKeys(listener: (text: string) => void): void {
    this.#keys = listener;
  }

  onResize(listener: () => void): void {
    this.#resized = listener;
  }

  suspend(resumed: () => void): void {
    this.suspensions += 1;
    this.#take(this.#last);
    if (!this.screen.isClean) throw new Error("suspended on another screen");
    this.#take(this.#first);
    resumed();
  }

  press(text: string): void {
    this.#keys(text);
  }

  resize(columns: number, rows: number): void {
    this.screen.columns = columns;
    this.screen.rows = rows;
    this.#resized();
  }

  close(): void {
    this.isOpen = false;
    this.#take(this.#last);
  }
}
