/** Watches in one process: a meter, an input, pictures that look. */
import { setTimeout as pause } from "node:timers/promises";
import { keyingOf } from "../../src/policy/keying.ts";
import { coreModule } from "../../src/core/module.node.ts";
import { compileClasses, compilePolicy, type ClassesInput, type PolicyInput } from "../../src/policies.ts";
import { summarize, type Summary } from "../../src/report/summary.ts";
import { drawnProfileOf } from "../../src/see/followed.ts";
import type { CaptureInput } from "../../src/trace/captureinput.ts";
import { openInput } from "../../src/trace/input.ts";
import { CaptureMeter } from "../../src/trace/meter.ts";
import type { Policy } from "../../src/types.ts";
import { SPEED_MAX } from "../../src/watch/pace.ts";
import type { Picture } from "../../src/watch/picture.ts";
import { Session, type SessionEnd, type SessionOptions } from "../../src/watch/session.ts";

const PATIENCE_MS = 20_000;
const LOOK_MS = 10;

export interface WatchingOptions extends Partial<Pick<SessionOptions, "mode" | "speed" | "follows" | "stays">> {
  readonly policy: PolicyInput | ClassesInput | Policy;
  readonly maxFlows?: number;
  /** As `--by` has it. */
  readonly by?: string;
}

function compiled(policy: WatchingOptions["policy"]): Policy {
  if ("profiles" in policy || "matches" in policy) return policy;
  return "classes" in policy ? compileClasses(policy) : compilePolicy(policy);
}

export interface Watching {
  readonly session: Session;
  readonly end: Promise<SessionEnd>;
  /** As `weir meter` has it; after the end. */
  summary(): Promise<Summary>;
}

/** Begins a watch of a capture file or of an input. Full speed unless told, and it leaves at the end. */
export async function startWatch(
  source: string | CaptureInput,
  pictures: readonly Picture[],
  { policy: given, maxFlows = 1 << 16, by: key = "5-tuple", ...options }: WatchingOptions,
): Promise<Watching> {
  const policy = compiled(given);
  const meter = new CaptureMeter(coreModule(), {
    policy,
    captureCount: 1,
    keying: keyingOf(key),
    maxFlows,
    secret: [1, 2, 3, 4],
    records: true,
    delays: false,
    levels: drawnProfileOf(policy) !== undefined,
    skipOther: false,
  });
  const input = typeof source === "string" ? await openInput(source) : source;
  const by = policy.meter === "classes" ? null : key;
  const defaults = { mode: "replay", speed: SPEED_MAX, follows: false, stays: false } as const;
  const session = new Session(meter, input, pictures, { ...defaults, ...options, policy, by, capture: input.name });
  const end = session.toEnd().finally(async () => input.close());
  // A watch that fails before a test waits for it is that test's failure all the same.
  end.catch(() => undefined);
  const summary = async () => summarize(meter, { policy, by, top: 10, captures: [], ...(await end) });
  return { session, end, summary };
}

/** Looks again and again until it holds. */
export async function until(what: string, holds: () => boolean): Promise<void> {
  const endMs = performance.now() + PATIENCE_MS;
  while (!holds()) {
    if (performance.now() > endMs) throw new Error(`waited in vain: ${what}`);
    await pause(LOOK_MS);
  }
}

/** An input whose bytes a test gives when it likes. */
export class GivenInput implements CaptureInput {
  readonly name = "given";
  readonly sizeBytes = null;
  readonly damage = null;
  consumedBytes = 0;
  isClosed = false;
  readonly #pieces: (Uint8Array | Error)[] = [];
  #isEnded = false;
  #wake: () => void = () => undefined;

  give(piece: Uint8Array | Error): void {
    this.#pieces.push(piece);
    this.#wake();
  }

  end(): void {
    this.#isEnded = true;
    this.#wake();
  }

  async read(target: () => Uint8Array): Promise<number> {
    while (this.#pieces.length === 0) {
      if (this.#isEnded || this.isClosed) return 0;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    const piece = this.#pieces[0]!;
    if (piece instanceof Error) throw piece;
    const room = target();
    const taken = piece.subarray(0, room.length);
    room.set(taken);
    if (taken.length === piece.length) this.#pieces.shift();
    else this.#pieces[0] = piece.subarray(taken.length);
    this.consumedBytes += taken.length;
    return taken.length;
  }

  close(): void {
    this.isClosed = true;
    this.#wake();
  }
}
