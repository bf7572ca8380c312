// Goal: what cannot be made is refused with one line that names the option, its value, the limit and the way out.
import { describe, expect, test } from "vitest";
import { ConfigError } from "../src/errors.ts";
import { trafficSettings } from "../src/synth/input.ts";
import { PRESETS } from "../src/synth/presets.ts";
import { OPTION_NAMES, SYNTH_OPTIONS, type SynthInput } from "../src/synth/table.ts";
import { trafficOf } from "./support/synth.ts";

/** The one line that the options are refused with. */
function refusal(input: SynthInput, output?: string): string {
  try {
    trafficOf(input, output);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  throw new Error(`${JSON.stringify(input)} is taken`);
}

describe("refused", () => {
  test.for<readonly [SynthInput, string]>([
    [{ preset: "ofice" }, 'preset "ofice": is office, cbr, bursty, flood or contract-edge; did you mean office?'],
    [{ seed: "-1" }, 'seed "-1": must be a whole number from 0 to 4294967295'],
    [{ seed: "4294967296" }, 'seed "4294967296": must be a whole number'],
    [{ packets: "0" }, 'packets "0": must be a whole number from 1 to 1000000000000'],
    [{ packets: "1e6" }, 'packets "1e6": must be a whole number'],
    [{ duration: "0s" }, 'duration "0s": must be at least 1 ns'],
    [{ duration: "10" }, 'duration "10": a number needs a unit; write 10 us, 10 ms or 10 s'],
    [{ duration: "31h 1" }, 'duration "31h 1": unknown unit'],
    [{ duration: "721h" }, 'duration "721h": is more than 30 days; ask for less'],
    [{ flows: "0" }, 'flows "0": must be a whole number from 1 to 16000000'],
    [{ flows: "16000001" }, 'flows "16000001": must be a whole number from 1 to 16000000'],
    [{ rate: "10Mbps" }, 'rate "10Mbps": unknown unit "Mbps"; write 10 Mbit/s for bits or 10 MB/s for bytes'],
    [
      { rate: "1e10packets/s" },
      'rate "1e10packets/s": is more than a packet a nanosecond; ask for at most 1e9 packets/s',
    ],
    [{ rate: "0bit/s" }, 'rate "0bit/s": leaves nothing to send; raise it, or give bursts or a flood'],
    [
      { rate: "1packets/h", packets: "721" },
      'packets "721": would take more than 30 days at 1packets/h; ask for fewer',
    ],
    [{ popularity: "pareto" }, 'popularity "pareto": is uniform, zipf, or zipf with an exponent such as zipf:1.2'],
    [{ popularity: "zipf:" }, 'popularity "zipf:": is uniform, zipf, or zipf with an exponent'],
    [{ popularity: "uniform:1" }, 'popularity "uniform:1": is uniform, zipf, or zipf with an exponent'],
    [{ popularity: "zipf:0" }, 'popularity "zipf:0": the exponent must be from 0.01 to 5'],
    [{ popularity: "zipf:5.001" }, 'popularity "zipf:5.001": the exponent must be from 0.01 to 5'],
    [{ arrivals: "onoff" }, 'arrivals "onoff": is constant, poisson, on-off, or on-off with a tail index such as'],
    [{ arrivals: "poisson:2" }, 'arrivals "poisson:2": is constant, poisson, on-off'],
    [{ arrivals: "on-off:1" }, 'arrivals "on-off:1": the tail index must be from 1.1 to 10'],
    [{ "on-packets": "5" }, 'on-packets "5": arrivals that are poisson have no on periods; say --arrivals on-off'],
    [{ arrivals: "constant", "on-peak": "5" }, 'on-peak "5": arrivals that are constant have no on periods'],
    [{ arrivals: "on-off", "on-peak": "1" }, 'on-peak "1": must be a whole number from 2 to 1000000'],
    [
      { arrivals: "on-off:1.1", "on-packets": "5" },
      'on-packets "5": with the tail index 1.1 the mean on period has at least 6 packets',
    ],
    [{ sizes: "big" }, 'sizes "big": is imix, fixed:N, uniform:A-B, or sizes with weights such as 64:7,594:4,1518:1'],
    [{ sizes: "fixed:10-20" }, 'sizes "fixed:10-20": is imix, fixed:N'],
    [{ sizes: "uniform:100" }, 'sizes "uniform:100": is imix, fixed:N'],
    [{ sizes: "fixed:59" }, 'sizes "fixed:59": a frame has 60 to 65535 bytes, without its frame check sequence'],
    [{ sizes: "60-65536" }, 'sizes "60-65536": a frame has 60 to 65535 bytes'],
    [{ sizes: "200-100" }, 'sizes "200-100": begins after its end; write 100-200'],
    [{ sizes: "64:0" }, 'sizes "64:0": "64:0" is not a value with a weight from 1 to 1000000, such as 64:3'],
    [{ sizes: "64:7:1" }, 'sizes "64:7:1": "64:7:1" is not a value with a weight'],
    [{ sizes: "64,1x" }, 'sizes "64,1x": "1x" is not a size or a range such as 64-128'],
    [{ sizes: "64,".repeat(65) }, "lists 66 values; at most 64 are taken"],
    [{ "burst-at": "1" }, 'burst-at "1": a number needs a unit'],
    [{ "burst-at": "1s,10s" }, 'burst-at "1s,10s": lies behind the end; give a longer --duration'],
    [{ "burst-packets": "5" }, 'burst-packets "5": there are no bursts; say when with --burst-at, such as 1s'],
    [{ "burst-gap": "5us" }, 'burst-gap "5us": there are no bursts'],
    [{ "burst-at": "1s", "burst-packets": "0" }, 'burst-packets "0": must be a whole number from 1 to 1000000000'],
    [
      { "burst-at": "1s,1.5s", "burst-packets": "2", "burst-gap": "501ms" },
      'burst-at "1s,1.5s": one burst begins before another ends; shorten the gap',
    ],
    [{ flood: "5s" }, 'flood "5s": is not from one time to another, such as 5s-10s'],
    [{ flood: "5s-5s" }, 'flood "5s-5s": must end after it begins, such as 5s-10s'],
    [{ flood: "10s-11s" }, 'flood "10s-11s": begins behind the end; give a longer --duration'],
    [
      { "flood-rate": "5packets/s" },
      'flood-rate "5packets/s": there is no flood; say when with --flood, such as 5s-10s',
    ],
    [{ flood: "1s-2s", "flood-rate": "2e9packets/s" }, 'flood-rate "2e9packets/s": is more than a packet a nanosecond'],
    [
      { flood: "0s-5s", "flood-rate": "1e9packets/s" },
      'flood-rate "1e9packets/s": a flood has at most 4294967296 packets',
    ],
    [{ ipv6: "101%" }, 'ipv6 "101%": must be a whole percentage from 0% to 100%, such as 30%'],
    [{ udp: "30" }, 'udp "30": must be a whole percentage'],
    [{ dscp: "af14" }, 'dscp "af14": unknown DSCP; did you mean af11?'],
    [{ dscp: "64" }, 'dscp "64": must be from 0 to 63'],
    [{ dscp: "ef:2000000" }, 'dscp "ef:2000000": "ef:2000000" is not a value with a weight from 1 to 1000000'],
    [{ vlan: "4095" }, 'vlan "4095": must be a whole number from 1 to 4094'],
    [{ times: "ms" }, 'times "ms": is ns or us'],
    [{ snap: "0" }, 'snap "0": must be from 1 to 262144 bytes'],
    [{ format: "cap" }, 'format "cap": is pcap or pcapng'],
    [{ format: "pcapng" }, 'format "pcapng": the output is named out.pcap; name it .pcapng'],
  ])("%j", ([input, message]) => {
    const line = refusal(input);
    expect(line).toContain(message);
    expect(line).not.toMatch(/\n|undefined|NaN/u);
  });

  test("a name that says no format", () => {
    expect(refusal({}, "out.pcap.gz")).toContain(
      'output "out.pcap.gz": name a .pcap or .pcapng file, or "-" for stdout',
    );
    expect(() => trafficOf({ format: "pcap" }, "out.cap")).not.toThrow();
  });
});

describe("presets", () => {
  test("stand for options, which those beside them replace", () => {
    for (const { name, options } of PRESETS) {
      expect(trafficSettings({ preset: name })).toStrictEqual(trafficSettings(options));
      expect(trafficSettings({ preset: name, flows: "9", duration: "5s" })).toStrictEqual(
        trafficSettings({ ...options, flows: "9", duration: "5s" }),
      );
    }
  });

  test("a number of packets takes their duration away", () => {
    expect(trafficSettings({ preset: "cbr", packets: "1000000" })).toStrictEqual({
      ...trafficSettings({ preset: "cbr" }),
      packetsMax: 1_000_000,
      endNs: 30 * 86_400 * 1e9,
    });
    expect(trafficSettings({ preset: "cbr", packets: "5", duration: "2s" })).toMatchObject({
      packetsMax: 5,
      endNs: 2e9,
    });
  });

  test("bursts and floods of a preset can be left out", () => {
    expect(trafficSettings({ preset: "flood", flood: "none" }).flood).toBeNull();
    expect(trafficSettings({ preset: "contract-edge", "burst-at": "none" }).bursts).toBeNull();
  });
});

test("every option's example and fallback is taken", () => {
  const needs: Readonly<Partial<Record<string, SynthInput>>> = {
    "on-packets": { arrivals: "on-off" },
    "on-peak": { arrivals: "on-off" },
    "burst-packets": { "burst-at": "1s" },
    "burst-gap": { "burst-at": "1s" },
    "flood-rate": { flood: "1s-2s" },
  };
  for (const name of OPTION_NAMES) {
    const { example, fallback } = SYNTH_OPTIONS[name];
    for (const value of [example, fallback]) {
      if (value === undefined) continue;
      const output = name === "format" ? "-" : "out.pcap";
      expect(() => trafficOf({ ...needs[name], [name]: value }, output), `${name} ${value}`).not.toThrow();
    }
  }
});

test("spans may be of times with exponents", () => {
  expect(trafficSettings({ flood: "1e-3s - 2e3ms" }).flood).toMatchObject({ fromNs: 1e6, toNs: 2e9 });
  expect(trafficSettings({ flood: "1ms-2e-1s" }).flood).toMatchObject({ fromNs: 1e6, toNs: 2e8 });
});
