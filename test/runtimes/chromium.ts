/** The conformance trace in a page of Chromium. */
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

export async function chromiumReport(path: string): Promise<Report> {
  const { code } = await pageBundle();
  const browser = await openBrowser(path);
  try {
    const page = await browser.newPage();
    await page.route(`${ORIGIN}/**`, async (route) =>
      route.request().url().endsWith(".js")
        ? route.fulfill({ contentType: "text/javascript", body: code })
        : route.fulfill({ contentType: "text/html", body: `<!doctype html><script src="trace.js" defer></script>` }),
    );
    await page.goto(`${ORIGIN}/`);
    await page.waitForFunction(() => "report" in globalThis || "failure" in globalThis, undefined, {
      timeout: TIMEOUT_MS,
    });
    const { report, failure } = await page.evaluate(() => {
      const said = globalThis as unknown as Said;
      return { report: said.report, failure: said.failure };
    });
    if (report === undefined) throw new Error(`Chromium: ${failure}`);
    return report;
  } finally {
    await browser.close();
  }
}
