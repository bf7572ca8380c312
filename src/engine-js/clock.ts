/** The clock: the newest time over all packets so far, taken before anything else so that it cannot depend on flows. */
export class Clock {
  regressions = 0;
  #newestLo = 0;
  #newestHi = 0;

  /** Writes the clock at each of the first `packetCount` packets (low word first, as `time`). */
  advance(time: Uint32Array, clock: Uint32Array, packetCount: number): void {
    let newestLo = this.#newestLo;
    let newestHi = this.#newestHi;
    let regressions = 0;
    for (let index = 0; index < packetCount; index += 1) {
      const timeLo = time[2 * index]!;
      const timeHi = time[2 * index + 1]!;
      if (timeHi > newestHi || (timeHi === newestHi && timeLo >= newestLo)) {
        newestLo = timeLo;
        newestHi = timeHi;
      } else {
        regressions += 1;
      }
      clock[2 * index] = newestLo;
      clock[2 * index + 1] = newestHi;
    }
    this.#newestLo = newestLo;
    this.#newestHi = newestHi;
    this.regressions += regressions;
  }
}
