/** `weir watch` in a real terminal, which `script` of util-linux makes: what is drawn, keys, signals, how it is left. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { gunzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { MAIN, meterJson, OFFICE, POLICY, ROOT, Scratch } from "../support/cli.ts";
import { Screen } from "../support/screen.ts";

const scratch = new Scratch();
const PATIENCE_MS = 30_000;

interface Terminal {
  readonly child: ChildProcess;
  readonly output: () => string;
  readonly end: Promise<readonly [number | null, string | null]>;
}

/** A shell line in a terminal of 100 x 30; afterwards it says how the terminal stands. */
function terminal(line: string, env: Readonly<Record<string, string>> = {}): Terminal {
  const command = `stty cols 100 rows 30; ${line}; echo "code $?"; stty -a | grep -o -e '-\\?icanon' -e '-\\?echo ' -e '-\\?isig' | tr -d '\\n'`;
  const child = spawn("script", ["-qec", command, "/dev/null"], {
    cwd: ROOT,
    stdio: ["pipe", "pipe", "inherit"],
    env: { ...process.env, ...env, TERM: "xterm-256color", NO_COLOR: "" },
  });
  const patience = setTimeout(() => child.kill("SIGKILL"), PATIENCE_MS);
  child.once("exit", () => clearTimeout(patience));
  let output = "";
  child.stdout.setEncoding("utf8");
  child.stdout.on("data", (data: string) => (output += data));
  const end = once(child, "close").then(([code, signal]) => [code as number | null, signal as string | null] as const);
  return { child, output: () => output, end };
}

async function seen(shown: Terminal, part: string): Promise<void> {
  const endMs = performance.now() + PATIENCE_MS;
  while (!shown.output().includes(part)) {
    if (performance.now() > endMs)
      throw new Error(`never seen: ${part} in ${JSON.stringify(shown.output().slice(-2000))}`);
    await pause(20);
  }
}

/** What the program wrote on the other screen, drawn; and what stands on the usual one. */
function parts(output: string): { readonly screen: Screen; readonly usual: string } {
  const begin = output.indexOf("\u001B[?1049h");
  const leave = output.lastIndexOf("\u001B[?1049l") + "\u001B[?1049l".length;
  const screen = new Screen({ columns: 100, rows: 30 });
  screen.write(output.slice(begin, leave));
  return { screen, usual: output.slice(0, begin) + output.slice(leave) };
}

const watch = `"${process.execPath}" "${MAIN}" watch`;
const policy = `--meter token-bucket --rate 1Mbit/s --burst 16kB`;

function expectLeft(output: string, code: number): string {
  const { screen, usual } = parts(output);
  expect(screen.isClean).toBe(true);
  expect(usual).toContain(`code ${code}`);
  expect(usual.trimEnd().endsWith("isigicanonecho")).toBe(true);
  // oxlint-disable-next-line no-control-regex -- that is what must not be there.
  return usual.replaceAll("\r", "").replaceAll(/\u001B\[\d*m/gu, "");
}

const hasScript = process.platform === "linux" && spawnSync("script", ["--version"]).status === 0;
if (!hasScript) {
  process.stdout.write("NOT TESTED, there is no script of util-linux here: weir watch in a real terminal\n");
} else {
  describe("in a real terminal", () => {
    test("a file, quit by its key: the summary of weir meter stands on the usual screen", async () => {
      const shown = terminal(`${watch} examples/office.pcap.gz ${policy} --speed max`);
      await seen(shown, "8,435 flows");
      // The last frame has been drawn when the key comes.
      await pause(300);
      const midway = new Screen({ columns: 100, rows: 30 });
      midway.write(shown.output().slice(shown.output().indexOf("\u001B[?1049h")));
      expect(midway.line("green  allowed")).toMatch(/ 91,662 {2}84\.30 % {2}41,644,682 {2}62\.35 % /u);
      expect(midway.line("red    denied")).toMatch(/ 17,075 {2}15\.70 % {2}25,143,686 {2}37\.65 % /u);
      expect(midway.line("tcp 10.1.0.14:38366 > 10.2.0.5:5201")).toContain("8,357,402");
      shown.child.stdin!.write("q");
      await shown.end;
      const usual = expectLeft(shown.output(), 0);
      expect(usual).toContain("green   91,662   84.30 %  41,644,682   62.35 %");
      expect(usual).toContain(`digest ${meterJson([OFFICE, ...POLICY]).digest}`);
    });

    test("Ctrl-C in raw mode, in the midst of a replay", async () => {
      const shown = terminal(`${watch} examples/office.pcap.gz ${policy}`);
      await seen(shown, "replay, x1");
      shown.child.stdin!.write("\u0003");
      await shown.end;
      expect(expectLeft(shown.output(), 130)).toContain("interrupted: the figures hold up to there");
    });

    test("SIGTERM", async () => {
      const shown = terminal(`${watch} examples/office.pcap.gz ${policy} & echo "pid $!"; fg >/dev/null 2>&1; wait $!`);
      await seen(shown, "replay, x1");
      process.kill(Number(/pid (\d+)/u.exec(shown.output())![1]), "SIGTERM");
      await shown.end;
      expectLeft(shown.output(), 130);
    });

    test("a pipe: keys come from the terminal all the same, and its end leaves", async () => {
      const capture = scratch.write("office.pcap", gunzipSync(readFileSync(OFFICE)));
      const shown = terminal(`(cat "${capture}"; sleep 1.5) | ${watch} - ${policy}`);
      await seen(shown, "108,737");
      shown.child.stdin!.write("s");
      await seen(shown, "worst flows by bytes");
      await shown.end;
      expect(expectLeft(shown.output(), 0)).toContain("digest ");
    });

    test("a window that shrinks and grows", async () => {
      const shown = terminal(
        `(sleep 1.2; stty cols 40 rows 8 < /dev/tty; sleep 0.6; stty cols 70 rows 20 < /dev/tty) & ${watch} examples/office.pcap.gz ${policy} --speed max`,
      );
      await seen(shown, "8,435 flows");
      await seen(shown, "40 x 8 is too small: 60 x 14 needed");
      const from = shown.output().length;
      await pause(1200);
      expect(shown.output().slice(from)).toContain("91,662");
      shown.child.stdin!.write("q");
      await shown.end;
      expect(shown.output()).toContain("code 0");
      expect(shown.output().trimEnd().endsWith("isigicanonecho")).toBe(true);
    });

    test("a port that is in use: the terminal is as it was", async () => {
      const taken = createServer().listen(0, "127.0.0.1");
      await once(taken, "listening");
      const { port } = taken.address() as AddressInfo;
      const shown = terminal(`${watch} examples/office.pcap.gz ${policy} --web ${port}`);
      await shown.end;
      expect(shown.output()).toContain(`weir: web "${port}": the port is in use (EADDRINUSE)`);
      expect(shown.output()).toContain("code 2");
      expect(shown.output()).not.toContain("\u001B[?1049h");
      expect(shown.output().trimEnd().endsWith("isigicanonecho")).toBe(true);
      taken.close();
    });
  });
}
