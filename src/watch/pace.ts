/** How far a replay has come: capture time as a function of the clock on the wall, at any speed, with pauses. */

/** As fast as the machine can. */
export const SPEED_MAX = Infinity;
/** What the keys go through. */
const SPEEDS = [0.125, 0.25, 0.5, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, SPEED_MAX] as const;
const NS_PER_MS = 1e6;

/** Capture times are those of a LiveView, wall times those of performance.now(). */
export class Pace {
  #speed: number;
  #isPaused = false;
  #anchorNs = 0;
  #anchorMs = 0;

  constructor(speed: number) {
    this.#speed = speed;
  }

  get speed(): number {
    return this.#speed;
  }

  get isPaused(): boolean {
    return this.#isPaused;
  }

  /** True when packets are shown as soon as they are metered. */
  get isFree(): boolean {
    return this.#speed === SPEED_MAX && !this.#isPaused;
  }

  /** From now on: the packet of this time is due. */
  start(timeNs: number, wallMs: number): void {
    this.#anchorNs = timeNs;
    this.#anchorMs = wallMs;
  }

  /** Packets up to this time are due. */
  dueNs(wallMs: number): number {
    if (this.#isPaused) return this.#anchorNs;
    if (this.#speed === SPEED_MAX) return Infinity;
    return this.#anchorNs + (wallMs - this.#anchorMs) * NS_PER_MS * this.#speed;
  }

  /** How long until the packet of this time is due. */
  waitMs(timeNs: number, wallMs: number): number {
    if (this.#isPaused) return Infinity;
    return Math.max(0, (timeNs - this.dueNs(wallMs)) / (NS_PER_MS * this.#speed));
  }

  /** Stops at the packets that are due now, or goes on. `clockNs` is what is shown at full speed. */
  pause(isPaused: boolean, clockNs: number, wallMs: number): void {
    this.#hold(clockNs, wallMs);
    this.#isPaused = isPaused;
  }

  /** Goes on at another speed from where it is. */
  setSpeed(speed: number, clockNs: number, wallMs: number): void {
    this.#hold(clockNs, wallMs);
    this.#speed = speed;
  }

  #hold(clockNs: number, wallMs: number): void {
    const dueNs = this.dueNs(wallMs);
    this.start(dueNs === Infinity ? clockNs : dueNs, wallMs);
  }
}

/** The next speed that the keys go to. */
export function nextSpeed(speed: number, direction: 1 | -1): number {
  const others = SPEEDS.filter((each) => (direction > 0 ? each > speed : each < speed));
  return (direction > 0 ? others[0] : others.at(-1)) ?? speed;
}

/** "x4", "x0.5", "as fast as it can". */
export function speedText(speed: number): string {
  return speed === SPEED_MAX ? "full speed" : `x${speed}`;
}
