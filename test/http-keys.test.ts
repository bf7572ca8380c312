// Goal: whose request it is: one text a network however an address is written, no address that a client could choose, and
// nothing at all for what is malformed.
import * as fc from "fast-check";
import { BlockList, isIPv4, isIPv6 } from "node:net";
import { describe, expect, test } from "vitest";
import { parseAddress, readAddress } from "../src/edge/address.ts";
import { entriesOfForwarded } from "../src/http/forwarded.ts";
import { byAddress, byHeader } from "../src/http/keys.ts";
import { networkOf } from "../src/http/network.ts";

const SEEDED = { numRuns: 3000, seed: 20_261_122 };
const USUAL = { ipv4: 32, ipv6: 64 };

const octets = fc.tuple(fc.nat(255), fc.nat(255), fc.nat(255), fc.nat(255));
const ipv4 = octets.map((parts) => parts.join("."));
const groups = fc.array(fc.oneof(fc.constant(0), fc.nat(0xffff)), { minLength: 8, maxLength: 8 });

function requestWith(headers: Readonly<Record<string, string>>): Request {
  return new Request("http://site.example/", { headers });
}

/** Ways to write the same IPv6 address. */
function spellings(parts: readonly number[]): string[] {
  const plain = parts.map((part) => part.toString(16)).join(":");
  const padded = parts.map((part) => part.toString(16).padStart(4, "0").toUpperCase()).join(":");
  const [high, low] = parts.slice(6) as [number, number];
  const dotted = `${parts
    .slice(0, 6)
    .map((part) => part.toString(16))
    .join(":")}:${high >>> 8}.${high & 255}.${low >>> 8}.${low & 255}`;
  const url = new URL(`http://[${plain}]/`).hostname.slice(1, -1);
  const all = [plain, padded, dotted, url];
  return [
    ...all,
    ...all.map((text) => `[${text}]`),
    ...all.map((text) => `[${text}]:443`),
    `${plain}%eth0`,
    ` ${url} `,
  ];
}

describe("networks", () => {
  test("an IPv6 address has one network however it is written", () => {
    fc.assert(
      fc.property(groups, (parts) => {
        fc.pre(!(parts.slice(0, 5).every((part) => part === 0) && parts[5] === 0xffff));
        const texts = new Set(spellings(parts).map((text) => networkOf(text, USUAL)));
        const expected = `${parts
          .slice(0, 4)
          .map((part) => part.toString(16))
          .join(":")}::/64`;
        expect([...texts]).toStrictEqual([expected]);
      }),
      SEEDED,
    );
  });

  test("an IPv4 address has one, also with a port and within IPv6", () => {
    fc.assert(
      fc.property(ipv4, fc.nat(65_535), (address, port) => {
        const written = [address, `${address}:${port}`, `${address}:_hidden`, ` ${address}\t`, `::ffff:${address}`];
        for (const text of [...written, `[::FFFF:${address}]:${port}`, `0:0:0:0:0:ffff:${address}`]) {
          expect(networkOf(text, USUAL)).toBe(`${address}/32`);
        }
      }),
      SEEDED,
    );
  });

  test("two addresses have one key exactly when the prefix has both, of any length (node:net judges)", () => {
    const near = fc.tuple(groups, fc.nat(127), fc.nat(128)).map(([parts, bit, bits]) => {
      const other = [...parts];
      other[bit >>> 4]! ^= 0x8000 >>> (bit & 15);
      return { parts, other, bits };
    });
    fc.assert(
      fc.property(near, ({ parts, other, bits }) => {
        const [left, right] = [parts, other].map((list) => list.map((part) => part.toString(16)).join(":")) as [
          string,
          string,
        ];
        fc.pre([left, right].every((text) => parseAddress(text).length === 16));
        const list = new BlockList();
        list.addSubnet(left, bits, "ipv6");
        const keys = [left, right].map((text) => networkOf(text, { ipv4: 32, ipv6: bits }));
        expect(keys[0] === keys[1]).toBe(list.check(right, "ipv6"));
        expect(isIPv6(keys[0]!.split("/")[0]!)).toBe(true);
      }),
      SEEDED,
    );
    fc.assert(
      fc.property(octets, fc.nat(31), fc.nat(32), (parts, bit, bits) => {
        const other = [...parts];
        other[bit >>> 3]! ^= 0x80 >>> (bit & 7);
        const list = new BlockList();
        list.addSubnet(parts.join("."), bits);
        const keys = [parts, other].map((octet) => networkOf(octet.join("."), { ipv4: bits, ipv6: 64 }));
        expect(keys[0] === keys[1]).toBe(list.check(other.join(".")));
      }),
      SEEDED,
    );
  });

  test("nothing is a network that node:net takes for no address", () => {
    const characters = fc.constantFrom(..."0123456789abcdefABCDEFg:.%[]_ x-".split(""));
    const texts = fc.oneof(
      fc.string({ unit: characters, maxLength: 45 }),
      fc
        .tuple(fc.constantFrom("::ffff:", "1:2:3:4:5:6:", "::", "1::"), ipv4, fc.constantFrom("", "::", ":1", ".1"))
        .map((parts) => parts.join("")),
    );
    fc.assert(
      fc.property(texts, (text) => {
        const judged = isIPv4(text) || isIPv6(text.split("%")[0]!);
        expect(readAddress(text) !== undefined).toBe(judged);
      }),
      { ...SEEDED, numRuns: 20_000 },
    );
  });

  test.each([
    [
      "",
      "1.2.3",
      "1.2.3.4.5",
      "256.1.1.1",
      "01.2.3.4",
      "1.2.3.4:",
      "1.2.3.4:123456",
      "unknown",
      "_hidden",
      "localhost",
    ],
    [
      "[::1",
      "::1]",
      "[::1]x",
      "[1.2.3.4",
      "1::2::3",
      "12345::",
      ":::",
      "1:2:3:4:5:6:7",
      "1:2:3:4:5:6:7:8:9",
      "1.2.3.4::",
    ],
  ])("malformed: %j and more", (...texts) => {
    expect(texts.filter((text) => networkOf(text, USUAL) !== undefined)).toStrictEqual([]);
  });
});

