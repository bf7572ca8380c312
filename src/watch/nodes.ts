/** What the nodes that classes share let through and refused, in plain numbers: made for a look, many times a second. */
import { CLASS_BYTES, CLASS_REFUSED, CONFIG_CLASSES } from "../../assembly/abi.ts";
import { hasOwnMeter } from "../trace/labels.ts";
import type { CaptureMeter } from "../trace/meter.ts";
import type { ClassPolicy } from "../types.ts";
import { colorsAt, COUNT_NUMBERS, type LiveColors, type LiveCount } from "./counts.ts";

const TWO_32 = 2 ** 32;
const PAIR_BYTES = 16;

/** Sums over the classes that go through the node. */
export interface NodeNow {
  readonly name: string;
  readonly colors: LiveColors;
  /** Red because of this node. */
  readonly refused: LiveCount;
}

/** The node at one place of a class's path. */
interface Place {
  readonly classIndex: number;
  readonly refusedAt: number;
}

/** The nodes of a policy in the order in which the classes name them. */
export class SharedNodes {
  readonly #meter: CaptureMeter;
  readonly #places = new Map<string, Place[]>();

  constructor(meter: CaptureMeter, { classes }: ClassPolicy) {
    this.#meter = meter;
    const tableAt = Number(meter.views.config[CONFIG_CLASSES]);
    for (const [classIndex, packetClass] of classes.entries()) {
      for (const [node, { name }] of packetClass.path.entries()) {
        if (node === 0 && hasOwnMeter(packetClass)) continue;
        const refusedAt = tableAt + classIndex * CLASS_BYTES + CLASS_REFUSED + node * PAIR_BYTES;
        this.#places.set(name, [...(this.#places.get(name) ?? []), { classIndex, refusedAt }]);
      }
    }
  }

  /** The nodes now; `classes` are the colors of each class. */
  now(classes: readonly LiveColors[]): NodeNow[] {
    return [...this.#places].map(([name, places]) => {
      const sums = new Float64Array(COUNT_NUMBERS);
      let packets = 0;
      let bytes = 0;
      for (const { classIndex, refusedAt } of places) {
        for (const [color, { packets: some, bytes: long }] of Object.values(classes[classIndex]!).entries()) {
          sums[color]! += some;
          sums[color + 3]! += long;
        }
        packets += this.#wide(refusedAt);
        bytes += this.#wide(refusedAt + 8);
      }
      return { name, colors: colorsAt(sums), refused: { packets, bytes } };
    });
  }

  #wide(at: number): number {
    const { words } = this.#meter.views;
    return words[(at >>> 2) + 1]! * TWO_32 + words[at >>> 2]!;
  }
}
