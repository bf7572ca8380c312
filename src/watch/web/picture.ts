/** A watch as a page of this machine: `--web`. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { BINS_MAX } from "../bins.ts";
import type { Picture } from "../picture.ts";
import { NS_PER_SEC } from "../view.ts";
import type { Watch } from "../watch.ts";
import { ORDERS } from "../worst.ts";
import { lookJson } from "./look.ts";
import type { Page } from "./page.ts";
import { answer, LocalServer } from "./server.ts";
import { Viewers } from "./viewers.ts";

/** Four looks a second are as many as an eye can read. */
const LOOK_MS = 250;
const FLOWS_SHOWN = 30;

export class WebPicture implements Picture {
  readonly #port: number;
  readonly #page: Page;
  readonly #onOpen: (url: string) => void;
  readonly #viewers = new Viewers();
  #server: LocalServer | undefined;
  #nextMs = 0;
  /** Seconds before this one have been sent as they are. */
  #sentSecond = 0;

  /** Port 0: any free one. `onOpen` is told where the page is. */
  constructor(port: number, page: Page, onOpen: (url: string) => void) {
    this.#port = port;
    this.#page = page;
    this.#onOpen = onOpen;
  }

  get url(): string | undefined {
    return this.#server?.url;
  }

  /** Those who look now. */
  get viewers(): number {
    return this.#viewers.count;
  }

  async begin(): Promise<void> {
    this.#server = await LocalServer.open(this.#port, (request, response) => this.#answer(request, response));
    this.#onOpen(this.#server.url);
  }

  #answer({ method, url }: IncomingMessage, response: ServerResponse): void {
    if (method !== "GET" && method !== "HEAD") return answer(response, 405, { allow: "GET, HEAD" }, "Only GET.\n");
    const { pathname } = new URL(url ?? "/", "http://localhost");
    if (pathname === "/") return answer(response, 200, this.#page.headers, this.#page.html);
    if (pathname !== "/events") return answer(response, 404, {}, "Nothing here; the page is at /.\n");
    if (method === "HEAD") return answer(response, 200, { "content-type": "text/event-stream" }, "");
    if (this.#viewers.isFull) return answer(response, 503, {}, "Too many pages are open.\n");
    // A new page does not wait for its first look.
    this.#nextMs = 0;
    return this.#viewers.add(response);
  }

  draw(watch: Watch): void {
    const nowMs = performance.now();
    if (nowMs < this.#nextMs) return;
    this.#nextMs = nowMs + LOOK_MS;
    this.#send(watch);
  }

  #send(watch: Watch): void {
    const { view } = watch;
    const first = this.#sentSecond;
    // Times of packets do not go back: seconds before the newest packet's stay as they are.
    this.#sentSecond = Math.floor(view.clockNs / NS_PER_SEC);
    if (this.#viewers.count === 0) return;
    const snapshot = watch.snapshot(ORDERS[0], FLOWS_SHOWN);
    const since = (second: number) => {
      const from = Math.max(0, second, snapshot.second - BINS_MAX + 1);
      return lookJson(snapshot, { first: from, rows: view.bins.rows(from, snapshot.second) });
    };
    this.#viewers.send(this.#viewers.hasNew ? since(0) : "", since(first));
  }

  finish(watch: Watch): void {
    this.#send(watch);
  }

  async close(): Promise<void> {
    this.#viewers.end();
    await this.#server?.close();
  }
}
