/** A middleware for Hono. What it needs of a context is written down here: nothing of Hono is imported. */
import { createLimiter } from "./limiter.ts";
import { refusal } from "./response.ts";
import type { LimiterOptions, Verdict } from "./types.ts";

/** The part of Hono's context that is used. */
export interface HonoContext {
  readonly req: { readonly raw: Request };
  res: Response;
  header(name: string, value: string): void;
  // Hono's own has a type for each variable of the application.
  set(key: any, value: any): void;
}

/** Of an application whose handlers read the verdict: `new Hono<{ Variables: RateLimitVariables }>()`. */
export interface RateLimitVariables {
  readonly rateLimit: Verdict;
}

/**
 * Limits the requests of a Hono application: a refused one is answered here, any other goes on with `c.get("rateLimit")`,
 * and its response tells the fields. `context` of the options' functions is Hono's. Throws ConfigError as `createLimiter`.
 */
export function rateLimit<Context extends HonoContext = HonoContext>(
  options: LimiterOptions<Context>,
): (context: Context, next: () => Promise<void>) => Promise<Response | undefined> {
  const limiter = createLimiter(options);
  return async (context, next) => {
    const verdict = limiter.check(context.req.raw, context);
    context.set("rateLimit", verdict);
    if (!verdict.allowed) return refusal(verdict);
    await next();
    // An upgrade's response cannot be copied, which is how Hono changes headers.
    if (context.res.status >= 200) {
      for (const [name, value] of Object.entries(verdict.fields)) context.header(name, value);
    }
    return undefined;
  };
}
