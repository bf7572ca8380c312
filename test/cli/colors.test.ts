/** `--color-aware`: in captures the DSCP says with what color a packet arrives. */
import { describe, expect, test } from "vitest";
import { arpFrame, colorsOf, ipFrame, meter, meterRows, OFFICE, Scratch } from "../support/cli.ts";

const scratch = new Scratch();
const [AF11, AF12, AF13, AF22, EF] = [10, 12, 14, 20, 46];
const V6 = { source: "2001:db8::1", destination: "2001:db8::2" };

describe("srtcm", () => {
  // 200 bytes of committed burst, 100 of excess, and no time for more.
  const args = ["--meter", "srtcm", "--cir", "1 B/s", "--cbs", "200 B", "--ebs", "100 B"];

  test.each(["IPv4", "IPv6"])("%s: no packet gets better than it came", (version) => {
    const frames = [AF11, AF12, AF13, AF22, EF, 0].map((dscp) =>
      ipFrame(0n, 100, { dscp, ...(version === "IPv6" ? V6 : {}) }),
    );
    const capture = scratch.pcap(`srtcm${version}.pcap`, frames);
    const aware = meterRows([capture, ...args, "--color-aware"]);
    expect(aware.map(({ color, reason }) => [color, reason])).toStrictEqual([
      ["green", ""],
      ["yellow", "color-in"],
      ["red", "color-in"],
      ["red", "excess"],
      ["green", ""],
      ["red", "excess"],
    ]);
    expect(aware[2]!.delay).toBe("never");
    const blind = meterRows([capture, ...args]);
    expect(blind.map(({ color, reason }) => [color, reason])).toStrictEqual([
      ["green", ""],
      ["green", ""],
      ["yellow", "committed"],
      ["red", "excess"],
      ["red", "excess"],
      ["red", "excess"],
    ]);
  });
});

describe("trtcm with room for everything", () => {
  const rates = ["--cir", "1 Gbit/s", "--cbs", "1 MB", "--pir", "1 Gbit/s", "--pbs", "1 MB"];
  const args = ["--meter", "trtcm", ...rates, "--color-aware"];

  test("AFx2 arrive yellow, AFx3 red, all other code points green", () => {
    const frames = Array.from({ length: 64 }, (_, dscp) => ipFrame(0n, 100, { dscp }));
    const rows = meterRows([scratch.pcap("all.pcap", frames), ...args]);
    const wanted = frames.map((_, dscp) => {
      const isAssured = dscp >>> 3 >= 1 && dscp >>> 3 <= 4;
      return isAssured && (dscp & 7) === 4 ? "Y" : isAssured && (dscp & 7) === 6 ? "R" : "G";
    });
    expect(colorsOf(rows)).toBe(wanted.join(""));
    expect(new Set(rows.map(({ reason }) => reason))).toStrictEqual(new Set(["", "color-in"]));
  });

  test("frames without IP arrive green; merged captures keep their colors", () => {
    const one = scratch.pcap("one.pcap", [ipFrame(0n, 100, { dscp: AF13 }), ipFrame(2n, 100, { dscp: AF12 })]);
    const other = scratch.pcap("other.pcap", [arpFrame(1n), ipFrame(3n, 100, { dscp: EF })]);
    expect(colorsOf(meterRows([one, other, ...args]))).toBe("RGYG");
  });
});

describe("the summary", () => {
  test("has a yellow line when the meter can give yellow", () => {
    const marker = ["--meter", "srtcm", "--cir", "1 Mbit/s", "--cbs", "8 kB", "--ebs", "8 kB"];
    expect(meter([OFFICE, ...marker])).toMatch(/^yellow +[\d,]+ +\d+\.\d\d %/mu);
    expect(meter([scratch.pcap("small.pcap", [ipFrame(0n, 100)]), ...marker])).toMatch(/^yellow +0 /mu);
    const peaks = ["--meter", "dual", "--peak-rate", "1 MB/s", "--peak-burst", "3 kB"];
    const dual = [OFFICE, ...peaks, "--rate", "1 kB/s", "--burst", "3 kB"];
    expect(meter(dual)).not.toMatch(/^yellow/mu);
    expect(meter([...dual, "--tag"])).toMatch(/^yellow +[\d,]+ +\d+\.\d\d %/mu);
  });

  test("says that colors are looked at", () => {
    const args = ["--meter", "mef", "--cir", "1 Mbit/s", "--cbs", "8 kB", "--eir", "1 Mbit/s", "--ebs", "8 kB"];
    expect(meter([OFFICE, ...args, "--color-aware"])).toMatch(/^mef {2}.*, color-aware,/mu);
  });
});
