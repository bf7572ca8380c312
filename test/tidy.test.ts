/** Rules about the sources that a machine can keep. */
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { ALLOWED } from "./support/allowed.ts";
import { codeOf, functionsOf, importsOf } from "./support/scan.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const MADE = new Set([".git", "node_modules", "build", "dist", "coverage", "demo-output"]);
const FILE_LINES_MAX = 400;
const FUNCTION_LINES_MAX = 70;
/** Straight lines of one step for many keys, which has no parts to give names to: six keys' rounds, side by side. */
const STRAIGHT_LINES = new Set(["assembly/siphashlanes.ts: hashLanes"]);

function walked(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { withFileTypes: true })
    .filter(({ name }) => !MADE.has(name))
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      return entry.isDirectory() ? walked(path) : [path];
    });
}

/** Files under version control or about to be; all of them where git is absent. */
function trackedFiles(): string[] {
  try {
    const args = ["ls-files", "-z", "--cached", "--others", "--exclude-standard"];
    const listed = execFileSync("git", args, { cwd: ROOT, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
    const present = new Set(walked("."));
    const files = listed.split("\0").filter((path) => present.has(normalize(path)));
    if (files.length > 0) return files;
  } catch {
    // No git, or no repository.
  }
  return walked(".");
}

const texts = new Map(
  trackedFiles()
    .map((path) => [path.replaceAll("\\", "/"), readFileSync(join(ROOT, path))] as const)
    .filter(([, bytes]) => !bytes.includes(0))
    .map(([path, bytes]) => [path, bytes.toString()]),
);
const sources = [...texts].filter(([path]) => /^(?:src|assembly|bench|test)\/.*\.ts$/u.test(path));

/** Lines that match, as "file:line: text". */
function offenders(files: readonly (readonly [string, string])[], pattern: RegExp): string[] {
  return files.flatMap(([path, text]) =>
    text.split("\n").flatMap((line, index) => (pattern.test(line) ? [`${path}:${index + 1}: ${line.trim()}`] : [])),
  );
}

const nameOf = (head: string): string | undefined => /\bfunction (\w+)/u.exec(head)?.[1];

test("there are sources to look at", () => {
  expect(sources.length).toBeGreaterThan(100);
});

describe("size", () => {
  test(`no file is above ${FILE_LINES_MAX} lines`, () => {
    const long = sources.map(([path, text]) => [path, text.trimEnd().split("\n").length] as const);
    expect(long.filter(([, lines]) => lines > FILE_LINES_MAX)).toStrictEqual([]);
  });

  test(`no function is above ${FUNCTION_LINES_MAX} lines`, () => {
    const long = sources.flatMap(([path, text]) =>
      functionsOf(text)
        .filter(({ head, lines }) => lines > FUNCTION_LINES_MAX && !STRAIGHT_LINES.has(`${path}: ${nameOf(head)}`))
        .map(({ head, line, lines }) => `${path}:${line}: ${lines} lines: ${head}`),
    );
    expect(long).toStrictEqual([]);
  });
});

describe("leftovers", () => {
  test("no notes to self", () => {
    expect(offenders([...texts], /\b(?:T[O]DO|F[I]XME|X[X]X|H[A]CK)\b/u)).toStrictEqual([]);
  });

  test("no test is left out", () => {
    const tests = sources.filter(([path]) => path.startsWith("test/"));
    const left = /\b(?:test|it|describe|suite|bench)(?:\.\w+)*\.(?:skip|only|todo|skipIf|fails)\b/u;
    expect(offenders(tests, left)).toStrictEqual([]);
  });

  test("no paths of one machine, no registry's host", () => {
    const files = [...texts].filter(([path]) => path !== "test/tidy.test.ts");
    expect(offenders(files, /(?:^|[\s"'`(=])\/(?:home|Users|root|work|mnt)\/\w|\b[A-Z]:\\\\?Users\b/u)).toStrictEqual(
      [],
    );
    expect(
      offenders(files, /\bregistry\.\w+\.\w|npmmirror|\b(?:npm|registry)-?\w*\.(?:internal|local|corp)\b/u),
    ).toStrictEqual([]);
    expect(offenders(files, /^\s*(?:@[\w-]+:)?registry\s*=/u)).toStrictEqual([]);
  });

  test("package-lock.json names no place that a package came from", () => {
    expect(texts.get("package-lock.json")).toContain('"lockfileVersion"');
    expect(offenders([["package-lock.json", texts.get("package-lock.json")!]], /"resolved"/u)).toStrictEqual([]);
  });
});

describe("the core's language", () => {
  const core = sources.filter(([path]) => path.startsWith("assembly/"));

  test("no decorator on functions or variables outside classes: on class members tools understand them", () => {
    // Class decorators (@unmanaged) stand before a class.
    const decorated = core.flatMap(([path, text]) =>
      [...codeOf(text).matchAll(/^@\w+[^\n]*\s+(?:export\s+)?(?:function|const|let|var)\b/gmu)].map(
        ([found]) => `${path}: ${found}`,
      ),
    );
    expect(decorated).toStrictEqual([]);
  });

  test("every import ends without an extension, every one in TypeScript with one", () => {
    const wrong = sources.flatMap(([path, text]) =>
      importsOf(text)
        .filter(({ from }) => from.startsWith(".") && from.endsWith(".ts") === path.startsWith("assembly/"))
        .filter(({ from }) => !/\.(?:json|wasm(?:\?module)?)$/u.test(from))
        .map(({ from }) => `${path}: ${from}`),
    );
    expect(wrong).toStrictEqual([]);
  });
});

/** "src/cli" of src/cli/run.ts, "src/units" of src/units.ts, "test/cli" of test/cli/x.test.ts. */
function partOf(path: string): string {
  return path
    .split("/")
    .slice(0, 2)
    .join("/")
    .replace(/(?:\.test)?\.ts$/u, "");
}

function everyPartBeside(part: string): string {
  return `${part.split("/")[0]}/*`;
}

function isAllowed(part: string, target: string): boolean {
  const rules = ALLOWED[part] ?? ALLOWED[everyPartBeside(part)] ?? [];
  if (part === target) return true;
  return (rules.includes(target) || rules.includes(everyPartBeside(target))) && !rules.includes(`!${target}`);
}

/** Path of an imported file, from the root; undefined for packages. */
function targetOf(path: string, from: string): string | undefined {
  if (!from.startsWith(".")) return undefined;
  const target = relative(ROOT, join(ROOT, dirname(path), from)).replaceAll("\\", "/");
  return target.endsWith(".ts") || !path.startsWith("assembly/") ? target : `${target}.ts`;
}

const graph = sources.map(
  ([path, text]) =>
    [
      path,
      importsOf(text).flatMap(({ from, isType }) => {
        const target = targetOf(path, from);
        return target === undefined ? [] : [{ target, isType }];
      }),
    ] as const,
);

describe("imports", () => {
  test("run in one direction", () => {
    const wrong = graph.flatMap(([path, imports]) =>
      imports
        .filter(({ target }) => !isAllowed(partOf(path), partOf(target)))
        .map(({ target }) => `${path} -> ${target}`),
    );
    expect(wrong).toStrictEqual([]);
  });

  test("name files that are there", () => {
    const lost = graph.flatMap(([path, imports]) =>
      imports
        .filter(({ target }) => target.endsWith(".ts") && !texts.has(target))
        .map(({ target }) => `${path} -> ${target}`),
    );
    expect(lost).toStrictEqual([]);
  });

  test("of the reference are its own and types", () => {
    const values = graph
      .filter(([path]) => path.startsWith("src/reference/"))
      .flatMap(([path, imports]) =>
        imports
          .filter(({ target, isType }) => !isType && !target.startsWith("src/reference/"))
          .map(({ target }) => `${path} -> ${target}`),
      );
    expect(values).toStrictEqual([]);
  });

  test("bring core and reference together in test/ only", () => {
    const reached = (start: string): Set<string> => {
      const seen = new Set([start]);
      for (const path of seen) for (const { target } of new Map(graph).get(path) ?? []) seen.add(target);
      return seen;
    };
    const both = graph
      .filter(([path]) => path.startsWith("src/"))
      .filter(([path]) => {
        const parts = new Set([...reached(path)].map(partOf));
        return parts.has("src/core") && parts.has("src/reference");
      });
    expect(both.map(([path]) => path)).toStrictEqual([]);
  });
});

describe("the scanner of these rules", () => {
  test("blanks comments and literals, and keeps code in templates", () => {
    expect(codeOf('a("{") // {\nb /* { */ + `x{${ {c: `{`} }}`')).toBe('a(" ")     \nb         + `     {c: ` `}   `');
    expect(codeOf("x = /[/{]\\//u.test(y) / 2 / z;")).toBe("x = /      /u.test(y) / 2 / z;");
  });

  test("measures functions, methods and arrows, not statements, classes and suites", () => {
    const text = [
      "class A {",
      "  #b(c: number): void {",
      "    if (c > (1)) {",
      "      for (let i = 0; i < f(2); i++) {",
      "      }",
      "    }",
      "  }",
      "}",
      "export function* d(e = {}): Set<string> {",
      "}",
      'describe("f", () => {',
      '  test("g", async () => {',
      "  });",
      "});",
    ].join("\n");
    const found = functionsOf(text).map(({ line, lines }) => [line, lines]);
    expect(found).toStrictEqual([
      [2, 6],
      [9, 2],
      [12, 2],
    ]);
  });

  test("reads imports", () => {
    const text =
      'import type { A } from "./a.ts";\nimport {\n  b,\n} from "./b.ts";\nexport { c } from "c";\nawait import("d");';
    expect(importsOf(text)).toStrictEqual([
      { from: "./a.ts", isType: true },
      { from: "./b.ts", isType: false },
      { from: "c", isType: false },
      { from: "d", isType: false },
    ]);
  });
});
