// Goal: the words of actions, on the command line and in policy files, mean what section 2.10 of the definitions says.
import { describe, expect, test } from "vitest";
import { COLOR_GREEN, COLOR_RED, COLOR_YELLOW } from "../assembly/abi.ts";
import { createCoreEngine } from "../src/core/engine.ts";
import { coreModule } from "../src/core/module.node.ts";
import { compileLoaded, compilePolicy, loadPolicyText, parseAction } from "../src/policies.ts";
import { ipFrame } from "./support/cli.ts";
import { policed, withBytes, withChecksum } from "./support/policed.ts";
import { concat, SECOND_NS, writePcap, type WrittenFrame } from "./support/writer.ts";

const NONE = { drops: false, af: false, ecn: false, dei: false };

describe("an action", () => {
  test.each([
    ["pass", {}],
    ["drop", { drops: true }],
    ["af", { af: true }],
    ["ecn", { ecn: true }],
    ["dei", { dei: true }],
    ["dscp:EF", { dscp: 46 }],
    ["dscp:af12", { dscp: 12 }],
    ["DSCP: cs1", { dscp: 8 }],
    ["dscp:0", { dscp: 0 }],
    ["pcp:7", { pcp: 7 }],
    ["af, ecn ,pcp:0,dei", { af: true, ecn: true, pcp: 0, dei: true }],
    ["dscp:63,ecn", { dscp: 63, ecn: true }],
  ] as const)("%s", (text, marks) => {
    const { text: _, ...action } = parseAction("red", text);
    expect(action).toStrictEqual({ ...NONE, ...marks });
  });

  test.each([
    ["", 'red "": unknown action; it is pass, drop, dscp:<name>, af, ecn, pcp:<n> or dei;'],
    ["pas", 'red "pas": unknown action; did you mean pass? it is pass'],
    ["block", 'red "block": unknown action; it is pass'],
    ["dscp", "unknown action; did you mean dscp? it is pass, drop, dscp:<name>"],
    ["af:1", 'red "af:1": unknown action'],
    ["dscp:af44", 'red "af44": unknown DSCP; did you mean'],
    ["dscp:64", 'red "64": must be from 0 to 63'],
    ["pcp:8", 'red "pcp:8": a VLAN priority is a whole number from 0 to 7'],
    ["pcp:", 'red "pcp:": a VLAN priority'],
    ["af,af", 'red "af,af": states the same twice'],
    ["drop,ecn", 'red "drop,ecn": pass and drop stand alone'],
    ["pass,drop", "pass and drop stand alone"],
    ["af,dscp:ef", 'red "af,dscp:ef": af and dscp both set the code point'],
    ["af,,ecn", 'red "": unknown action'],
  ])("%s is refused", (text, message) => {
    expect(() => parseAction("red", text)).toThrow(message);
  });
});

describe("a policy file's actions", () => {
  const METER = "meter: token-bucket\nrate: 1 Mbit/s\nburst: 16 kB\n";
  const CLASSES = "classes:\n  - name: web\n    match: { dst-port: 80 }\n    rate: 1 Mbit/s\n    burst: 16 kB\n";

  test.each([METER, CLASSES])("stand beside one meter, and beside classes, and change neither", async (policy) => {
    const loaded = await loadPolicyText(`${policy}actions: { yellow: [af, ecn], red: "dscp:cs1" }\n`, "p.yaml");
    expect(loaded.actions).toStrictEqual({
      yellow: { ...NONE, af: true, ecn: true, text: "af,ecn" },
      red: { ...NONE, dscp: 8, text: "dscp:cs1" },
    });
    expect(compileLoaded(loaded)).toStrictEqual(compileLoaded(await loadPolicyText(policy, "p.yaml")));
  });

  test.each([
    ["actions: drop", 'p.yaml:4: actions "drop": must be a map of colors to actions'],
    ["actions: { blue: drop }", 'p.yaml:4: blue "drop": unknown color; it is one of green, yellow or red'],
    ["actions:\n  green: pass\n  yelow: drop", 'p.yaml:6: yelow "drop": unknown color; did you mean yellow?'],
    ["actions:\n  red: dorp", 'p.yaml:5: red "dorp": unknown action; did you mean drop?'],
    ["actions: { red: }", "p.yaml:4: red: has no action"],
    ["actions: { red: [] }", "p.yaml:4: red: has no action"],
    ["actions: { red: { dscp: 3 } }", "p.yaml:4: red: has no action"],
  ])("%s is refused", async (text, message) => {
    await expect(loadPolicyText(`${METER}${text}\n`, "p.yaml")).rejects.toThrow(message);
  });

  test("a fault in the meter is still named with its line", async () => {
    const loaded = await loadPolicyText("actions: { red: drop }\nmeter: token-bucket\nrate: 1 Mbit/s\n", "p.yaml");
    expect(() => compileLoaded(loaded)).toThrow(/^p\.yaml: burst/u);
    await expect(loadPolicyText("actions: { red: drop }\nmeter: token-bucket\nrat: 3\n", "p.yaml")).rejects.toThrow(
      "p.yaml:3: rat",
    );
  });
});

