// Rules and frames that try each other's edges: prefixes that nest, equal ranges, and values at and beside every end.
import * as fc from "fast-check";
import {
  FIELD_DESTINATION,
  FIELD_DESTINATION_PORT,
  FIELD_DSCP,
  FIELD_PROTOCOL,
  FIELD_SOURCE,
  FIELD_SOURCE_PORT,
  FIELD_VLAN,
} from "../../assembly/abi/classifier.ts";
import { type Domain, FIELDS } from "../../src/core/classifier/field.ts";
import type { MatchRule, Prefix, Range } from "../../src/types.ts";
import { type FrameSpec, prefixOf } from "./rulewriter.ts";

/** Few, so that prefixes nest and repeat; both ends of the domain. */
const ADDRESSES4 = [0x0a00_0000n, 0x0a00_0001n, 0x0a01_ffffn, 0xc0a8_0101n, 0n, 0xffff_ffffn];
const ADDRESSES6 = [
  0x2001_0db8n << 96n,
  (0x2001_0db8n << 96n) | 1n,
  (0x2001_0db8_0000_0001n << 64n) | 0x1234n,
  0xfe80n << 112n,
  0n,
  2n ** 128n - 1n,
];
const TAG_TYPES = [0x8100, 0x88a8, 0x9100];
const EXTENSIONS6 = new Set([0, 43, 44, 51, 60]);

function prefix(version: 4 | 6, addresses: readonly bigint[], usualBits: readonly number[]): fc.Arbitrary<Prefix> {
  const last = 2n ** (version === 4 ? 32n : 128n) - 1n;
  const address = fc.oneof(fc.constantFrom(...addresses), fc.bigInt({ min: 0n, max: last }));
  return fc.tuple(address, fc.constantFrom(...usualBits)).map(([value, bits]) => prefixOf(version, value, bits));
}

const anyPrefix = fc.oneof(
  { weight: 3, arbitrary: prefix(4, ADDRESSES4, [8, 9, 15, 16, 17, 24, 30, 31, 32]) },
  { weight: 2, arbitrary: prefix(6, ADDRESSES6, [32, 48, 63, 64, 65, 96, 127, 128]) },
  { weight: 1, arbitrary: prefix(4, ADDRESSES4, [0, 1, 2]) },
  { weight: 1, arbitrary: prefix(6, ADDRESSES6, [0, 1, 2]) },
);

/** Mostly narrow: wide ranges hide the rules behind them. */
function range(max: number, usual: readonly number[]): fc.Arbitrary<Range> {
  const first = fc.oneof(fc.constantFrom(...usual), fc.integer({ min: 0, max }));
  const width = fc.oneof(fc.constantFrom(0, 0, 1, 20), fc.integer({ min: 0, max }));
  return fc.tuple(first, width).map(([from, more]) => ({ first: from, last: Math.min(max, from + more) }));
}

/** Mostly one value, sometimes many, seldom none. */
function some<Value>(value: fc.Arbitrary<Value>): fc.Arbitrary<Value[]> {
  return fc.oneof({ weight: 4, arbitrary: fc.array(value, { minLength: 1, maxLength: 1 }) }, fc.array(value));
}

const port = range(65_535, [0, 1, 53, 80, 443, 1024, 65_535]);
const protocol = fc.constantFrom(0, 1, 6, 6, 17, 17, 58, 132, 136, 33, 255);

const fields = fc.record({
  sources: some(anyPrefix),
  destinations: some(anyPrefix),
  protocols: some(protocol),
  sourcePorts: some(port),
  destinationPorts: some(port),
  dscps: some(fc.constantFrom(0, 10, 12, 46, 63)),
  vlans: some(range(4095, [0, 1, 100, 4095])),
});

/** Fields that stay in a rule. */
const kept = fc.subarray(
  ["sources", "destinations", "protocols", "sourcePorts", "destinationPorts", "dscps", "vlans"] as const,
  { minLength: 1, maxLength: 4 },
);

const rule: fc.Arbitrary<MatchRule> = fc.tuple(fields, kept, fc.nat(9)).map(([all, names, classIndex]) => {
  const given = names.map((name) => [name, all[name]] as const);
  return Object.assign(Object.fromEntries(given), { classIndex });
});

