/** `--levels`: the levels of the buckets after each packet, in units, rounded down to a billionth. */
import { describe, expect, test } from "vitest";
import { compilePolicy, type PolicyInput } from "../../src/policies.ts";
import { createReferenceEngine } from "../../src/reference/meter.ts";
import {
  ipFrame,
  meter,
  meterRows,
  meterJson,
  MS,
  OFFICE,
  optionsOf,
  PACKET_HEADER,
  POLICY,
  Scratch,
  weir,
} from "../support/cli.ts";
import { runPackets } from "../support/run.ts";

const scratch = new Scratch();

/** Levels of frames given as [time in ms, bytes]. */
function levelsOf(frames: readonly (readonly [number, number])[], args: readonly string[]) {
  const written = frames.map(([ms, bytes]) => ipFrame(BigInt(ms) * MS, bytes));
  return meterRows([scratch.pcap("levels.pcap", written), ...args, "--levels"]).map(({ levels }) => levels);
}

describe("one bucket", () => {
  test("the textbook's", () => {
    const frames = [0, 0, 0, 0, 0, 5000, 5000, 5000].map((ms) => [ms, 3000] as const);
    const levels = levelsOf(frames, ["--meter", "leaky-bucket", "--rate", "1250 B/s", "--burst", "10 kB"]);
    const first = ["3000", "6000", "9000", "9000", "9000", "5750", "8750", "8750"];
    expect(levels).toStrictEqual(first.map((level) => [level, ""]));
  });

  test.for<readonly [string, number, string]>([
    ["1 packets/s", 500, "1.5"],
    ["1 packets/s", 999, "1.001"],
    ["1 packets/s", 1000, "1"],
    // 1000 an hour is 0.2777... a second; 1.7222... is left.
    ["1000 packets/h", 1000, "1.722222222"],
    ["2000 packets/h", 1000, "1.444444444"],
  ])("%s, %i ms later: %s", ([rate, ms, level]) => {
    const frames = [0, ms].map((at) => [at, 100] as const);
    const levels = levelsOf(frames, ["--meter", "token-bucket", "--rate", rate, "--burst", "3 packets"]);
    expect(levels).toStrictEqual([["1", ""], [level, ""]]); // prettier-ignore
  });

  test("of refused packets: what has drained is gone; of untracked ones: none", () => {
    const frames = [ipFrame(0n, 100), ipFrame(0n, 100, { sourcePort: 9 }), ipFrame(1000n * MS, 200)];
    const args = ["--meter", "token-bucket", "--rate", "1 B/s", "--burst", "200 B", "--max-flows", "1", "--levels"];
    const rows = meterRows([scratch.pcap("full.pcap", frames), ...args]);
    expect(rows.map(({ reason, levels }) => [reason, levels].flat())).toStrictEqual([
      ["", "100", ""],
      ["table-full", "", ""],
      ["rate", "99", ""],
    ]);
  });
});

describe("two buckets", () => {
  test("are shown in the order in which they are asked", () => {
    const rates = ["--pir", "1000 B/s", "--pbs", "300 B", "--cir", "500 B/s", "--cbs", "100 B"];
    const frames = [
      [0, 100],
      [0, 100],
      [0, 150],
      [100, 50],
    ] as const;
    expect(levelsOf(frames, ["--meter", "trtcm", ...rates])).toStrictEqual([
      ["100", "100"],
      ["200", "100"],
      ["200", "100"],
      ["150", "100"],
    ]);
  });

  test("each has its own unit", () => {
    const buckets = ["--bucket", "1 kB/s,1 kB", "--bucket", "10 packets/s,5 packets"];
    const frames = [
      [0, 100],
      [50, 60],
    ] as const;
    expect(levelsOf(frames, ["--meter", "multi", ...buckets])).toStrictEqual([
      ["100", "1"],
      ["110", "1.5"],
    ]);
  });
});

