/** The scenes of docs/meters.md. */

import { burst, type Panel, type Scene, type ScenePacket } from "./scene.ts";

function each(count: number, fromMs: number, everyMs: number, bytes: number): ScenePacket[] {
  return Array.from({ length: count }, (_, index) => ({ atMs: fromMs + index * everyMs, bytes }));
}

const LEAKY: Scene = {
  name: "leaky-bucket",
  alt: "A leaky bucket of 10 kB at 1250 B/s: three of five packets of 3000 B at 0 s fit, and two of three at 5 s.",
  untilMs: 13_000,
  packets: [...burst(5, 0, 3000), ...burst(3, 5000, 3000)],
  panels: [{ label: "level", policy: { meter: "leaky-bucket", rate: "1250 B/s", burst: "10 kB" } }],
};

const GCRA: Scene = {
  name: "gcra",
  alt: "GCRA with increment 10 ms and limit 15 ms: a cell conforms when the level before it is at most 1.5 cells.",
  untilMs: 55,
  packets: [0, 1, 2, 3, 14, 15, 16, 30, 31].map((atMs) => ({ atMs, bytes: 53 })),
  panels: [
    {
      label: "level in cells: (TAT - t) / increment",
      policy: { meter: "gcra", increment: "10 ms", limit: "15 ms", cost: "packets" },
      limits: [{ level: 1.5, text: "limit 15 ms" }],
    },
  ],
};

function checked(check: string): Panel {
  return {
    label: `check ${check}`,
    run: check,
    policy: { meter: "leaky-bucket", rate: "1000 B/s", burst: "3000 B", check },
  };
}

const CHECKS: Scene = {
  name: "checks",
  alt: "The same packets under three checks: post never passes the depth, pre and overdraft pass it by one packet.",
  untilMs: 6000,
  packets: [
    ...burst(3, 0, 1500),
    { atMs: 1000, bytes: 500 },
    { atMs: 2000, bytes: 1500 },
    { atMs: 2000, bytes: 1000 },
    { atMs: 3000, bytes: 1500 },
  ],
  panels: ["post", "pre", "overdraft"].map(checked),
};

const TURNER: Scene = {
  name: "turner",
  alt: "Ten packets at once and one every 2 s: unlimited, Turner's counter forgives after 14 s; clamped, after 2 s.",
  untilMs: 17_000,
  packets: [...burst(10, 0, 100), ...each(8, 2000, 2000, 100)],
  panels: ["unlimited", "clamped"].map((mode) => ({
    label: `mode ${mode}`,
    run: mode,
    policy: { meter: "turner", rate: "1 packet/s", burst: "3 packets", mode },
  })),
};

const EVENTS: Scene = {
  name: "event-counter",
  alt: "An event counter: the alarm begins when the count reaches 5, and ends when it has leaked to 2.",
  untilMs: 11_000,
  packets: [0, 200, 400, 600, 800, 1000, 2000, 3500, 6500, 7500].map((atMs) => ({ atMs, bytes: 100 })),
  panels: [
    {
      label: "events",
      policy: { meter: "event-counter", rate: "1 packet/s", alarm: 5, clear: 2 },
      limits: [
        { level: 5, text: "alarm 5" },
        { level: 2, text: "clear 2" },
      ],
    },
  ],
};

const PCR_SCR = { meter: "dual", pcr: "100 packets/s", cdvt: "1 ms", scr: "10 packets/s", mbs: 11 };

const DUAL: Scene = {
  name: "dual",
  alt: "PCR and SCR: a cell 5 ms early is refused by the peak bucket, the twelfth of a burst by the sustained one.",
  untilMs: 250,
  packets: [...each(5, 0, 10, 53), { atMs: 45, bytes: 53 }, ...each(8, 50, 10, 53), { atMs: 200, bytes: 53 }],
  panels: [
    { label: "peak: pcr 100 cells/s, cdvt 1 ms", policy: PCR_SCR, limits: [{ level: 0.1, text: "cdvt 1 ms" }] },
    {
      label: "sustained: scr 10 cells/s, mbs 11",
      policy: PCR_SCR,
      bucket: 1,
      limits: [{ level: 9, text: "limit 0.9 s" }],
    },
  ],
};

