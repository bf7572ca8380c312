/** The playground's page as a browser shows it. */
import type { Page } from "playwright-core";

export { buildPlayground, servePlayground } from "../../scripts/playground.ts";

const TIMEOUT_MS = 600_000;

/** Waits until a picture of a capture is drawn. */
export async function drawn(page: Page): Promise<void> {
  const options = { timeout: TIMEOUT_MS };
  await page.waitForFunction(() => document.documentElement.dataset["drawn"] !== undefined, undefined, options);
}

/** Does something that changes the picture, and waits for it. */
export async function changing(page: Page, act: () => Promise<unknown>): Promise<void> {
  const before = await page.evaluate(() => document.documentElement.dataset["drawn"]);
  await act();
  await page.waitForFunction((old) => document.documentElement.dataset["drawn"] !== old, before);
}

/** The page's own measure of its last change, from the event to the drawn picture. */
export async function latencyMsOf(page: Page): Promise<number> {
  return Number(await page.getAttribute("html", "data-latency-ms"));
}
