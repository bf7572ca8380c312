/** Responses: refusals as problems (RFC 9457), and others with the fields that tell of limits. */
import type { Reason, Verdict } from "./types.ts";

/** Those of draft-ietf-httpapi-ratelimit-headers-11, section 5. */
const TYPES = "https://iana.org/assignments/http-problem-types#";

interface Problem {
  readonly status: 411 | 429 | 503;
  readonly type?: string;
  readonly title: string;
}

/** By reason. An allowed request has none. */
export const PROBLEMS: Readonly<Record<Exclude<Reason, "passed">, Problem>> = {
  limit: { status: 429, type: "quota-exceeded", title: "The quota of this client is used up" },
  never: { status: 429, type: "quota-exceeded", title: "The request costs more than the quota of any client" },
  blocked: { status: 429, type: "abnormal-usage-detected", title: "This client is blocked" },
  full: { status: 503, type: "temporary-reduced-capacity", title: "There is no room to track another client" },
  unkeyed: { status: 429, title: "The request does not say who sends it" },
  unmeasured: { status: 411, title: "The request has a body of unstated length" },
  error: { status: 503, title: "The request could not be judged" },
};

/** The response to a request that was refused: its status, its fields, and application/problem+json. */
export function refusal({ reason, status, violated, fields }: Verdict): Response {
  if (reason === "passed") throw new RangeError("refusal: the request was allowed");
  const { type, title } = PROBLEMS[reason];
  const problem = {
    ...(type === undefined ? {} : { type: `${TYPES}${type}` }),
    title,
    status,
    ...(type === undefined ? {} : { "violated-policies": violated }),
  };
  // Nothing here may be answered to anyone else, or later.
  const headers = { "content-type": "application/problem+json", "cache-control": "no-store", ...fields };
  return new Response(JSON.stringify(problem), { status, headers });
}

/** The response with the fields of a verdict; one of which no copy can be made (an upgrade, an error) as it is. */
export function withFields(response: Response, { fields }: Pick<Verdict, "fields">): Response {
  if (response.status < 200) return response;
  // Headers of a response that came from a fetch cannot be changed.
  const copy = new Response(response.body, response);
  for (const [name, value] of Object.entries(fields)) copy.headers.set(name, value);
  return copy;
}
