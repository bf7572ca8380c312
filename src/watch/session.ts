/** One watch from its first byte to its end: the run, those who look, signals and keys. */
import type { CaptureInput } from "../trace/captureinput.ts";
import { FileSource, isStdin } from "../trace/file.ts";
import type { CaptureMeter } from "../trace/meter.ts";
import { FollowInput } from "./follow.ts";
import { nextSpeed } from "./pace.ts";
import type { Controls, Picture } from "./picture.ts";
import { type WatchEnd, WatchRun } from "./run.ts";
import { Watch, type WatchSetting } from "./watch.ts";

/** Ten looks a second. */
const TICK_MS = 100;

export interface SessionOptions extends WatchSetting {
  /** At the end of a file, wait for it to grow as live input. */
  readonly follows: boolean;
  /** At the end of a file, keep the last picture until it is quit. */
  readonly stays: boolean;
}

export interface SessionEnd extends WatchEnd {
  /** It was ended by Ctrl-C or a signal. */
  readonly isSignaled: boolean;
}

/** True for a file that is read as it lies there: it may grow. */
export function canGrow(input: CaptureInput): input is FileSource {
  return input instanceof FileSource && input.sizeBytes !== null && !isStdin(input.path);
}

export class Session implements Controls {
  readonly watch: Watch;
  readonly #run: WatchRun;
  readonly #followed: FollowInput | undefined;
  readonly #pictures: readonly Picture[];
  readonly #stays: boolean;
  #isStopped = false;
  #isSignaled = false;
  #failure: { readonly error: unknown } | undefined;
  #leave: () => void = () => undefined;

  constructor(meter: CaptureMeter, input: CaptureInput, pictures: readonly Picture[], options: SessionOptions) {
    const { follows, stays } = options;
    this.watch = new Watch(meter, options);
    this.#pictures = pictures;
    this.#stays = stays;
    if (follows && canGrow(input)) this.#followed = new FollowInput(input, () => this.watch.followOn());
    this.#run = new WatchRun(meter, this.#followed ?? input, this.watch.view, this.watch.pace);
  }

  quit(): void {
    this.#isStopped = true;
    this.#run.stop(this.#followed?.isAtEnd !== true);
    this.#leave();
  }

  interrupt(): void {
    this.#isSignaled = true;
    for (const picture of this.#pictures) picture.hurry?.();
    this.quit();
  }

  togglePause(): void {
    const { pace, view, mode } = this.watch;
    if (mode !== "replay") return;
    pace.pause(!pace.isPaused, view.clockNs, performance.now());
    this.#run.hurry();
  }

  changeSpeed(direction: 1 | -1): void {
    const { pace, view, mode } = this.watch;
    if (mode !== "replay") return;
    pace.setSpeed(nextSpeed(pace.speed, direction), view.clockNs, performance.now());
    this.#run.hurry();
  }

  /** Runs to the end of the input, or until it is quit. Throws what a picture throws. */
  async toEnd(): Promise<SessionEnd> {
    const onSignal = () => this.interrupt();
    process.on("SIGINT", onSignal);
    process.on("SIGTERM", onSignal);
    let ticker: NodeJS.Timeout | undefined;
    try {
      for (const picture of this.#pictures) await picture.begin?.(this);
      ticker = setInterval(() => this.#tick(), TICK_MS);
      const end = await this.#run.toEnd();
      this.watch.end();
      this.#tick();
      if (this.#stays && !this.#isStopped && end.readFailure === null) await this.#untilLeft();
      if (this.#failure !== undefined) throw this.#failure.error;
      this.watch.lookAtAll();
      for (const picture of this.#pictures) await picture.finish?.(this.watch);
      return { ...end, isSignaled: this.#isSignaled };
    } finally {
      clearInterval(ticker);
      for (const picture of this.#pictures.toReversed()) await picture.close();
      process.off("SIGINT", onSignal);
      process.off("SIGTERM", onSignal);
    }
  }

  async #untilLeft(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#leave = resolve;
    });
  }

  #tick(): void {
    try {
      this.#run.flushWaiting();
      this.watch.look();
      for (const picture of this.#pictures) picture.draw(this.watch);
    } catch (error) {
      this.#failure ??= { error };
      this.quit();
    }
  }
}
