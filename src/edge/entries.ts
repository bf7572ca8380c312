/** The keys that a meter tracks, as they are at its newest time. */
import { STATE, STATE_NEWEST } from "../../assembly/edge/abi.ts";
import type { Meter } from "./meter.ts";
import type { EdgePolicy } from "./profiles.ts";
import { eachSlot, readFlow } from "./slots.ts";
import { UNIT_NS } from "./time.ts";
import type { Entry } from "./types.ts";
import { unwordOf } from "./write.ts";

interface SlotOwner {
  readonly policy: number;
  readonly limit: EdgePolicy;
  /** Place of the slot in the policy. */
  readonly place: number;
}

/** Which policy each slot index belongs to. */
function ownersOf({ limits }: Meter): readonly SlotOwner[] {
  return limits.flatMap((limit, policy) =>
    limit === undefined ? [] : limit.policy.slots.map((_, place) => ({ policy, limit: limit.policy, place })),
  );
}

/** One entry a key and policy; the list is made at once, so it is as the table was at that instant. */
export function entriesOf(meter: Meter): IterableIterator<Entry> {
  const { views, layout, settings } = meter;
  const { wides } = views;
  const owners = ownersOf(meter);
  const newest = wides[STATE / 8 + STATE_NEWEST]!;
  const unitNs = UNIT_NS[settings.time];
  const keyOf = unwordOf(views);
  const found = new Map<string, { entry: Entry; used: number[] }>();
  eachSlot(views, layout, ({ word, state, kind }) => {
    const { policy, limit, place } = owners[kind]!;
    const key = keyOf(wides[word]!, kind);
    const { levels, blockedNs } = readFlow(layout, wides, state, limit.slots[place]!, newest);
    const id = `${policy} ${key}`;
    let known = found.get(id);
    if (known === undefined) {
      const used = limit.slots.flatMap(({ buckets }) => buckets.map(() => 0));
      const blockedFor = blockedNs === null ? Infinity : Math.ceil(Number(blockedNs) / unitNs);
      const entry = { key: settings.key === "u32" ? Number(key) : key, policy, used, blockedFor };
      known = { entry, used };
      found.set(id, known);
    }
    const at = limit.slots.slice(0, place).reduce((sum, { buckets }) => sum + buckets.length, 0);
    for (const [index, level] of levels.entries()) {
      const { levelPerUnit } = limit.slots[place]!.buckets[index]!;
      known.used[at + index] = Number((level + levelPerUnit - 1n) / levelPerUnit) / settings.costParts;
    }
  });
  return [...found.values()].map(({ entry }) => entry)[Symbol.iterator]();
}
