/** Help and version. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { meterCommand } from "../../src/cli/commands/meter.ts";
import { METERS, POLICY_PARAMS } from "../../src/policies.ts";
import { progressLine } from "../../src/cli/progress.ts";
import { ROOT, weir } from "../support/cli.ts";

describe("help", () => {
  const { code, stdout, stderr } = weir(["meter", "--help"]);

  test("is printed on stdout", () => {
    expect({ code, stderr }).toStrictEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(/^Usage: weir meter \[options\] <capture\.\.\.>\n/u);
    expect(weir(["help", "meter"]).stdout).toBe(stdout);
    expect(weir(["--help"]).stdout).toContain("meter [options] <capture...>");
  });

  test.for(meterCommand().options.map(({ long }) => long!))("%s has an example that uses it", (name) => {
    const [, section = ""] = stdout.split(new RegExp(`^ {2}${name}(?![\\w-])`, "mu"));
    const [own] = section.split(/^ {2}-/mu);
    expect(own).toMatch(new RegExp(`example: ${name}( \\S+)?$`, "mu"));
  });

  test("names every option of the contract that is there, the exit codes and a whole command", () => {
    expect(stdout).toMatch(/Exit codes: 0 done, 1 .*, 2 /u);
    expect(stdout).toMatch(/^ {2}weir meter \S+ --meter \S+ --rate \S+ --burst \S+$/mu);
    for (const { name, kind } of POLICY_PARAMS) {
      expect(stdout).toMatch(new RegExp(`^ {2}--${name}${kind === "flag" ? " {2,}\\S" : " <"}`, "mu"));
    }
    for (const name of ["policy", "by", "skip-other", "packets", "flows", "nodes", "levels", "json", "top", "quiet"]) {
      expect(stdout).toMatch(new RegExp(`^ {2}--${name}\\b`, "mu"));
    }
  });

  test("names every meter, and what each needs", () => {
    for (const { name, forms } of METERS) {
      expect(stdout).toMatch(new RegExp(`^ {2}${name} {2,}\\S`, "mu"));
      for (const { params } of forms) expect(stdout).toContain(`  ${params.map((param) => `--${param}`).join(" ")}\n`);
    }
  });

  test("a bare command shows it as an error", () => {
    const bare = weir([]);
    expect(bare).toMatchObject({ code: 2, stdout: "" });
    expect(bare.stderr).toContain("Usage: weir");
  });

  test("--version is that of the package", () => {
    const { version } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as { version: string };
    expect(weir(["--version"])).toStrictEqual({ code: 0, stdout: `${version}\n`, stderr: "" });
  });
});

describe("progressLine", () => {
  const half = { packets: 1_234_567n, doneBytes: 50_000_000, totalBytes: 100_000_000 };

  test("shows the part done, the speed and the time left", () => {
    expect(progressLine(half, 65_000)).toBe(
      `${"█".repeat(12)}${"░".repeat(12)}  50 %  50.0 MB  1,234,567 packets, 18,993 packets/s  1:05 left`,
    );
  });

  test("at the start and at the end", () => {
    expect(progressLine({ ...half, packets: 0n, doneBytes: 0 }, 0)).toBe(
      `${"░".repeat(24)}   0 %  0 B  0 packets, 0 packets/s  0:00 left`,
    );
    expect(progressLine({ ...half, doneBytes: 100_000_000 }, 1000)).toMatch(/^█{24} 100 % .* 0:00 left$/u);
  });

  test("a file that grew meanwhile is not more than done", () => {
    expect(progressLine({ ...half, doneBytes: 200_000_000 }, 1000)).toMatch(/^█{24} 100 % .* 0:00 left$/u);
  });

  test("a pipe has no end to count to", () => {
    expect(progressLine({ ...half, totalBytes: null }, 1000)).toBe("50.0 MB  1,234,567 packets, 1,234,567 packets/s");
    expect(progressLine({ ...half, totalBytes: 0 }, 1000)).not.toContain("%");
  });
});
