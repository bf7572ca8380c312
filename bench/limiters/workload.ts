/**
 * What the limiters decide on: so many keys, each seen once first, then a stream of decisions over them, in trace time.
 * "100 a minute with a burst of 100" for each key; the stream lasts a minute, whatever its length.
 */
import { type Distribution, flowDrawer, Random, scramble } from "../random.ts";

export interface LimiterShape {
  readonly keys: number;
  readonly decisions: number;
  readonly distribution: Distribution;
  readonly seed: number;
}

export const LIMIT = 100;
export const WINDOW_MS = 60_000;
/** A whole number: limiters in milliseconds and exact ones then agree on every decision. */
export const INCREMENT_MS = WINDOW_MS / LIMIT;
export const START_MS = 1_700_000_000_000;
/** Prime, and dividing no key count in use: spreads the ranks of Zipf over all keys, so that hot ones are no neighbors. */
const RANK_STEP = 433_494_437;
const NAME_LENGTH = 20;
const HEX = "0123456789abcdef";

export class LimiterWorkload {
  readonly shape: LimiterShape;
  /** One a key. The number that the seed maps to 0 counts as well: no limiter may reserve a key. */
  readonly ids: Uint32Array;
  readonly #salt: number;

  constructor(shape: LimiterShape) {
    this.shape = shape;
    this.#salt = new Random(shape.seed).word();
    this.ids = Uint32Array.from({ length: shape.keys }, (_, index) => scramble(index ^ this.#salt));
  }

  /** A text of 20 characters for each key, flat and with one byte a character, as parsed from a request. */
  names(): string[] {
    const bytes = Buffer.alloc(NAME_LENGTH, "customer-000");
    return Array.from(this.ids, (id) => {
      for (let digit = 0; digit < 8; digit += 1) {
        bytes[NAME_LENGTH - 1 - digit] = HEX.charCodeAt((id >>> (4 * digit)) & 15);
      }
      return bytes.toString("latin1");
    });
  }

  /** Which key each decision of the stream is about, as an index of `ids`. */
  order(): Uint32Array {
    const { keys, decisions, distribution, seed } = this.shape;
    const draw = flowDrawer(distribution, keys, new Random(seed ^ 0x5bd1_e995));
    return Uint32Array.from({ length: decisions }, () => (draw() * RANK_STEP) % keys);
  }

  /** Decisions of the stream that share a millisecond: its time is START_MS + floor(index / this). */
  get decisionsPerMs(): number {
    return Math.ceil(this.shape.decisions / WINDOW_MS);
  }
}