/** Rules in any order. */
export function ruleLists(rulesMax: number, rulesMin = 0): fc.Arbitrary<MatchRule[]> {
  return fc.array(rule, { minLength: rulesMin, maxLength: rulesMax, size: "max" });
}

/** Numbers that a frame's parts are chosen by. */
const choices = fc.array(fc.nat(), { minLength: 8, maxLength: 8 });

/** The ends of the rules' prefixes and ranges, one beside them, and the ends of the domain. */
function endsOf(rules: readonly MatchRule[], { bits, spans }: Domain): bigint[] {
  const last = 2n ** BigInt(bits) - 1n;
  const ends = rules.flatMap((each) => spans(each)).flatMap((span) => [span.first, span.last]);
  const near = ends.flatMap((end) => [end, end, end - 1n, end + 1n]).filter((value) => value >= 0n && value <= last);
  return [...near, 0n, last];
}

/** Chooses values of a field of a domain for a frame: mostly such that one rule's conditions hold. */
class Chooser {
  readonly #rules: readonly MatchRule[];
  readonly #pools: readonly (readonly bigint[])[][];

  constructor(rules: readonly MatchRule[]) {
    this.#rules = rules;
    this.#pools = FIELDS.map(({ domains }) => domains.map((domain) => endsOf(rules, domain)));
  }

  choose(field: number, domain: number, wanted: number, choice: number): bigint {
    const wantedRule = this.#rules[wanted % this.#rules.length];
    const own = wantedRule === undefined ? [] : FIELDS[field]!.domains[domain]!.spans(wantedRule);
    if (own.length > 0 && choice % 8 !== 0) {
      const { first, last } = own[(choice >>> 3) % own.length]!;
      return [first, last, (first + last) / 2n][(choice >>> 6) % 3]!;
    }
    const pool = this.#pools[field]![domain]!;
    return pool[choice % pool.length]!;
  }

  /** The IP version of the rule's addresses, if it has any. */
  versionFor(wanted: number, choice: number): 4 | 6 | null {
    const wantedRule = this.#rules[wanted % this.#rules.length];
    const prefixes = [...(wantedRule?.sources ?? []), ...(wantedRule?.destinations ?? [])];
    if (prefixes.length > 0 && choice % 8 !== 0) return prefixes[choice % prefixes.length]!.version;
    return ([4, 6, null] as const)[choice % 3]!;
  }
}

/** Frames whose values lie at the ends of the rules' prefixes and ranges, between, and beside them. */
export function frameLists(rules: readonly MatchRule[], framesMax: number): fc.Arbitrary<FrameSpec[]> {
  const chooser = new Chooser(rules);
  const frame = fc.tuple(fc.nat(), choices, choices).map(([wanted, values, others]): FrameSpec => {
    const version = chooser.versionFor(wanted, others[0]!);
    const pick = (field: number) =>
      chooser.choose(field, version === 6 && field <= FIELD_DESTINATION ? 1 : 0, wanted, values[field]!);
    const chosen = Number(pick(FIELD_PROTOCOL));
    const tag = (at: number) => [TAG_TYPES[others[at]! % 3]!, Number(pick(FIELD_VLAN)) ^ (at - 1)] as const;
    return {
      version,
      source: pick(FIELD_SOURCE),
      destination: pick(FIELD_DESTINATION),
      sourcePort: Number(pick(FIELD_SOURCE_PORT)),
      destinationPort: Number(pick(FIELD_DESTINATION_PORT)),
      // Extension headers of IPv6 are walked: their numbers are no upper-layer protocols.
      protocol: version === 6 && EXTENSIONS6.has(chosen) ? 6 : chosen,
      dscp: Number(pick(FIELD_DSCP)),
      tags: [[], [tag(1)], [tag(1), tag(2)]][others[3]! % 3]!,
      fragment: (["none", "none", "none", "first", "later"] as const)[others[4]! % 5]!,
    };
  });
  return fc.array(frame, { minLength: Math.ceil(framesMax / 2), maxLength: framesMax, size: "max" });
}
