/**
 * A line of any number of points in as many as can be seen: each column of pixels keeps its first, lowest, highest and
 * last point, in their order. Drawn, it is the whole line, and no spike is lost.
 */

export interface LinePoints {
  readonly x: Float64Array;
  readonly y: Float64Array;
}

const KEPT_A_COLUMN = 4;

export class LineReducer {
  readonly #from: number;
  readonly #columnsPerX: number;
  readonly #columns: number;
  readonly #x: Float64Array;
  readonly #y: Float64Array;
  #count = 0;
  // The column at hand: its points so far, and those to be kept with their places in that order.
  #column = -1;
  #points = 0;
  #firstX = 0;
  #firstY = 0;
  #lowX = 0;
  #lowY = 0;
  #lowOrder = 0;
  #highX = 0;
  #highY = 0;
  #highOrder = 0;
  #lastX = 0;
  #lastY = 0;

  /** Points at x from `from` to `to` fall into `columns` columns; those outside into the first and the last. */
  constructor(from: number, to: number, columns: number) {
    this.#from = from;
    this.#columnsPerX = columns / (to - from);
    this.#columns = columns;
    this.#x = new Float64Array(KEPT_A_COLUMN * columns);
    this.#y = new Float64Array(KEPT_A_COLUMN * columns);
  }

  /** The column of pixels that a place falls into. */
  columnOf(x: number): number {
    const at = Math.floor((x - this.#from) * this.#columnsPerX);
    return at < 0 ? 0 : at < this.#columns ? at : this.#columns - 1;
  }

  /** Where the column ends; the last one has no end. */
  endOf(column: number): number {
    return column === this.#columns - 1 ? Infinity : this.#from + (column + 1) / this.#columnsPerX;
  }

  /** The next point; x does not fall. */
  add(x: number, y: number): void {
    const column = this.columnOf(x);
    if (column !== this.#column) {
      this.#flush();
      this.#column = column;
      this.#firstX = this.#lowX = this.#highX = x;
      this.#firstY = this.#lowY = this.#highY = y;
      this.#lowOrder = this.#highOrder = 0;
    } else if (y < this.#lowY) {
      this.#lowX = x;
      this.#lowY = y;
      this.#lowOrder = this.#points;
    } else if (y > this.#highY) {
      this.#highX = x;
      this.#highY = y;
      this.#highOrder = this.#points;
    }
    this.#lastX = x;
    this.#lastY = y;
    this.#points += 1;
  }

  /** Writes the points of the column at hand, each once. */
  #flush(): void {
    if (this.#points === 0) return;
    this.#put(this.#firstX, this.#firstY);
    const [low, high] = [this.#lowOrder, this.#highOrder];
    if (low > 0 && low < high) this.#put(this.#lowX, this.#lowY);
    if (high > 0) this.#put(this.#highX, this.#highY);
    if (low > high) this.#put(this.#lowX, this.#lowY);
    if (Math.max(low, high) < this.#points - 1) this.#put(this.#lastX, this.#lastY);
    this.#points = 0;
  }

  #put(x: number, y: number): void {
    this.#x[this.#count] = x;
    this.#y[this.#count] = y;
    this.#count += 1;
  }

  /** All that is to be drawn. */
  points(): LinePoints {
    this.#flush();
    return { x: this.#x.slice(0, this.#count), y: this.#y.slice(0, this.#count) };
  }
}
