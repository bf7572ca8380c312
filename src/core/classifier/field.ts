/** The fields of a rule, each as ranges of whole numbers in one or two domains (IPv4 and IPv6 addresses). */
import {
  CLASSIFIER_DESTINATION_PORTS,
  CLASSIFIER_DESTINATIONS4,
  CLASSIFIER_DESTINATIONS6,
  CLASSIFIER_DSCPS,
  CLASSIFIER_PROTOCOLS,
  CLASSIFIER_SOURCE_PORTS,
  CLASSIFIER_SOURCES4,
  CLASSIFIER_SOURCES6,
  CLASSIFIER_VLANS,
  FIELD_DESTINATION,
  FIELD_DESTINATION_PORT,
  FIELD_DSCP,
  FIELD_PROTOCOL,
  FIELD_SOURCE,
  FIELD_SOURCE_PORT,
  FIELD_VLAN,
} from "../../../assembly/abi/classifier.ts";
import type { MatchRule, Prefix, Range } from "../../types.ts";

/** Values from `first` to `last`, both included. */
export interface Span {
  readonly first: bigint;
  readonly last: bigint;
}

/** Values of so many bits, looked up in the part of the classifier that its head names at `head`. */
export interface Domain {
  readonly head: number;
  readonly bits: number;
  /** Spans of the rule's values that lie in this domain, in any order. */
  spans(rule: MatchRule): Span[];
}

export interface Field {
  /** FIELD_*. */
  readonly number: number;
  /** True when the rule has a condition on it. */
  isUsed(rule: MatchRule): boolean;
  readonly domains: readonly Domain[];
}

function prefixSpan({ version, address, bits }: Prefix): Span {
  const hostBits = BigInt((version === 4 ? 32 : 128) - bits);
  return { first: address, last: address + (1n << hostBits) - 1n };
}

function rangeSpan({ first, last }: Range): Span {
  return { first: BigInt(first), last: BigInt(last) };
}

function valueSpan(value: number): Span {
  return rangeSpan({ first: value, last: value });
}

type Read<Value> = (rule: MatchRule) => readonly Value[] | undefined;

function addressField(number: number, heads: Readonly<Record<4 | 6, number>>, read: Read<Prefix>): Field {
  const domainOf = (version: 4 | 6, bits: number): Domain => ({
    head: heads[version],
    bits,
    spans: (rule) => (read(rule) ?? []).filter((prefix) => prefix.version === version).map(prefixSpan),
  });
  return { number, isUsed: (rule) => read(rule) !== undefined, domains: [domainOf(4, 32), domainOf(6, 128)] };
}

function numberField<Value>(
  number: number,
  head: number,
  bits: number,
  read: Read<Value>,
  spanOf: (value: Value) => Span,
): Field {
  const domain: Domain = { head, bits, spans: (rule) => (read(rule) ?? []).map(spanOf) };
  return { number, isUsed: (rule) => read(rule) !== undefined, domains: [domain] };
}

/** All fields, by FIELD_*. */
export const FIELDS: readonly Field[] = [
  addressField(FIELD_SOURCE, { 4: CLASSIFIER_SOURCES4, 6: CLASSIFIER_SOURCES6 }, (rule) => rule.sources),
  addressField(
    FIELD_DESTINATION,
    { 4: CLASSIFIER_DESTINATIONS4, 6: CLASSIFIER_DESTINATIONS6 },
    (rule) => rule.destinations,
  ),
  numberField(FIELD_SOURCE_PORT, CLASSIFIER_SOURCE_PORTS, 16, (rule) => rule.sourcePorts, rangeSpan),
  numberField(FIELD_DESTINATION_PORT, CLASSIFIER_DESTINATION_PORTS, 16, (rule) => rule.destinationPorts, rangeSpan),
  numberField(FIELD_PROTOCOL, CLASSIFIER_PROTOCOLS, 8, (rule) => rule.protocols, valueSpan),
  numberField(FIELD_DSCP, CLASSIFIER_DSCPS, 6, (rule) => rule.dscps, valueSpan),
  numberField(FIELD_VLAN, CLASSIFIER_VLANS, 12, (rule) => rule.vlans, rangeSpan),
];

/** The same values as spans in ascending order that neither overlap nor touch. */
export function mergeSpans(spans: readonly Span[]): Span[] {
  const merged: Span[] = [];
  for (const span of spans.toSorted(byFirst)) {
    const before = merged.at(-1);
    if (before === undefined || span.first > before.last + 1n) merged.push(span);
    else if (span.last > before.last) merged[merged.length - 1] = { first: before.first, last: span.last };
  }
  return merged;
}

function byFirst(left: Span, right: Span): number {
  if (left.first === right.first) return 0;
  return left.first < right.first ? -1 : 1;
}
