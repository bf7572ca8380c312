/** The summary: text for people, one JSON document for scripts. */
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { type CountJson, arpFrame, ipFrame, meter, meterJson, OFFICE, POLICY, Scratch, weir } from "../support/cli.ts";
import { concat, pcapHeader, pcapRecord } from "../support/writer.ts";

const scratch = new Scratch();
const office = meterJson([OFFICE, ...POLICY]);

function sumOf(...counts: readonly CountJson[]): CountJson {
  const sum = (pick: (count: CountJson) => number | string) =>
    Number(counts.reduce((total, count) => total + BigInt(pick(count)), 0n));
  return { packets: sum(({ packets }) => packets), bytes: sum(({ bytes }) => bytes) };
}

describe("--json", () => {
  test("holds every field of the contract", () => {
    const count = { packets: expect.any(Number), bytes: expect.any(Number) };
    expect(office).toMatchObject({
      packets: 108_737,
      bytes: 66_788_368,
      flows: 8435,
      green: count,
      yellow: { packets: 0, bytes: 0 },
      red: count,
      oversize: { packets: 0, bytes: 0 },
      other: { packets: 14, bytes: 604 },
      time: { firstNs: expect.any(String), lastNs: expect.any(String), regressions: 328 },
      truncated: false,
      policy: { meter: "token-bucket", cost: "bytes", length: "frame", overhead: 0, minLength: 0, check: "post" },
      digest: expect.stringMatching(/^[\da-f]{64}$/u),
    });
    expect(office.topFlows).toHaveLength(10);
  });

  test("the colors add up to the packets and bytes", () => {
    expect(sumOf(office.green, office.yellow, office.red)).toStrictEqual({
      packets: office.packets,
      bytes: office.bytes,
    });
    expect(Number(office.red.packets)).toBeGreaterThan(0);
    for (const flow of office.topFlows) {
      expect(sumOf(flow.green, flow.yellow, flow.red)).toStrictEqual({ packets: flow.packets, bytes: flow.bytes });
    }
  });

  test("the policy is shown as compiled", () => {
    const { policy } = office;
    expect(policy["rate"]).toStrictEqual({ text: "1 Mbit/s", unitsPerSec: 125_000 });
    expect(policy["depth"]).toStrictEqual({ text: "16 kB", units: 16_000 });
    expect(policy["fillTime"]).toStrictEqual({ text: "128 ms", ns: 128_000_000 });
    expect(policy["largestConformingPacket"]).toBe(16_000);
  });

  test("one document, also with --quiet", () => {
    const text = meter([OFFICE, ...POLICY, "--json", "--quiet"]);
    expect((JSON.parse(text) as typeof office).digest).toBe(office.digest);
  });

  test("with --top 0 flows are not counted one by one, and all else is the same", () => {
    const bare = meterJson([OFFICE, ...POLICY, "--top", "0"]);
    expect(bare).toStrictEqual({ ...office, topFlows: [], memory: bare.memory });
    expect(bare.memory.flowBytes).toBe(office.memory.flowBytes - 104 * (Number(office.flows) + 1));
  });

  test("with --top 0 the packets of flows that made room are not known", () => {
    const [bare, counted] = ["0", "1"].map((top) => meterJson([OFFICE, ...POLICY, "--max-flows", "500", "--top", top]));
    expect(counted!.evicted).toStrictEqual({
      flows: expect.any(Number),
      packets: expect.any(Number),
      bytes: expect.any(Number),
    });
    expect(bare!.digest).toBe(counted!.digest);
    expect(Object.keys(bare!.evicted)).toStrictEqual(["flows"]);
    const text = meter([OFFICE, ...POLICY, "--max-flows", "500", "--top", "0"]);
    expect(text).toMatch(/^note: [\d,]+ drained flows were dropped to make room; no verdict changed$/mu);
  });

  test("with --top 0 rows of flows are what they are without", () => {
    const [none, ten] = ["0", "10"].map((top) => meter([OFFICE, ...POLICY, "--top", top, "--quiet", "--flows", "-"]));
    expect(none).toBe(ten);
  });

  test("numbers above 2^53 are exact text, those below are numbers", () => {
    // 2^21 + 1 frames that were 2^32 - 1 bytes long on the wire.
    const frames = 2 ** 21 + 1;
    const record = pcapRecord({ timeNs: 0n, bytes: new Uint8Array(0), originalBytes: 0xffff_ffff });
    const records = new Uint8Array(record.length * frames).map((_, index) => record[index % record.length]!);
    const capture = scratch.write("giants.pcap.gz", gzipSync(concat(pcapHeader(), records), { level: 1 }));
    const bytes = (BigInt(frames) * 0xffff_ffffn).toString();
    const summary = meterJson([capture, ...POLICY]);
    expect(summary).toMatchObject({ packets: frames, bytes, red: { packets: frames, bytes }, oversize: { bytes } });
    expect(summary.time).toStrictEqual({ firstNs: 0, lastNs: 0, regressions: 0 });
    expect(summary.topFlows).toMatchObject([{ flow: "other", packets: frames, bytes }]);
  });

  test("a capture without packets has no times", () => {
    const { packets, flows, time, topFlows } = meterJson([scratch.pcap("none.pcap", []), ...POLICY]);
    expect({ packets, flows, topFlows }).toStrictEqual({ packets: 0, flows: 0, topFlows: [] });
    expect(time).toStrictEqual({ firstNs: null, lastNs: null, regressions: 0 });
  });
});

