/** The conformance trace in a page. */
import { report } from "./driver.ts";

report().then(
  (result) => Object.assign(globalThis, { report: result }),
  (error: unknown) => Object.assign(globalThis, { failure: String(error) }),
);
