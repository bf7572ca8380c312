/** A watch where nobody has a terminal: one line a second, for people or as JSON. */
import { exactJson, grouped, spanText } from "../report/number.ts";
import { PipeClosed } from "../trace/output.ts";
import { partText, perSecText, unitsOf } from "./amounts.ts";
import { COLOR_NAMES, type LiveColors, sinceColors } from "./counts.ts";
import type { Picture } from "./picture.ts";
import type { Snapshot } from "./snapshot.ts";
import type { Watch } from "./watch.ts";
import { ORDERS } from "./worst.ts";

const LINE_MS = 1000;

/** Where lines go: an Output, or a test's. */
export interface LineOutput {
  write(text: string): void | Promise<void>;
  /** From now on a reader that takes nothing is not waited for. */
  hurry(): void;
}

/** One line of text. */
export function statusText(snapshot: Snapshot): string {
  const { timeNs, spanNs, totals, total, hasYellow, rates, cost, flows } = snapshot;
  if (timeNs === null) return "no packet yet\n";
  const colors = COLOR_NAMES.filter((color) => color !== "yellow" || hasYellow).map((color) => {
    const { packets } = totals[color];
    const rate = perSecText(unitsOf(rates[0]!.perSec[color], cost), cost);
    return `${color} ${grouped(packets)} (${partText(packets, total.packets)}, ${rate})`;
  });
  const span = spanText(BigInt(Math.floor(spanNs)));
  return `${span}  ${grouped(total.packets)} packets  ${colors.join("  ")}  ${grouped(flows)} flows\n`;
}

function countsJson(colors: LiveColors): Record<string, unknown> {
  return Object.fromEntries(COLOR_NAMES.map((color) => [color, colors[color]]));
}

/** One line of JSON: totals, what came since the line before, and rates over the last whole second. */
export function statusJson(snapshot: Snapshot, before: LiveColors | undefined): string {
  const { mode, timeNs, flows, totals, total, rates } = snapshot;
  const { perSec } = rates[0]!;
  const line = {
    kind: "second",
    mode,
    timeNs: timeNs === null ? null : exactJson(timeNs),
    ...total,
    flows,
    ...countsJson(totals),
    since: countsJson(before === undefined ? totals : sinceColors(totals, before)),
    perSec: countsJson(perSec),
  };
  return `${JSON.stringify(line)}\n`;
}

export class LinesPicture implements Picture {
  readonly #output: LineOutput;
  readonly #isJson: boolean;
  #nextMs = performance.now() + LINE_MS;
  #before: LiveColors | undefined;
  /** A line that waits for its reader. */
  #waiting: Promise<void> | undefined;
  #failure: { readonly error: unknown } | undefined;
  #isHurried = false;

  constructor(output: LineOutput, isJson: boolean) {
    this.#output = output;
    this.#isJson = isJson;
  }

  draw(watch: Watch): void {
    if (this.#failure !== undefined && !this.#isHurried) throw this.#failure.error;
    const nowMs = performance.now();
    // A reader that takes nothing gets fewer lines; what came meanwhile is in the next one.
    if (nowMs < this.#nextMs || this.#waiting !== undefined) return;
    this.#nextMs = Math.max(this.#nextMs + LINE_MS, nowMs);
    const written = this.#write(watch);
    if (written === undefined) return;
    this.#waiting = written.then(
      () => {
        this.#waiting = undefined;
      },
      (error: unknown) => {
        this.#failure = { error };
      },
    );
  }

  #write(watch: Watch): void | Promise<void> {
    const snapshot = watch.snapshot(ORDERS[0], 0);
    const text = this.#isJson ? statusJson(snapshot, this.#before) : statusText(snapshot);
    this.#before = snapshot.totals;
    return this.#output.write(text);
  }

  hurry(): void {
    this.#isHurried = true;
    this.#output.hurry();
  }

  /** The last line holds the totals of the whole. */
  async finish(watch: Watch): Promise<void> {
    try {
      await this.#waiting;
      if (this.#failure !== undefined) throw this.#failure.error;
      await this.#write(watch);
    } catch (error) {
      if (!this.#isHurried || !(error instanceof PipeClosed)) throw error;
    }
  }

  close(): void {}
}
