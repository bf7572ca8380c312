/** `weir explain`: what it prints can be used as it is, in both directions; errors are one line. */
import { describe, expect, test } from "vitest";
import { meterJson, OFFICE, Scratch, weir } from "../support/cli.ts";
import { expectShown } from "../support/shown.ts";

const scratch = new Scratch();
const TBF = "tbf rate 1mbit burst 10kb latency 100ms";

function explained(...args: readonly string[]): string {
  const { code, stdout, stderr } = weir(["explain", ...args], { cwd: scratch.path });
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  return stdout;
}

describe("a line of another system", () => {
  test("its true values, the policy, and what the other system does otherwise", () => {
    const text = explained(TBF);
    expect(text).toMatch(/^Linux tc tbf: a token bucket that delays\n/u);
    expect(text).toMatch(/^ {2}burst +10kb +10,240 B$/mu);
    expect(text).toMatch(/^ {2}limit +22,740 B \(rate x latency \+ burst\)$/mu);
    expect(text).toMatch(/^ {2}longest wait +181920 us: limit \/ rate/mu);
    expect(text).toContain("  shaper: token-bucket\n  rate: 1 Mbit/s\n  burst: 10240 B\n  limit: 22740 B\n");
    expect(text).toContain("tc's kb is 1024 bytes: 10kb is 10,240 B, 240 B more than with a kB of 1000");
  });

  test("without quotes, and as a whole command", () => {
    expect(explained(...TBF.split(" "))).toBe(explained(TBF));
    expect(explained(`tc qdisc add dev eth0 root ${TBF}`).replace(/word \d+/gu, "")).toBe(explained(TBF));
  });

  test("--yaml is a policy file that meters", () => {
    const yaml = explained("police rate 1mbit burst 16k mtu 64kb", "--yaml");
    const path = scratch.write("police.yaml", yaml);
    const { green, red, policy } = meterJson([OFFICE, "--policy", path, "--by", "all"]);
    expect([Number(green.packets), Number(red.packets)].every((packets) => packets > 1000)).toBe(true);
    expect(policy).toMatchObject({ meter: "token-bucket", overhead: -14, depth: { units: 16_384 } });
  });

  test("--json has exact values with their units", () => {
    const { figures, policy, by, yaml, refuses } = JSON.parse(explained("limit_req rate=100r/m burst=5", "--json")) as {
      readonly figures: readonly Record<string, unknown>[];
      readonly policy: unknown;
      readonly by: string;
      readonly yaml: string;
      readonly refuses: unknown;
    };
    expect(figures[0]).toEqual({
      name: "rate",
      written: "100r/m",
      text: "1.666 requests/s",
      value: "833/500",
      unit: "packets/s",
    });
    expect(policy).toEqual({ shaper: "token-bucket", rate: "1.666 packets/s", burst: "1 packet", limit: "5 packets" });
    expect([by, refuses]).toEqual(["src", []]);
    expect(yaml).toBe("shaper: token-bucket\nrate: 1.666 packets/s\nburst: 1 packet\nlimit: 5 packets\n");
  });
});

describe("--to", () => {
  const bucket = ["--meter", "token-bucket", "--rate", "1Mbit/s", "--burst", "16kB"] as const;

  test("lines to be copied, and what is lost as comments", () => {
    const text = explained("--to", "tc", ...bucket);
    expect(text).toContain("\ntc filter add dev eth0 ingress matchall action police rate 1000000bit burst 16000b ");
    expect(text).toContain("\ntc qdisc add dev eth0 root tbf rate 1000000bit burst 16000b latency 50ms\n");
    expect(text.split("\n").filter((line) => !/^(?:tc |# |$)/u.test(line))).toEqual([]);
  });

  test("a policy file, a shaper too, by a key", () => {
    const path = scratch.write(
      "web.yaml",
      "shaper: token-bucket\nrate: 10 packets/s\nburst: 1 packet\nlimit: 5 packets\n",
    );
    const { lines, by } = JSON.parse(explained("--to", "nginx", "--policy", path, "--by", "src", "--json")) as {
      readonly lines: readonly { readonly text: string }[];
      readonly by: string;
    };
    expect(by).toBe("src");
    expect(lines[0]!.text).toContain("limit_req zone=weir burst=5;");
  });
});

describe("errors are one line, exit code 2", () => {
  const classes = "classes:\n  - name: all\n    match: {}\n    action: pass\n";

  test.for([
    [["tbf rat 1mbit"], 'word 2 "rat": unknown parameter of tc tbf; did you mean rate?'],
    [[], "line: is missing; give one, such as: weir explain"],
    [["--to", "tcc"], 'to "tcc": is one of tc, nginx, iptables or cisco; did you mean tc?'],
    [["--to", "tc"], "policy: is missing; state one, such as: weir explain --to tc"],
    [["--to", "tc", "tbf rate"], 'to "tc": writes a policy; leave out the line, or --to'],
    [["tbf rate 1mbit", "--rate", "1Mbit/s"], "rate: belongs to a policy; say with --to where it goes"],
    [["--to", "cisco", "--policy", "classes.yaml"], "has classes; the other system's line is one bucket"],
    [
      ["--to", "nginx", "--meter", "token-bucket", "--rate", "1Mbit/s", "--burst", "9kB"],
      "policy: limit_req counts requests, not bytes",
    ],
    [
      ["--to", "tc", "--meter", "token-bucket", "--rate", "1Mbit/s", "--burst", "9kB", "--by", "sorc"],
      'by "sorc": is one of',
    ],
  ] as const)("%o", ([args, message]) => {
    scratch.write("classes.yaml", classes);
    const { code, stdout, stderr } = weir(["explain", ...args], { cwd: scratch.path });
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(/^weir: [^\n]+\n$/u);
    expect(stderr).toContain(message);
  });
});

test("the help shows a line of each system, and an example for each option", () => {
  const { stdout } = weir(["explain", "--help"]);
  for (const line of [TBF, "limit_req rate=10r/s burst=5 nodelay", "gcra T=10 tau=45", "bdp 10 Mbit/s 100 ms"]) {
    expect(stdout).toContain(`  ${line}\n`);
  }
  for (const option of ["to", "policy", "by", "yaml", "json"])
    expect(stdout).toMatch(new RegExp(`example: --${option}`, "u"));
});

test("docs/explain.md shows what its commands print", () => {
  expectShown("docs/explain.md", 4);
});