describe("where an address is read", () => {
  const one = requestWith({
    "cf-connecting-ip": "192.0.2.1",
    "x-forwarded-for": "203.0.113.9, 198.51.100.7:4711 , [2001:db8:1:2::3]:80",
    forwarded: 'for=203.0.113.9;proto=https, For="[2001:db8:1:2::3]:80";by=_x, host=a;for="198.51.100.7:_p"',
  });

  test.each([
    [{ header: "cf-connecting-ip" }, "192.0.2.1/32"],
    [{ header: "x-real-ip" }, undefined],
    [{ forwardedFor: 1 }, "2001:db8:1:2::/64"],
    [{ forwardedFor: 2 }, "198.51.100.7/32"],
    [{ forwardedFor: 3 }, "203.0.113.9/32"],
    [{ forwardedFor: 4 }, undefined],
    [{ forwarded: 1 }, "198.51.100.7/32"],
    [{ forwarded: 2 }, "2001:db8:1:2::/64"],
    [{ forwarded: 3 }, "203.0.113.9/32"],
    [{ forwarded: 4 }, undefined],
  ])("%j", (source, key) => {
    expect(byAddress(source)(one, undefined)).toBe(key);
  });

  test("a function may ask the connection, and prefixes may be chosen", () => {
    const byConnection = byAddress((_, { ip }: { ip: string }) => ip, { ipv4Bits: 24, ipv6Bits: 48 });
    expect(byConnection(one, { ip: "192.0.2.77" })).toBe("192.0.2.0/24");
    expect(byConnection(one, { ip: "2001:db8:1:2::3" })).toBe("2001:db8:1::/48");
    expect(byAddress(() => undefined)(one, undefined)).toBe(undefined);
  });

  test("what a client writes to the left of trusted proxies never is the key", () => {
    const lies = fc.string({
      unit: fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code)),
      maxLength: 40,
    });
    const true4 = "198.51.100.7";
    fc.assert(
      fc.property(lies, (lie) => {
        const spoofed = requestWith({ "x-forwarded-for": `${lie}, ${true4}`, forwarded: `${lie}, for="${true4}:1"` });
        expect(byAddress({ forwardedFor: 1 })(spoofed, undefined)).toBe(`${true4}/32`);
        // A value that is not well-formed as a whole is no key at all.
        expect([`${true4}/32`, undefined]).toContain(byAddress({ forwarded: 1 })(spoofed, undefined));
      }),
      SEEDED,
    );
  });

  test.each([
    'for="1.2.3.4',
    "for",
    "for=",
    "=1.2.3.4",
    "for=1.2.3.4 for=5.6.7.8",
    "for=1.2.3.4;for=5.6.7.8",
    'for="a"b',
    "for=a b",
  ])("%s is not well-formed", (value) => {
    expect(entriesOfForwarded(value)).toBe(undefined);
  });

  test("empty elements and pairs are none, quotes and escapes are taken off", () => {
    expect(entriesOfForwarded(' , for=a;,, by=x ;; proto="h,t;t\\"p", FOR="\\a,b" ,')).toStrictEqual(["a", "", "a,b"]);
    expect(entriesOfForwarded("")).toStrictEqual([]);
  });

  test.each([
    [() => byAddress({ forwardedFor: 0 }), 'forwardedFor "0": must be a whole number from 1 to 64'],
    [() => byAddress({ forwarded: 1.5 }), 'forwarded "1.5": must be a whole number from 1 to 64'],
    [() => byAddress({ forwardedFor: 1 }, { ipv6Bits: 129 }), 'ipv6Bits "129": must be a whole number from 0 to 128'],
    [() => byAddress({ forwardedFor: 1 }, { ipv4Bits: -1 }), 'ipv4Bits "-1": must be a whole number from 0 to 32'],
    [() => byAddress({ header: "" }), 'header "": is no name of a header field, such as x-api-key'],
    [() => byHeader("x api"), 'header "x api": is no name of a header field, such as x-api-key'],
  ])("%s", (make, message) => {
    expect(make).toThrow(message);
  });
});

describe("by header", () => {
  test("its value without spaces around it; undefined without one", () => {
    const read = byHeader("X-Api-Key");
    expect(read(requestWith({ "x-api-key": " secret " }), undefined)).toBe("secret");
    expect(read(requestWith({}), undefined)).toBe(undefined);
  });
});
