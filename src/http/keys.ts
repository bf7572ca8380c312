/** Whose request it is: a header, or the network that it comes from. */
import { ConfigError } from "../errors.ts";
import { entriesOfForwarded, entriesOfList, trustedEntry } from "./forwarded.ts";
import { networkOf } from "./network.ts";
import type { KeyReader } from "./types.ts";

const PROXIES_MAX = 64;

/**
 * Who says what a client's address is. A header is true only if something in front of this program sets it and nobody
 * can get around that:
 *
 * - `{ header }`: a header with one address, which the platform overwrites ("cf-connecting-ip", "x-real-ip")
 * - `{ forwardedFor: n }`: X-Forwarded-For, to which n trusted proxies each add the address they were called from
 * - `{ forwarded: n }`: the same of Forwarded (RFC 7239)
 * - a function, such as one that asks the connection
 */
export type AddressSource<Context = unknown> =
  | { readonly header: string }
  | { readonly forwardedFor: number }
  | { readonly forwarded: number }
  | ((request: Request, context: Context) => string | undefined);

/** How many bits of an address are the key. */
export interface Prefixes {
  /** Default 32. */
  readonly ipv4Bits?: number;
  /** Default 64: whoever has one address of it usually has all. */
  readonly ipv6Bits?: number;
}

/** The value of a header, which has been checked by someone: clients choose what they send. */
export function byHeader(name: string): KeyReader {
  headerName(name);
  return (request) => request.headers.get(name)?.trim();
}

/** The network of the client's address: "192.0.2.1/32", "2001:db8:0:1::/64". Throws ConfigError for what is no source. */
export function byAddress<Context = unknown>(
  source: AddressSource<Context>,
  { ipv4Bits = 32, ipv6Bits = 64 }: Prefixes = {},
): KeyReader<Context> {
  const bits = { ipv4: whole("ipv4Bits", ipv4Bits, 0, 32), ipv6: whole("ipv6Bits", ipv6Bits, 0, 128) };
  const addressOf = readerOf(source);
  return (request, context) => {
    const text = addressOf(request, context);
    return text === undefined ? undefined : networkOf(text, bits);
  };
}

function readerOf<Context>(source: AddressSource<Context>): KeyReader<Context> {
  if (typeof source === "function") return source;
  if ("header" in source) {
    const name = headerName(source.header);
    return (request) => request.headers.get(name) ?? undefined;
  }
  if ("forwardedFor" in source) {
    const proxies = whole("forwardedFor", source.forwardedFor, 1, PROXIES_MAX);
    return (request) => trustedEntry(entriesOfList(request.headers.get("x-forwarded-for") ?? ""), proxies);
  }
  const proxies = whole("forwarded", source.forwarded, 1, PROXIES_MAX);
  return (request) => trustedEntry(entriesOfForwarded(request.headers.get("forwarded") ?? "") ?? [], proxies);
}

function headerName(name: string): string {
  if (/^[\w!#$%&'*+.^`|~-]+$/u.test(name)) return name;
  throw new ConfigError("CHOICE", "header", name, "is no name of a header field, such as x-api-key");
}

function whole(name: string, given: number, least: number, most: number): number {
  if (Number.isInteger(given) && given >= least && given <= most) return given;
  throw new ConfigError("RANGE", name, String(given), `must be a whole number from ${least} to ${most}`);
}
