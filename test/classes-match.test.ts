/** The values of a match, and prefixes as text. */
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DSCPS, parseDscp, parseProtocol, parseRange, PROTOCOLS } from "../src/policy/classes/fields.ts";
import { isDeterminedBy, parseBy } from "../src/policy/classes/keying.ts";
import { parsePrefix, prefixText } from "../src/policy/classes/prefix.ts";
import { keyingText } from "../src/policy/keying.ts";
import type { Prefix, Range } from "../src/types.ts";
import { compileClassesText } from "./support/policytext.ts";

const SEEDED = { numRuns: 2000, seed: 20_261_123 };

function vlans(text: string): Range {
  return parseRange("vlan", text, 4094);
}

/** Sparse addresses, so that runs of zeros of every length are common. */
const prefixes: fc.Arbitrary<Prefix> = fc
  .tuple(
    fc.constantFrom(4 as const, 6 as const),
    fc.array(fc.constantFrom(0, 0, 0, 1, 0xff), { minLength: 16, maxLength: 16 }),
    fc.nat(128),
  )
  .map(([version, bytes, drawn]) => {
    const width = version === 4 ? 32 : 128;
    const address = bytes.slice(0, width / 8).reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
    const bits = Math.min(drawn, width);
    const hostBits = BigInt(width - bits);
    return { version, address: (address >> hostBits) << hostBits, bits };
  });

describe("prefixes", () => {
  test("are read as they are written", () => {
    fc.assert(
      fc.property(prefixes, (prefix) => {
        expect(parsePrefix("src", prefixText(prefix))).toEqual(prefix);
      }),
      SEEDED,
    );
  });

  test("are written as URLs write addresses (RFC 5952)", () => {
    const property = fc.property(prefixes, ({ version, address }) => {
      const text = prefixText({ version, address, bits: version === 4 ? 32 : 128 });
      const { hostname } = new URL(`http://${version === 4 ? text : `[${text}]`}/`);
      expect(hostname).toBe(version === 4 ? text : `[${text}]`);
    });
    fc.assert(property, SEEDED);
  });

  test.each([
    ["0.0.0.0/0", 4, 0n, 0],
    ["255.255.255.255", 4, 0xffff_ffffn, 32],
    ["::", 6, 0n, 128],
    ["::/0", 6, 0n, 0],
    ["::ffff:192.0.2.1", 6, 0xffff_c000_0201n, 128],
    ["1:2:3:4:5:6:192.0.2.0/120", 6, 0x1_0002_0003_0004_0005_0006_c000_0200n, 120],
    ["2001:DB8::/32", 6, 0x2001_0db8n << 96n, 32],
    ["1:2:3:4:5:6:7::", 6, 0x1_0002_0003_0004_0005_0006_0007_0000n, 128],
  ] as const)("%s", (text, version, address, bits) => {
    expect(parsePrefix("src", text)).toEqual({ version, address, bits });
  });

  test.each([
    "",
    "1.2.3",
    "1.2.3.4.5",
    "1.2.3.256",
    "01.2.3.4",
    "1.2.3.4/",
    "1.2.3.4/33",
    "1.2.3.4/8/8",
    "1.2.3.4 ",
    ":::",
    "1::2::",
    "1:2:3:4:5:6:7",
    "1:2:3:4:5:6:7:8:9",
    "1:2:3:4:5:6:7:8::",
    "12345::",
    "g::",
    "::1.2.3.4:1",
    "1.2.3.4::",
    "::/129",
    "fe80::1%eth0",
    "192.0.2.1/24",
    "2001:db8::1/64",
  ])("%j is none", (text) => {
    expect(() => parsePrefix("src", text)).toThrow(/^src /u);
  });
});

test("words stand for the registered numbers", () => {
  expect(
    ["tcp", "udp", "icmp", "icmpv6", "sctp", "dccp", "udp-lite", "gre", "0", "255"].map((word) =>
      parseProtocol("protocol", word),
    ),
  ).toEqual([6, 17, 1, 58, 132, 33, 136, 47, 0, 255]);
  expect(
    ["be", "le", "ef", "va", "cs0", "cs7", "af11", "af13", "af41", "63"].map((word) => parseDscp("dscp", word)),
  ).toEqual([0, 1, 46, 44, 0, 56, 10, 14, 34, 63]);
  expect([PROTOCOLS.size, DSCPS.size]).toEqual([13, 24]);
});

test("ranges are whole numbers in order", () => {
  expect(vlans("7")).toEqual({ first: 7, last: 7 });
  expect(vlans("0 - 4094")).toEqual({ first: 0, last: 4094 });
  for (const text of ["", "-1", "1-", "2-1", "4095", "1-4095", "1.5", "1-2-3", "1e3"]) {
    expect(() => vlans(text)).toThrow(/^vlan /u);
  }
});

test("keys are read as they are written, and tell whether one follows from another", () => {
  for (const text of ["5-tuple", "src", "dst", "pair", "all", "src/0", "dst/128"]) {
    expect(keyingText(parseBy("by", text).keying)).toBe(text);
  }
  expect(parseBy("by", "class")).toEqual({ keying: { by: "all" }, isPerClass: true });
  for (const text of ["", "flow", "src/", "src/129", "pair/3", "__proto__"]) {
    expect(() => parseBy("by", text)).toThrow(/^by /u);
  }
  expect(isDeterminedBy({ by: "source", prefixBits: 16 }, { by: "source", prefixBits: 24 })).toBe(true);
  expect(isDeterminedBy({ by: "source", prefixBits: 24 }, { by: "source", prefixBits: 16 })).toBe(false);
});

test("files of prefixes hold one a line, beside those that are listed", async () => {
  const { matches } = await compileClassesText(
    "classes: [{name: a, action: block, match: {src: 192.0.2.1, src-file: good.txt, dst-file: [good.txt, good.txt]}}]",
  );
  expect(matches[0]?.sources?.map(prefixText)).toEqual(["192.0.2.1", "10.0.0.0/8", "2001:db8::/32"]);
  expect(matches[0]?.destinations).toHaveLength(4);
});
