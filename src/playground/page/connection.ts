/** The page's end of its worker: one question at a time on its way, and of those that wait only the latest. */
import type { Ask, FromWorker, Picture, ToWorker } from "../protocol.ts";

/** Put in by scripts/playground.ts: the worker's whole script. */
declare const WORKER_SOURCE: string;

export interface ConnectionEvents {
  readonly onPicture: (picture: Picture) => void;
  readonly onMessage: (message: Exclude<FromWorker, Picture>) => void;
}

/** A worker out of a text has the rules of this page for what it may load, and that is nothing. */
function startWorker(): Worker {
  const url = URL.createObjectURL(new Blob([WORKER_SOURCE], { type: "text/javascript" }));
  const worker = new Worker(url);
  URL.revokeObjectURL(url);
  return worker;
}

export class Connection {
  readonly #worker = startWorker();
  #isWaiting = false;
  #next: Ask | undefined;

  constructor({ onPicture, onMessage }: ConnectionEvents) {
    this.#worker.onmessage = ({ data }: MessageEvent<FromWorker>) => {
      if (data.kind !== "picture") {
        this.#isWaiting = false;
        onMessage(data);
        return;
      }
      this.#isWaiting = false;
      this.#sendNext();
      onPicture(data);
    };
    this.#worker.onerror = (event) => onMessage({ kind: "failed", line: `the meter stopped: ${event.message}` });
  }

  #send(message: ToWorker): void {
    this.#worker.postMessage(message, []);
  }

  #sendNext(): void {
    const ask = this.#next;
    this.#next = undefined;
    if (ask !== undefined) this.ask(ask);
  }

  /** Asks for a picture, at once or when the one on its way has come. */
  ask(ask: Ask): void {
    if (this.#isWaiting) {
      this.#next = ask;
      return;
    }
    this.#isWaiting = true;
    this.#send({ kind: "ask", ask });
  }

  /** Reads another capture; questions about the one before are dropped. */
  load(file: Blob, name: string): void {
    this.#next = undefined;
    this.#isWaiting = false;
    this.#send({ kind: "load", file, name });
  }

  /** The same with traffic made in the worker. */
  loadSample(preset: string): void {
    this.#next = undefined;
    this.#isWaiting = false;
    this.#send({ kind: "sample", preset });
  }
}
