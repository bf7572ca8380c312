/** The playground's worker code in Node: captures in, questions asked, pictures out. */
import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { coreModule } from "../../src/core/module.node.ts";
import { compilePolicy } from "../../src/policies.ts";
import { type FormState, policyInputOf } from "../../src/playground/form/fields.ts";
import { fragmentOf } from "../../src/playground/form/fragment.ts";
import type { CaptureSource } from "../../src/playground/capture/inflate.ts";
import type { FlowQuery } from "../../src/playground/picture/flowtable.ts";
import type { Ask, FromWorker, Picture } from "../../src/playground/protocol.ts";
import { Session } from "../../src/playground/session.ts";

export const QUERY: FlowQuery = { sort: "redBytes", isAscending: false, search: "", rowsMax: 50 };
export const COLUMNS = 900;

export type Said = Exclude<FromWorker, Picture>;

/** The bytes as a dropped file. */
export function sourceOf(name: string, bytes: Uint8Array): CaptureSource {
  const blob = new Blob([Uint8Array.from(bytes)]);
  return { name, sizeBytes: blob.size, stream: () => blob.stream() };
}

export function fileSource(path: string): CaptureSource {
  return sourceOf(basename(path), readFileSync(path));
}

/** A state of the form with the first way to state the meter. */
export function stateOf(
  meter: FormState["meter"],
  values: Readonly<Record<string, string>>,
  by = "5-tuple",
): FormState {
  return { meter, form: 0, values, by };
}

/** The worker's session with its messages kept. */
export class PlaygroundRun {
  readonly said: Said[] = [];
  readonly pictures: Picture[] = [];
  readonly session: Session;
  #asks = 0;
  #heard: (() => void) | undefined;

  constructor(nowMs: () => number = () => performance.now()) {
    this.session = new Session(coreModule(), {
      post: (message) => this.#hear(message),
      breathe: () => new Promise((resolve) => setImmediate(resolve)),
      nowMs,
    });
  }

  #hear(message: FromWorker): void {
    if (message.kind === "picture") this.pictures.push(message);
    else this.said.push(message);
    this.#heard?.();
  }

  /** Reads a capture. Answers the last that was said of it. */
  async load(source: CaptureSource): Promise<Said> {
    this.said.length = 0;
    await this.session.load(source);
    return this.said.at(-1)!;
  }

  /** The question that a state of the form makes. */
  askOf(state: FormState, change: Partial<Ask> = {}): Ask {
    this.#asks += 1;
    return {
      id: this.#asks,
      policy: compilePolicy(policyInputOf(state)),
      policyText: fragmentOf(state),
      by: state.by,
      window: null,
      columns: COLUMNS,
      intervalNs: 0,
      flow: null,
      query: QUERY,
      ...change,
    };
  }

  /** The whole picture that answers a question. Throws what the worker says instead. */
  async picture(state: FormState, change: Partial<Ask> = {}): Promise<Picture> {
    const ask = this.askOf(state, change);
    this.session.ask(ask);
    for (;;) {
      const answer = this.pictures.find(({ id, metered, packets }) => id === ask.id && metered === packets);
      if (answer !== undefined) return answer;
      const failed = this.said.find(({ kind }) => kind === "failed");
      if (failed !== undefined) throw new Error(JSON.stringify(failed));
      await new Promise<void>((resolve) => {
        this.#heard = resolve;
      });
    }
  }
}
