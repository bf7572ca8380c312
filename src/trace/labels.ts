/** What the records of a policy of classes are: flows of a class's own meter, or instances of a node. */
import { LABEL_BYTES, LABEL_FLOW, LABEL_KIND, LABEL_NODE, LABEL_TEXT, LABEL_TEXT_BYTES } from "../../assembly/abi.ts";
import { slotsOf } from "../core/classes.ts";
import type { CoreExports } from "../core/instance.ts";
import { reserve } from "../core/memory.ts";
import { viewsOf } from "../core/views.ts";
import type { ClassPolicy, PacketClass } from "../types.ts";

/** One a path entry, in the order of the classes. */
export interface EntryLabel {
  readonly kind: "flow" | "node";
  /** The class's name, or the node's. */
  readonly name: string;
  /** The class's name where it is the key: of a node that is kept for each class. */
  readonly text?: string;
}

/** LABEL_* of each kind. */
export const LABEL_KINDS: Readonly<Record<EntryLabel["kind"], number>> = { flow: LABEL_FLOW, node: LABEL_NODE };

/** True when the class has a meter of its own: names are unique among classes and nodes. */
export function hasOwnMeter({ name, path }: PacketClass): boolean {
  return path[0]?.name === name;
}

/** Labels of all entries, as `CoreExports.entryOf` numbers them. */
export function labelsOf({ classes }: ClassPolicy): EntryLabel[] {
  const ids = new Map<string, Set<number>>();
  for (const { name, nodeId } of classes.flatMap(({ path }) => path)) {
    ids.set(name, (ids.get(name) ?? new Set()).add(nodeId));
  }
  const labels: EntryLabel[] = [];
  for (const packetClass of classes) {
    for (const { entry, node } of slotsOf(packetClass.path)) {
      const { name } = entry;
      if (node === 0 && hasOwnMeter(packetClass)) labels.push({ kind: "flow", name });
      else if (ids.get(name)!.size === 1) labels.push({ kind: "node", name });
      else labels.push({ kind: "node", name, text: packetClass.name });
    }
  }
  return labels;
}

/** Writes the table that the core writes rows by, before it is initialized. Answers its address. */
export function writeLabels(core: CoreExports, labels: readonly EntryLabel[]): number {
  const encoder = new TextEncoder();
  const texts = labels.map(({ text }) => encoder.encode(text ?? ""));
  const tableBytes = labels.length * LABEL_BYTES;
  const table = reserve(core, 1 + tableBytes + texts.reduce((sum, { length }) => sum + length, 0));
  const { bytes, words } = viewsOf(core.memory);
  let at = table + tableBytes;
  for (const [index, { kind }] of labels.entries()) {
    const label = (table + index * LABEL_BYTES) >>> 2;
    const text = texts[index]!;
    bytes.set(text, at);
    words[label + LABEL_KIND / 4] = LABEL_KINDS[kind];
    words[label + LABEL_TEXT / 4] = text.length === 0 ? 0 : at;
    words[label + LABEL_TEXT_BYTES / 4] = text.length;
    at += text.length;
  }
  return table;
}
