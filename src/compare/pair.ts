/** Two meters in lock-step over one reading of the captures: each has its own policy, table and memory. */
import type { CaptureMeter, Step } from "../trace/meter.ts";

/** What both say of a batch is read from their views; A's is the one that a run hands on. */
export class PairMeter {
  readonly a: CaptureMeter;
  readonly b: CaptureMeter;
  #spaceA: Uint8Array = new Uint8Array(0);
  #spaceB: Uint8Array = new Uint8Array(0);

  constructor(a: CaptureMeter, b: CaptureMeter) {
    this.a = a;
    this.b = b;
  }

  get views(): CaptureMeter["views"] {
    return this.a.views;
  }

  /** Both take the same step: how frames are decoded does not depend on the policy. */
  step(): Step {
    const [step, other] = [this.a.step(), this.b.step()];
    if (!isSame(step, other)) throw new Error(`the meters parted: ${step.kind} and ${other.kind}`);
    return step;
  }

  flush(): number {
    const [packets, others] = [this.a.flush(), this.b.flush()];
    if (packets !== others) throw new Error(`the meters parted: ${packets} and ${others} packets`);
    return packets;
  }

  /** Where bytes of a capture may be written next, for both. */
  space(capture: number): Uint8Array {
    this.#spaceB = this.b.space(capture);
    this.#spaceA = this.a.space(capture).subarray(0, this.#spaceB.length);
    return this.#spaceA;
  }

  /** Tells that so many bytes were written to `space`; 0 ends the capture. */
  feed(capture: number, bytes: number): void {
    if (bytes > 0) this.#spaceB.set(this.#spaceA.subarray(0, bytes));
    this.a.feed(capture, bytes);
    this.b.feed(capture, bytes);
  }
}

function isSame(left: Step, right: Step): boolean {
  if (left.kind === "needs") return right.kind === "needs" && left.capture === right.capture;
  if (left.kind === "batch") {
    return right.kind === "batch" && left.packets === right.packets && left.firstFrame === right.firstFrame;
  }
  return right.kind === "done";
}
