/** The keys that a meter tracks, as they are at its newest time. */
import type { Meter } from "./meter.ts";
import type { EdgePolicy } from "./profiles.ts";
import { eachSlot, visitedFlow } from "./slots.ts";
import { UNIT_NS } from "./time.ts";
import type { Entry } from "./types.ts";

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
  const { views, settings } = meter;
  const owners = ownersOf(meter);
  const unitNs = UNIT_NS[settings.time];
  const found = new Map<string, Entry & { readonly used: number[] }>();
  eachSlot(meter, (kind) => {
    const { policy, limit, place } = owners[kind]!;
    const { key, levels, blockedNs } = visitedFlow(views);
    const id = `${policy} ${key}`;
    let entry = found.get(id);
    if (entry === undefined) {
      const used = limit.slots.flatMap(({ buckets }) => buckets.map(() => 0));
      const blockedFor = blockedNs === null ? Infinity : Math.ceil(Number(blockedNs) / unitNs);
      entry = { key: settings.key === "u32" ? Number(key) : key, policy, used, blockedFor };
      found.set(id, entry);
    }
    for (const [index, { levelPerUnit }] of limit.slots[place]!.buckets.entries()) {
      // All slots before the last of a policy have two buckets.
      entry.used[2 * place + index] = Number((levels[index]! + levelPerUnit - 1n) / levelPerUnit) / settings.costParts;
    }
  });
  return found.values();
}
