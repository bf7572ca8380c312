/** The conformance trace in a page of Chromium. */
import type { Page } from "playwright-core";
import { openBrowser } from "../support/browser.ts";
import { pageBundle } from "./bundle.ts";
import type { Report } from "./driver.ts";

/** Digests are to be had in secure contexts only, which this host is; every request is answered here. */
const ORIGIN = "http://localhost";
const TIMEOUT_MS = 120_000;

interface Said {
  readonly report?: Report;
  readonly failure?: string;
}

/** Asked in the page. */
function isDone(): boolean {
  return "report" in globalThis || "failure" in globalThis;
}

/** Opens a page that runs a script, and closes the browser after `work`. */
async function withPage<Output>(path: string, code: string, work: (page: Page) => Promise<Output>): Promise<Output> {
  const browser = await openBrowser(path);
  try {
    const page = await browser.newPage();
    await page.route(`${ORIGIN}/**`, async (route) =>
      route.request().url().endsWith(".js")
        ? route.fulfill({ contentType: "text/javascript", body: code })
        : route.fulfill({ contentType: "text/html", body: `<!doctype html><script src="code.js" defer></script>` }),
    );
    return await work(page);
  } finally {
    await browser.close();
  }
}

export async function chromiumReport(path: string): Promise<Report> {
  const { code } = await pageBundle();
  return withPage(path, code, async (page) => {
    await page.goto(`${ORIGIN}/`);
    await page.waitForFunction(isDone, undefined, { timeout: TIMEOUT_MS });
    const { report, failure } = await page.evaluate(() => {
      const said = globalThis as unknown as Said;
      return { report: said.report, failure: said.failure };
    });
    if (report === undefined) throw new Error(`Chromium: ${failure}`);
    return report;
  });
}

/** What a script prints on the console of a page, or the error that ended it. */
export async function pageSays(path: string, code: string): Promise<string> {
  return withPage(path, code, async (page) => {
    let said = "";
    page.on("console", (message) => (said += `${message.text()}\n`));
    page.on("pageerror", (error) => (said += `${error.message}\n`));
    await page.goto(`${ORIGIN}/`, { waitUntil: "load" });
    return said;
  });
}
