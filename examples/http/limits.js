/** What is limited, route by route. All of it is made at module scope: no clock is read and nothing drawn until a request. */
import { createMeter } from "weir-meter";
import { byAddress, byHeader, createLimiter } from "weir-meter/http";

/** Cloudflare overwrites this header, and there is no way to the Worker around Cloudflare. */
const address = byAddress({ header: "cf-connecting-ip" });

/** Guesses at passwords: few, slowly, by network. Closed when something throws: better no log-in than any number of guesses. */
export const logins = createLimiter({
  meter: createMeter({
    policies: [{ name: "logins", meter: "token-bucket", rate: "12 packets/h", burst: "5 packets" }],
    maxFlows: 20_000,
    key: "string",
  }),
  key: address,
  onError: "refuse",
});

/** The API, by account: a burst now and so many an hour, charged both or none. Open when something throws. */
const plans = createMeter({
  policies: [
    { name: "free-second", meter: "token-bucket", rate: "2 packets/s", burst: "4 packets" },
    { name: "free-hour", meter: "token-bucket", rate: "500 packets/h", burst: "100 packets" },
    { name: "free", all: ["free-second", "free-hour"] },
    { name: "paid", meter: "token-bucket", rate: "50 packets/s", burst: "200 packets" },
  ],
  maxFlows: 50_000,
  key: "string",
});

export const api = createLimiter({
  meter: plans,
  // Who has shown who he is is known by that, anyone else by his network.
  key: (request, { account }) => (account === undefined ? address(request) : `account ${account.name}`),
  policy: (_, { account }) => (account?.isPaid === true ? "paid" : "free"),
  // Searching is dear.
  cost: (request) => (new URL(request.url).pathname === "/api/search" ? 4 : 1),
  onError: "allow",
});

/** Uploads by their bytes. */
export const uploads = createLimiter({
  meter: createMeter({
    policies: [{ name: "uploads", meter: "token-bucket", rate: "100 kB/s", burst: "5 MB" }],
    maxFlows: 20_000,
    key: "string",
  }),
  key: byHeader("x-account"),
  cost: "content-length",
  withoutKey: "refuse",
});