describe("row 8 of algorithms.md: pass, drop, mark, shape", () => {
  // Bucket of 1000 B drained at 1000 B/s; packets of 400 B at the same instant: 2 green, 1 yellow, then red.
  const policy = compilePolicy({ meter: "srtcm", cir: "8 kbit/s", cbs: "1000 B", ebs: "400 B" });
  const BYTES = 400;

  /** Four packets with this code point and congestion mark: green, green, yellow, red. */
  function burst(dscp: number, ecn: number): WrittenFrame[] {
    return [0, 1, 2, 3].map(() => {
      const frame = ipFrame(SECOND_NS, BYTES);
      const packet = frame.bytes.slice(14);
      packet[1] = 4 * dscp + ecn;
      return withBytes(frame, concat(frame.bytes.subarray(0, 14), withChecksum(packet)));
    });
  }

  /** Code points and congestion marks of what leaves. */
  async function left(frames: readonly WrittenFrame[], actions: Readonly<Record<string, string>>): Promise<string[]> {
    const { bytes, colors } = await policed(writePcap(frames), { policy, ...actions });
    expect(colors).toEqual([COLOR_GREEN, COLOR_GREEN, COLOR_YELLOW, COLOR_RED]);
    const record = 16 + frames[0]!.bytes.length;
    const fields = Array.from(
      { length: (bytes.length - 24) / record },
      (_, index) => bytes[24 + index * record + 16 + 15]!,
    );
    return fields.map((field) => `${field >> 2}/${field & 3}`);
  }

  const AF = { green: "af", yellow: "af", red: "af" };

  test("pass and drop", async () => {
    expect(await left(burst(46, 0), {})).toEqual(["46/0", "46/0", "46/0"]);
    expect(await left(burst(46, 0), { red: "pass" })).toEqual(["46/0", "46/0", "46/0", "46/0"]);
    expect(await left(burst(46, 0), { yellow: "drop" })).toEqual(["46/0", "46/0"]);
  });

  test("mark: AFxy is 8x + 2y, the drop precedence is that of the color, and none is promoted", async () => {
    for (const x of [1, 2, 3, 4]) {
      const af = (y: number) => `${8 * x + 2 * y}/1`;
      expect(await left(burst(8 * x + 2, 1), AF)).toEqual([af(1), af(1), af(2), af(3)]);
      expect(await left(burst(8 * x + 4, 1), AF)).toEqual([af(2), af(2), af(2), af(3)]);
      expect(await left(burst(8 * x + 6, 1), AF)).toEqual([af(3), af(3), af(3), af(3)]);
      const named = { green: `dscp:af${x}1`, yellow: `dscp:af${x}2`, red: `dscp:af${x}3` };
      expect(await left(burst(8 * x + 4, 1), named)).toEqual([af(2), af(2), af(2), af(3)]);
      expect(await left(burst(46, 1), named)).toEqual([af(1), af(1), af(2), af(3)]);
    }
    expect(await left(burst(46, 2), AF)).toEqual(["46/2", "46/2", "46/2", "46/2"]);
  });

  test("mark: congestion experienced on ECT(0) and ECT(1), it stays, and what is Not-ECT is dropped instead", async () => {
    const ecn = { yellow: "ecn", red: "ecn" };
    expect(await left(burst(10, 1), ecn)).toEqual(["10/1", "10/1", "10/3", "10/3"]);
    expect(await left(burst(10, 2), ecn)).toEqual(["10/2", "10/2", "10/3", "10/3"]);
    expect(await left(burst(10, 3), ecn)).toEqual(["10/3", "10/3", "10/3", "10/3"]);
    expect(await left(burst(10, 0), ecn)).toEqual(["10/0", "10/0"]);
    expect(await left(burst(10, 2), { ...AF, red: "af,ecn" })).toEqual(["10/2", "10/2", "12/2", "14/3"]);
  });

  test("marks are colors again: what was marked by color is read by color", async () => {
    const { bytes } = await policed(writePcap(burst(10, 1)), { policy, ...AF });
    const aware = compilePolicy({ meter: "srtcm", cir: "8 Gbit/s", cbs: "1 MB", ebs: "1 MB", colorAware: true });
    const { colors } = await policed(bytes, { policy: aware });
    expect(colors).toEqual([COLOR_GREEN, COLOR_GREEN, COLOR_YELLOW, COLOR_RED]);
  });

  test("shape: the delay that a refused packet would have had to wait, and then it passes", () => {
    const bucket = compilePolicy({ meter: "token-bucket", rate: "8 kbit/s", burst: "1000 B" });
    const engine = createCoreEngine(coreModule("debug"), {
      policy: bucket,
      maxFlows: 16,
      secret: [1, 2, 3, 4],
      records: false,
      delays: true,
    });
    engine.batch.length.fill(BYTES, 0, 3);
    engine.run(3);
    // A level of 800 B, and 400 B more: 200 B above the depth leave in 0.2 s.
    expect([...engine.batch.color.subarray(0, 3)]).toEqual([COLOR_GREEN, COLOR_GREEN, COLOR_RED]);
    expect(engine.batch.delay[4]).toBe(200_000_000);
    engine.batch.time[0] = 200_000_000;
    engine.run(1);
    expect(engine.batch.color[0]).toBe(COLOR_GREEN);
  });
});
