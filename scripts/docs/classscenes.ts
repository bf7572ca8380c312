/**
 * The scenes of docs/classes.md. Each has a class that begins at the shared node, besides those that are metered, so
 * that the node's own level can be asked for.
 */

import type { ClassesInput } from "../../src/policy/classes/input.ts";
import { burst, type Scene } from "./scene.ts";

function chargedTree(charge: string): ClassesInput {
  return {
    charge,
    classes: [
      { name: "flow", rate: "100 B/s", burst: "2000 B", parent: "uplink", match: { protocol: "udp" } },
      { name: "node", parent: "uplink" },
    ],
    nodes: [{ name: "uplink", rate: "1000 B/s", burst: "1000 B" }],
  };
}

const CHARGES: Scene = {
  name: "charge",
  alt: "Four packets at 0 s and two at 1 s through a flow and an uplink: in series the flow pays for packets that the uplink refuses, and has no room left at 1 s.",
  untilMs: 2500,
  packets: [...burst(4, 0, 500, { class: "flow" }), ...burst(2, 1000, 500, { class: "flow" })],
  panels: [
    {
      label: "flow 100 B/s, 2000 B; charge all-or-none",
      policy: chargedTree("all-or-none"),
      node: "flow",
      run: "all-or-none",
    },
    { label: "flow 100 B/s, 2000 B; charge series", policy: chargedTree("series"), node: "flow", run: "series" },
    { label: "uplink 1000 B/s, 1000 B; charge all-or-none", policy: chargedTree("all-or-none"), node: "uplink" },
  ],
};

const PRIORITY: Scene = {
  name: "priority",
  alt: "One bucket, three classes: bulk fills it to 2000 B, web to 4000 B, and voice still has room.",
  untilMs: 6000,
  packets: [
    ...burst(2, 0, 1000, { class: "bulk" }),
    { atMs: 500, bytes: 1000, class: "bulk" },
    ...burst(2, 1000, 1000, { class: "web" }),
    { atMs: 1500, bytes: 1000, class: "web" },
    { atMs: 2000, bytes: 1000, class: "web" },
    ...burst(2, 2500, 1000, { class: "voice" }),
    { atMs: 4500, bytes: 1000, class: "bulk" },
  ],
  panels: [
    {
      label: "uplink 1000 B/s, 6000 B",
      policy: {
        classes: [
          { name: "voice", parent: "uplink", match: { dscp: "ef" } },
          { name: "web", parent: "uplink", threshold: "4000 B", match: { protocol: "tcp" } },
          { name: "bulk", parent: "uplink", threshold: "2000 B" },
        ],
        nodes: [{ name: "uplink", rate: "1000 B/s", burst: "6000 B" }],
      },
      node: "uplink",
      namesClasses: true,
      limits: [
        { level: 6000, text: "voice: depth 6 kB" },
        { level: 4000, text: "web: 4 kB" },
        { level: 2000, text: "bulk: 2 kB" },
      ],
    },
  ],
};

const LENDING: ClassesInput = {
  charge: "borrow",
  classes: [
    {
      name: "web",
      rate: "1000 B/s",
      burst: "2000 B",
      by: "class",
      parent: "uplink",
      match: { protocol: "tcp" },
    },
    {
      name: "bulk",
      rate: "1000 B/s",
      burst: "2000 B",
      by: "class",
      parent: "uplink",
      match: { protocol: "udp" },
    },
    { name: "node", parent: "uplink" },
  ],
  nodes: [{ name: "uplink", rate: "2000 B/s", burst: "8000 B" }],
};

const BORROW: Scene = {
  name: "borrow",
  alt: "Bulk sends two packets of its own and borrows two; then it is refused, and web still has all that it was given.",
  untilMs: 6000,
  packets: [
    ...burst(4, 0, 1000, { class: "bulk" }),
    { atMs: 300, bytes: 1000, class: "bulk" },
    ...burst(2, 500, 1000, { class: "web" }),
    { atMs: 1000, bytes: 1000, class: "bulk" },
    ...burst(2, 3000, 1000, { class: "bulk" }),
    { atMs: 3500, bytes: 1000, class: "bulk" },
  ],
  panels: [
    { label: "bulk 1000 B/s, 2000 B", policy: LENDING, node: "bulk" },
    { label: "web 1000 B/s, 2000 B", policy: LENDING, node: "web" },
    {
      label: "uplink 2000 B/s, 8000 B",
      policy: LENDING,
      node: "uplink",
      limits: [
        { level: 8000, text: "depth 8 kB" },
        { level: 4000, text: "lends up to 4 kB" },
      ],
    },
  ],
};

function shares(mode: string): ClassesInput {
  return {
    classes: [
      { name: "gold", group: "uplink", weight: 2, burst: "5000 B", match: { dscp: "af41" } },
      { name: "bronze", group: "uplink", weight: 1, burst: "5000 B" },
    ],
    groups: [{ name: "uplink", rate: "3000 B/s", mode }],
  };
}

const WEIGHTED: Scene = {
  name: "weighted",
  alt: "Two classes share 3000 B/s by weights 2 and 1: when gold has drained, bronze drains at the whole rate; with static shares it never does.",
  untilMs: 6000,
  gridMs: 500,
  packets: [
    ...burst(4, 0, 1000, { class: "gold" }),
    ...burst(5, 0, 1000, { class: "bronze" }),
    { atMs: 500, bytes: 1000, class: "bronze" },
    ...burst(3, 4000, 1000, { class: "gold" }),
  ],
  panels: [
    { label: "gold, weight 2 of 3000 B/s, shared", policy: shares("shared"), node: "gold", run: "shared" },
    { label: "bronze, weight 1 of 3000 B/s, shared", policy: shares("shared"), node: "bronze" },
    { label: "bronze, weight 1 of 3000 B/s, static", policy: shares("static"), node: "bronze", run: "static" },
  ],
};

export const CLASS_SCENES: readonly Scene[] = [CHARGES, PRIORITY, BORROW, WEIGHTED];
