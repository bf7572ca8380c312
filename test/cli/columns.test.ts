/** `--packets` and `--flows` as Parquet and Arrow: to other people's readers the same rows as CSV. */
import { cpSync, existsSync, mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { ipFrame, meter, OFFICE, POLICY, ROOT, Scratch, weir } from "../support/cli.ts";
import { arrowRows, type Cells, csvRows, parquetRows } from "../support/columnfile.ts";

const scratch = new Scratch();
const CLASSES = scratch.write(
  "classes.yaml",
  `classes:
  - {name: gone, match: {src: 10.9.0.0/16}, action: block}
  - {name: dns, match: {protocol: udp, dst-port: 53}, by: src, rate: 1 B/s, burst: 250 B, parent: site}
  - {name: web, match: {dst-port: 80}, meter: trtcm, cir: 1 B/s, cbs: 100 B, pir: 1 B/s, pbs: 500 B, parent: tenant}
  - {name: rest, parent: tenant}
nodes:
  - {name: tenant, by: class, rate: 1 B/s, burst: 400 B, parent: site}
  - {name: site, rate: 1 B/s, burst: 900 B}
`,
);
/** Every class, all colors, reasons of every kind. */
const CAPTURE = scratch.pcap("classes.pcap", [
  ...[100, 100, 100].map((bytes) => ipFrame(0n, bytes)),
  ipFrame(0n, 100, { source: "10.9.0.1" }),
  ...[60, 300, 600].map((bytes) =>
    ipFrame(1n, bytes, { source: "2001:db8::3", destination: "::1", destinationPort: 80 }),
  ),
  ...[300, 300].map((bytes) => ipFrame(2n, bytes, { destinationPort: 99, protocol: 6 })),
]);

/** A delay that will never end is no value: "never" in CSV. */
function withoutNever(rows: readonly Cells[]): Cells[] {
  return rows.map((row) => (row["delay_ns"] === "never" ? { ...row, delay_ns: "" } : row));
}

/** What the reader of Parquet makes of the decimals in CSV. */
function withNumbers(rows: readonly Cells[]): Cells[] {
  return rows.map((row) => ({ ...row, level: rounded(row["level"]!), level2: rounded(row["level2"]!) }));
}

/** In billionths: these levels have fewer than 2^53 of them. */
function rounded(text: string): string {
  return text === "" ? "" : `${Math.round(Number(text) * 1e9)}`;
}

/** Row by row: a comparison of all at once takes as long as all the rest. */
function expectSame(rows: readonly Cells[], csv: readonly Cells[]): void {
  expect(rows.length).toBe(csv.length);
  const wrong = rows.findIndex((row, index) => JSON.stringify(row) !== JSON.stringify(csv[index]));
  expect(rows[wrong]).toStrictEqual(csv[wrong]);
}

/** The rows of one run in all three formats. */
async function packets(command: string, args: readonly string[], name: string) {
  const [csv, parquet, arrow] = ["csv", "parquet", "arrow"].map((ending) => scratch.at(`${name}.${ending}`));
  for (const path of [csv!, parquet!, arrow!]) {
    expect(weir([command, ...args, "--packets", path, "--quiet"])).toStrictEqual({ code: 0, stdout: "", stderr: "" });
  }
  return { csv: withoutNever(csvRows(csv!)), parquet: await parquetRows(parquet!), arrow: arrowRows(arrow!) };
}

describe("packets", () => {
  test("the office: more rows than a group holds, delays and reasons", async () => {
    const { csv, parquet, arrow } = await packets("meter", [OFFICE, ...POLICY], "office");
    expect(csv.length).toBeGreaterThan(65_536);
    expectSame(parquet, csv);
    expectSame(arrow, csv);
  }, 60_000);

  test("classes: flows of each node's key, names of buckets, delays that never end", async () => {
    const { csv, parquet, arrow } = await packets("meter", [CAPTURE, "--policy", CLASSES], "classes");
    expect(new Set(csv.map(({ color }) => color))).toStrictEqual(new Set(["green", "yellow", "red"]));
    expect(csv.map(({ reason }) => reason)).toEqual(expect.arrayContaining(["", "blocked", "web/committed", "dns"]));
    expect(csv.map(({ delay_ns: delay }) => delay)).toContain("");
    expectSame(parquet, csv);
    expectSame(arrow, csv);
  });

  test("--levels: two buckets, to the billionth", async () => {
    const marker = ["--meter", "srtcm", "--cir", "999983 B/s", "--cbs", "16 kB", "--ebs", "32 kB", "--levels"];
    const { csv, parquet, arrow } = await packets("meter", [OFFICE, ...marker], "levels");
    expect(csv.some(({ level }) => /\.\d{9}$/u.test(level!))).toBe(true);
    expectSame(arrow, csv);
    expectSame(withNumbers(parquet), withNumbers(csv));
  }, 60_000);

  test("one bucket has no second level", async () => {
    const { csv, arrow } = await packets("meter", [CAPTURE, ...POLICY, "--levels"], "onelevel");
    expect(new Set(csv.map(({ level2 }) => level2))).toStrictEqual(new Set([""]));
    expectSame(arrow, csv);
  });

  test("a shaper's departures; packets that are dropped have none", async () => {
    const contract = ["--rate", "800 B/s", "--burst", "700 B", "-o", scratch.at("shaped.pcap")];
    const { csv, parquet, arrow } = await packets("shape", [CAPTURE, ...contract], "shaped");
    expect(csv.map(({ departure_ns: departure }) => departure)).toContain("");
    expect(csv.filter(({ departure_ns: departure }) => departure !== "").length).toBeGreaterThan(1);
    expectSame(parquet, csv);
    expectSame(arrow, csv);
  });

  test("no packets: whole files without rows", async () => {
    const { csv, parquet, arrow } = await packets("meter", [scratch.pcap("empty.pcap", []), ...POLICY], "empty");
    expect([csv, parquet, arrow]).toStrictEqual([[], [], []]);
  });
});

describe("flows and nodes", () => {
  test("one meter: the office", async () => {
    const [csv, parquet] = [scratch.at("flows.csv"), scratch.at("flows.parquet")];
    for (const path of [csv, parquet]) meter([OFFICE, ...POLICY, "--flows", path, "--quiet"]);
    expectSame(await parquetRows(parquet), csvRows(csv));
  }, 60_000);

  test("classes: whose flow, which node", async () => {
    for (const ending of ["csv", "parquet"]) {
      const files = ["--flows", scratch.at(`f.${ending}`), "--nodes", scratch.at(`n.${ending}`)];
      meter([CAPTURE, "--policy", CLASSES, ...files, "--quiet"]);
    }
    expect(csvRows(scratch.at("n.csv")).map(({ node }) => node)).toContain("site");
    for (const name of ["f", "n"]) {
      expectSame(await parquetRows(scratch.at(`${name}.parquet`)), csvRows(scratch.at(`${name}.csv`)));
    }
  });
});

describe("what may go wrong", () => {
  test("Arrow without its package: one line that names it, before anything is written", () => {
    const bare = scratch.at("bare");
    mkdirSync(join(bare, "node_modules"), { recursive: true });
    cpSync(join(ROOT, "dist"), join(bare, "dist"), { recursive: true });
    cpSync(join(ROOT, "package.json"), join(bare, "package.json"));
    for (const name of ["@assemblyscript", "yaml"]) {
      symlinkSync(join(ROOT, "node_modules", name), join(bare, "node_modules", name));
    }
    const main = join(bare, "dist/src/cli/main.js");
    const run = (file: string) =>
      spawnSync(process.execPath, [main, "meter", CAPTURE, ...POLICY, "--quiet", "--packets", file], {
        encoding: "utf8",
      });
    const { status, stderr } = run(scratch.at("none.arrow"));
    expect({ status, isThere: existsSync(scratch.at("none.arrow")) }).toStrictEqual({ status: 2, isThere: false });
    expect(stderr).toMatch(/^weir: packets "[^"]*none\.arrow": .*npm install apache-arrow[^\n]*\n$/u);
    expect(run(scratch.at("none.parquet")).status).toBe(0);
    expect(readFileSync(scratch.at("none.parquet"), "latin1").slice(0, 4)).toBe("PAR1");
  });

  if (existsSync("/dev/full")) {
    test.for(["parquet", "arrow"])("a full disk, %s: the result is not lost", (ending) => {
      const full = scratch.at(`full.${ending}`);
      symlinkSync("/dev/full", full);
      const { code, stdout, stderr } = weir(["meter", OFFICE, ...POLICY, "--packets", full], { cwd: scratch.path });
      expect(stderr).toMatch(/^weir: [^\n]*cannot write: the disk is full[^\n]*\n$/u);
      expect({ code, hasSummary: stdout.includes("digest ") }).toStrictEqual({ code: 1, hasSummary: true });
    });
  }
});
