/** The conformance trace as a program, for Node, Deno and Bun: one line of JSON on standard output. */
import { report } from "./driver.ts";

console.log(JSON.stringify(await report()));
