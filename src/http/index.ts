/** weir-meter/http: limits for the Fetch API, wherever it is. Nothing of a meter is in here but its types. */
export { ConfigError } from "../errors.ts";
export { limitField, policyField, type Standing } from "./fields.ts";
export { type AddressSource, byAddress, byHeader, type Prefixes } from "./keys.ts";
export { createLimiter } from "./limiter.ts";
export { refusal, withFields } from "./response.ts";
export type * from "./types.ts";
