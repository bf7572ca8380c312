/** A site with a limit for each kind of route. `fetch` is all there is: it runs on Workers, Deno and Bun as it is. */
import { api, logins, uploads } from "./limits.js";

/** Stands for a database of accounts and their keys. */
const ACCOUNTS = new Map([
  ["key-of-anna", { name: "anna", isPaid: true }],
  ["key-of-bert", { name: "bert", isPaid: false }],
]);

async function logIn(request) {
  const { password } = await request.json();
  return password === "open sesame" ? new Response("welcome\n") : new Response("no\n", { status: 401 });
}

async function store(request) {
  return new Response(`${(await request.arrayBuffer()).byteLength} bytes\n`, { status: 201 });
}

export default {
  async fetch(request) {
    const { pathname } = new URL(request.url);
    const account = ACCOUNTS.get(request.headers.get("x-api-key"));
    if (pathname === "/login") return logins.respond(request, {}, logIn);
    if (pathname.startsWith("/api/")) return api.respond(request, { account }, () => new Response("an answer\n"));
    if (pathname === "/files" && account !== undefined) {
      // Its name is what was checked, whatever the client has written there.
      const headers = new Headers(request.headers);
      headers.set("x-account", account.name);
      return uploads.respond(new Request(request, { headers }), {}, store);
    }
    return new Response("not found\n", { status: 404 });
  },
};
