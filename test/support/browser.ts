/** Pages in Debian's Chromium, where it is installed. Nothing else needs it, so its absence is told and is no failure. */
import { accessSync, constants } from "node:fs";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";

const PATHS = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

function isRunnable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Where Chromium is: `CHROMIUM`, or where distributions put it; undefined when it is not there. */
export function chromiumPath(): string | undefined {
  const { CHROMIUM } = process.env;
  return [...(CHROMIUM === undefined ? [] : [CHROMIUM]), ...PATHS].find(isRunnable);
}

/** Says in the test run's output that something was not tested. */
export function tellWithoutChromium(what: string): void {
  process.stdout.write(`\nNOT TESTED, there is no Chromium here (apt-get install chromium): ${what}\n\n`);
}

/** A browser for the tests of one file; close it at the end. */
export async function openBrowser(path: string): Promise<Browser> {
  // Tests run as root in containers, where the sandbox cannot be had.
  return chromium.launch({ executablePath: path, args: ["--no-sandbox"] });
}

/** A page in a context of its own, with all that went wrong on it and all that it asked the network for. */
export interface OpenPage {
  readonly page: Page;
  readonly errors: readonly string[];
  /** Addresses that were asked for, the page's own included. */
  readonly requests: readonly string[];
}

export async function openPage(browser: Browser, url: string, options: BrowserContextOptions = {}): Promise<OpenPage> {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const errors: string[] = [];
  const requests: string[] = [];
  page.on("pageerror", (error) => errors.push(error.message));
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") errors.push(message.text());
  });
  page.on("request", (request) => requests.push(request.url()));
  await page.goto(url);
  return { page, errors, requests };
}
