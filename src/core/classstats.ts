/** Totals by class out of a core. */
import {
  CLASS_BYTES,
  CLASS_BYTE_COUNTS,
  CLASS_OVERSIZE,
  CLASS_PACKETS,
  CLASS_REFUSED,
  CLASS_UNTRACKED,
  CONFIG_CLASSES,
} from "../../assembly/abi.ts";
import type { ClassPolicy, ClassStats, Count } from "../types.ts";
import type { CoreExports } from "./instance.ts";
import { viewsOf } from "./views.ts";

const PAIR_WORDS = 2;

/** Totals of each class as they stand. */
export function classStatsOf(core: CoreExports, policy: ClassPolicy): ClassStats[] {
  const { longs, config } = viewsOf(core.memory);
  const table = Number(config[CONFIG_CLASSES]) / 8;
  return policy.classes.map(({ name, path }, index) => {
    const at = table + (index * CLASS_BYTES) / 8;
    const color = (value: number): Count => ({
      packets: longs[at + CLASS_PACKETS / 8 + value]!,
      bytes: longs[at + CLASS_BYTE_COUNTS / 8 + value]!,
    });
    const pair = (offset: number, nth = 0): Count => {
      const word = at + offset / 8 + nth * PAIR_WORDS;
      return { packets: longs[word]!, bytes: longs[word + 1]! };
    };
    return {
      name,
      green: color(0),
      yellow: color(1),
      red: color(2),
      oversize: pair(CLASS_OVERSIZE),
      untracked: pair(CLASS_UNTRACKED),
      refusedBy: path.map((_, node) => pair(CLASS_REFUSED, node)),
    };
  });
}
