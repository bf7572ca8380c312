/** What a request costs. */
import type { LimiterOptions } from "./types.ts";

/** The cost, or undefined for a body of unstated length. */
export type CostReader<Context> = (request: Request, context: Context) => number | undefined;

export function costReaderOf<Context>(cost: LimiterOptions<Context>["cost"] = 1): CostReader<Context> {
  if (typeof cost === "function") return cost;
  return cost === "content-length" ? contentLength : () => cost;
}

/** RFC 9112 has a length or a transfer coding with every body, and servers read no more than the length. */
function contentLength(request: Request): number | undefined {
  const text = request.headers.get("content-length");
  if (text === null) return request.body === null ? 0 : undefined;
  return /^\d{1,15}$/u.test(text) ? Number(text) : undefined;
}