describe("text", () => {
  const text = meter([OFFICE, ...POLICY]);

  test("says what was read, under which policy, and how it came out", () => {
    expect(text).toContain(`${OFFICE}  108,737 frames, 25.444 s`);
    expect(text).toMatch(/^token-bucket {2}1 Mbit\/s, burst 16 kB, cost bytes, length frame, per 5-tuple;/mu);
    expect(text).toMatch(/^total +108,737 +100\.00 % +66,788,368 +100\.00 %$/mu);
    expect(text).toMatch(/^8,435 flows, /mu);
    expect(text).toMatch(/^note: 328 packets are older than one before them/mu);
    expect(text).toMatch(/^note: 14 frames have no IP header$/mu);
    expect(text).toMatch(new RegExp(`^digest ${office.digest}\n$`, "mu"));
  });

  test("has no color codes when it is no terminal", () => {
    expect(text).not.toContain("\u001B");
  });

  test("--quiet leaves nothing", () => {
    expect(weir(["meter", OFFICE, ...POLICY, "--quiet"])).toStrictEqual({ code: 0, stdout: "", stderr: "" });
  });
});

describe("--top", () => {
  const frames = [ipFrame(0n, 900), ipFrame(0n, 1000, { sourcePort: 2222 }), arpFrame(0n, 60), arpFrame(0n, 70)];
  const capture = scratch.pcap("top.pcap", frames);
  const args = [capture, "--meter", "token-bucket", "--rate", "1 B/s", "--burst", "100 B"];

  test("orders by refused bytes", () => {
    const flows = meterJson(args).topFlows.map(({ flow, red }) => [flow, red.bytes]);
    expect(flows).toStrictEqual([
      ["udp 10.0.0.1:2222 > 10.0.0.2:53", 1000],
      ["udp 10.0.0.1:1111 > 10.0.0.2:53", 900],
      ["other", 70],
    ]);
  });

  test.for([0, 1, 2, 20])("--top %i", (top) => {
    expect(meterJson([...args, "--top", `${top}`]).topFlows).toHaveLength(Math.min(top, 3));
  });

  test("the text shows as many", () => {
    const shown = meter([...args, "--top", "1"]);
    expect(shown.match(/^udp /gmu)).toHaveLength(1);
    expect(meter([...args, "--top", "0"])).not.toContain("worst flows");
  });
});
