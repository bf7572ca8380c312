/**
 * An HTTP server for this machine alone: it listens on the loopback addresses, and answers requests that name it by
 * one of them, so that no page of another site can reach it under a name of its own (DNS rebinding).
 */
import { once } from "node:events";
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { ConfigError } from "../../errors.ts";

const IPV4 = "127.0.0.1";
const IPV6 = "::1";
/** A free port of IPv4 may be taken in IPv6. */
const ATTEMPTS = 8;
const HTTP_PORT = 80;
/** What an answer that has been ended may take to go out. */
const FLUSH_MS = 500;

const HEADERS = {
  "cache-control": "no-store",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
} as const;

/** Answers with a text; every answer carries the same headers against other sites. */
export function answer(
  response: ServerResponse,
  status: number,
  headers: Readonly<Record<string, string>>,
  body: string,
): void {
  response.writeHead(status, { "content-type": "text/plain; charset=utf-8", ...HEADERS, ...headers });
  response.end(response.req.method === "HEAD" ? undefined : body);
}

function isOurs({ headers }: IncomingMessage, port: number): boolean {
  const host = headers.host?.toLowerCase() ?? "";
  const names = [IPV4, `[${IPV6}]`, "localhost"];
  return names.some((name) => host === `${name}:${port}` || (port === HTTP_PORT && host === name));
}

async function listen(listener: RequestListener, host: string, port: number): Promise<Server> {
  const server = createServer(listener);
  server.listen({ port, host, exclusive: true });
  await once(server, "listening");
  return server;
}

function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException).code;
}

function unusable(port: number, error: unknown): ConfigError {
  const reason = codeOf(error) === "EACCES" ? "needs rights that you do not have" : "is in use";
  return new ConfigError(
    "CONFLICT",
    "web",
    `${port}`,
    `the port ${reason} (${codeOf(error)}); name another, or none for a free one`,
  );
}

/** Both loopback addresses under one port. */
export class LocalServer {
  readonly port: number;
  readonly #servers: readonly Server[];

  private constructor(servers: readonly Server[], port: number) {
    this.#servers = servers;
    this.port = port;
  }

  /** Port 0: any free one. Throws ConfigError when the port cannot be had. */
  static async open(port: number, handler: RequestListener): Promise<LocalServer> {
    let actual = port;
    const listener: RequestListener = (request, response) => {
      if (!isOurs(request, actual)) {
        return answer(response, 403, {}, `This is served as http://localhost:${actual}/ only.\n`);
      }
      return handler(request, response);
    };
    for (let attempt = 1; ; attempt += 1) {
      const first = await listen(listener, IPV4, port).catch((error: unknown) => {
        throw unusable(port, error);
      });
      actual = (first.address() as AddressInfo).port;
      try {
        return new LocalServer([first, await listen(listener, IPV6, actual)], actual);
      } catch (error) {
        // A machine without IPv6.
        if (codeOf(error) !== "EADDRINUSE") return new LocalServer([first], actual);
        first.close();
        if (port !== 0 || attempt === ATTEMPTS) throw unusable(actual, error);
      }
    }
  }

  get url(): string {
    return `http://${IPV4}:${this.port}/`;
  }

  /** Takes no more, gives answers that have been ended a moment to go out, and cuts the rest. */
  async close(): Promise<void> {
    const closed = this.#servers.map(async (server) => {
      const end = once(server, "close");
      server.close();
      server.closeIdleConnections();
      return end;
    });
    const timer = setTimeout(() => {
      for (const server of this.#servers) server.closeAllConnections();
    }, FLUSH_MS);
    await Promise.all(closed);
    clearTimeout(timer);
  }
}