const COLORED: readonly ScenePacket[] = [
  ...burst(5, 0, 1000),
  { atMs: 500, bytes: 1000 },
  { atMs: 1000, bytes: 1000 },
  ...burst(3, 3500, 1000),
  { atMs: 3700, bytes: 1000 },
  { atMs: 4500, bytes: 1000 },
];
const ASKED_EXCESS = [1, 2] as const;

function committedAndExcess(name: string, alt: string, policy: Panel["policy"], texts: readonly string[]): Scene {
  return {
    name,
    alt,
    untilMs: 9000,
    packets: COLORED,
    panels: [
      { label: `committed: ${texts[0]}`, policy },
      { label: `excess: ${texts[1]}`, policy, bucket: 1, asked: ASKED_EXCESS },
    ],
  };
}

const SRTCM = committedAndExcess(
  "srtcm",
  "RFC 2697: the excess bucket drains only while the committed one is empty.",
  { meter: "srtcm", cir: "1000 B/s", cbs: "2000 B", ebs: "3000 B" },
  ["cir 1000 B/s, cbs 2000 B", "ebs 3000 B, drains while committed is empty"],
);

const TRTCM_4115 = committedAndExcess(
  "trtcm-4115",
  "RFC 4115: both buckets drain at their own rates.",
  { meter: "trtcm-4115", cir: "1000 B/s", cbs: "2000 B", eir: "500 B/s", ebs: "3000 B" },
  ["cir 1000 B/s, cbs 2000 B", "eir 500 B/s, ebs 3000 B"],
);

const TRTCM_POLICY = { meter: "trtcm", cir: "1000 B/s", cbs: "2000 B", pir: "2000 B/s", pbs: "5000 B" };

const TRTCM: Scene = {
  name: "trtcm",
  alt: "RFC 2698: red above the peak bucket, yellow above the committed one; a yellow packet charges the peak only.",
  untilMs: 6000,
  packets: [...burst(5, 0, 1000), { atMs: 300, bytes: 1000 }, ...burst(2, 1000, 1000), ...burst(2, 3000, 1000)],
  panels: [
    { label: "peak: pir 2000 B/s, pbs 5000 B", policy: TRTCM_POLICY },
    { label: "committed: cir 1000 B/s, cbs 2000 B", policy: TRTCM_POLICY, bucket: 1 },
  ],
};

const MEF_POLICY = { meter: "mef", cir: "1000 B/s", cbs: "2000 B", eir: "500 B/s", ebs: "3000 B" };

const MEF: Scene = {
  name: "mef",
  alt: "MEF: with coupling on, the excess bucket drains faster once the committed one is empty.",
  untilMs: 9000,
  packets: COLORED,
  panels: [
    {
      label: "committed: cir 1000 B/s, cbs 2000 B, coupling on",
      policy: { ...MEF_POLICY, coupling: "on" },
      run: "coupling on",
    },
    {
      label: "excess: eir 500 B/s, ebs 3000 B, coupling on",
      policy: { ...MEF_POLICY, coupling: "on" },
      bucket: 1,
      asked: ASKED_EXCESS,
    },
    {
      label: "excess: eir 500 B/s, ebs 3000 B, coupling off",
      policy: { ...MEF_POLICY, coupling: "off" },
      run: "coupling off",
      bucket: 1,
      asked: ASKED_EXCESS,
    },
  ],
};

const MULTI_POLICY = { meter: "multi", buckets: ["1000 B/s 3000 B", "2 packets/s 4 packets"] };

const MULTI: Scene = {
  name: "multi",
  alt: "Bytes and packets at once: large packets are refused by the first bucket, many small ones by the second.",
  untilMs: 6000,
  packets: [...burst(3, 0, 1400), ...burst(5, 3000, 400), { atMs: 4000, bytes: 1400 }],
  panels: [
    { label: "bucket 1: 1000 B/s, 3000 B", policy: MULTI_POLICY },
    { label: "bucket 2: 2 packets/s, 4 packets", policy: MULTI_POLICY, bucket: 1 },
  ],
};

export const METER_SCENES: readonly Scene[] = [
  LEAKY,
  GCRA,
  CHECKS,
  TURNER,
  EVENTS,
  DUAL,
  SRTCM,
  TRTCM,
  TRTCM_4115,
  MEF,
  MULTI,
];