describe("the reference engine agrees", () => {
  const POLICIES: readonly PolicyInput[] = [
    { meter: "token-bucket", rate: "7 kbit/s", burst: "3 kB" },
    { meter: "turner", rate: "1000 packets/h", burst: "5 packets", cap: "9 packets" },
    { meter: "event-counter", rate: "3 packets/s", alarm: "9", clear: "2" },
    { meter: "mef", cir: "8 kbit/s", cbs: "2 kB", eir: "1 B/s", ebs: "3 kB", coupling: "on" },
    { meter: "dual", peakRate: "7 MB/s", peakBurst: "3 kB", rate: "1 kB/s", burst: "2 kB", mode: "independent" },
  ];

  test.for(POLICIES)("$meter", (input) => {
    const frames = Array.from({ length: 400 }, (_, index) =>
      ipFrame(BigInt(index * index) * 1_234_567n, 60 + ((index * 7919) % 1400), { sourcePort: index % 3 }),
    );
    const policy = compilePolicy(input);
    const options = { policy, maxFlows: 9, secret: [1, 2, 3, 4], records: false, delays: true, levels: true } as const;
    const packets = frames.map(({ timeNs, originalBytes }, index) => ({
      timeNs,
      length: originalBytes!,
      key: BigInt(index % 3),
    }));
    const { levels } = runPackets(createReferenceEngine(options), packets);
    const [profile] = policy.profiles;
    const textOf = (level: bigint, bucket: 0 | 1): string => {
      const steps = profile!.buckets[bucket]?.levelPerUnit;
      if (steps === undefined) return "";
      const billionths = (level * 1_000_000_000n) / steps;
      const fraction = `${billionths % 1_000_000_000n}`.padStart(9, "0").replace(/0+$/u, "");
      return `${billionths / 1_000_000_000n}${fraction === "" ? "" : `.${fraction}`}`;
    };
    const rows = meterRows([scratch.pcap("random.pcap", frames), ...optionsOf(input), "--levels"]);
    expect(rows.map((row) => row.levels)).toStrictEqual(levels.map(([one, two]) => [textOf(one, 0), textOf(two, 1)]));
  });
});

describe("beside other options", () => {
  const capture = scratch.pcap("one.pcap", [ipFrame(0n, 100)]);

  test("the columns before are the same, and so is the digest", () => {
    const plain = meter([OFFICE, ...POLICY, "--packets", "-", "--quiet"]);
    const wide = meter([OFFICE, ...POLICY, "--packets", "-", "--quiet", "--levels"]);
    expect(wide.startsWith(`${PACKET_HEADER},level,level2\n`)).toBe(true);
    expect(wide.replace(/(?:,level|,[\d.]*),(?:level2|[\d.]*)$/gmu, "") === plain).toBe(true);
    const file = scratch.at("rows.csv");
    expect(meterJson([OFFICE, ...POLICY, "--packets", file, "--levels"]).digest).toBe(
      meterJson([OFFICE, ...POLICY]).digest,
    );
  });

  const classes = scratch.write("classes.yaml", "classes: [{name: all, rate: 1 MB/s, burst: 1 kB}]\n");
  const three = ["--bucket", "1 B/s,1 kB", "--bucket", "2 B/s,1 kB", "--bucket", "3 B/s,1 kB"];
  test.for<readonly [string, readonly string[], RegExp]>([
    ["no packets", [...POLICY], /levels: adds columns to the rows of packets; give --packets too/u],
    [
      "classes",
      ["--policy", classes, "--packets", "-"],
      /levels: are shown of a policy of one meter only, and this one has classes; leave/u,
    ],
    [
      "three buckets",
      ["--meter", "multi", ...three, "--packets", "-"],
      /levels: .* multi has more than two buckets; leave it out/u,
    ],
    [
      "a shared rate",
      ["--meter", "weighted", "--rate", "1 MB/s", "--burst", "1 kB", "--packets", "-"],
      /levels: .* weighted has levels that other flows change; leave it out/u,
    ],
  ])("%s: exit 2", ([, args, message]) => {
    const { code, stdout, stderr } = weir(["meter", capture, ...args, "--levels"]);
    expect({ code, stdout }).toStrictEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(/^weir: [^\n]+\n$/u);
    expect(stderr).toMatch(message);
  });
});
