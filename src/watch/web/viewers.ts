/** Those who look at the page: server-sent events to each, and a limit to what waits for one that is slow. */
import type { ServerResponse } from "node:http";

/** A browser that takes nothing is dropped when more than this waits for it: about a minute of looks. */
export const WAITING_BYTES_MAX = 1 << 20;
/** More pages than anybody has open. */
export const VIEWERS_MAX = 32;

const EVENT_STREAM = {
  "content-type": "text/event-stream; charset=utf-8",
  "cache-control": "no-store",
  "cross-origin-resource-policy": "same-origin",
  "x-content-type-options": "nosniff",
} as const;
/** What a browser waits before it comes back after a break. */
const RETRY_MS = 1000;

/** One event; the data must be one line. */
function eventText(name: string, data: string): string {
  return `event: ${name}\ndata: ${data}\n\n`;
}

export class Viewers {
  /** Whether each has had its first look, which holds all that is kept. */
  readonly #viewers = new Map<ServerResponse, boolean>();

  get count(): number {
    return this.#viewers.size;
  }

  get isFull(): boolean {
    return this.#viewers.size >= VIEWERS_MAX;
  }

  /** Some have not had a look yet. */
  get hasNew(): boolean {
    return [...this.#viewers.values()].includes(false);
  }

  add(response: ServerResponse): void {
    response.writeHead(200, EVENT_STREAM);
    response.write(`retry: ${RETRY_MS}\n\n`);
    this.#viewers.set(response, false);
    response.on("close", () => this.#viewers.delete(response));
    response.on("error", () => this.#viewers.delete(response));
  }

  /** `whole` goes to those who are new, `part` to the others. */
  send(whole: string, part: string): void {
    for (const [response, isOld] of this.#viewers) {
      if (response.writableLength > WAITING_BYTES_MAX) {
        response.destroy();
        continue;
      }
      response.write(eventText("look", isOld ? part : whole));
      this.#viewers.set(response, true);
    }
  }

  /** Tells all that nothing more will come. */
  end(): void {
    for (const response of this.#viewers.keys()) response.end(eventText("end", "{}"));
  }
}
