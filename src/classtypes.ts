/** What a policy of classes is: rules that sort packets, and the path of buckets of each class. No code. */

import type { LengthKind, FlowKeying, CompiledPolicy } from "./types.ts";

/** An address prefix; `address` has its host bits 0. */
export interface Prefix {
  readonly version: 4 | 6;
  readonly address: bigint;
  readonly bits: number;
}

/** Whole numbers from `first` to `last`, both included. */
export interface Range {
  readonly first: number;
  readonly last: number;
}

/**
 * What packets belong to a class: all fields that are given must hold, each with any of its values. A field of the IP
 * header or of ports never holds for a frame without IP; a port never for a packet without ports (they read as 0 only
 * in flow keys). `vlan` is the outermost tag's VLAN id.
 */
export interface MatchRule {
  readonly sources?: readonly Prefix[];
  readonly destinations?: readonly Prefix[];
  readonly protocols?: readonly number[];
  readonly sourcePorts?: readonly Range[];
  readonly destinationPorts?: readonly Range[];
  readonly dscps?: readonly number[];
  readonly vlans?: readonly Range[];
  /** Index of the class that a packet gets when this is the first rule that holds. */
  readonly classIndex: number;
}

/** One node on the way of a packet from its flow to the root. */
export interface PathEntry {
  /** From 1. Entries of several classes with the same id share their buckets, kept for each (nodeId, key). */
  readonly nodeId: number;
  /** The class's name at the leaf, the node's above. */
  readonly name: string;
  readonly keying: FlowKeying;
  readonly policy: CompiledPolicy;
}

export interface PacketClass {
  readonly name: string;
  /** `pass` is green and `block` is red, without any bucket. */
  readonly action: "meter" | "pass" | "block";
  /** Leaf first; empty unless `action` is "meter". */
  readonly path: readonly PathEntry[];
}

/**
 * How a path is charged. "all-or-none": every node or, when one refuses, none. "series": each node from the leaf up to
 * the first that refuses. "borrow": the first node with room lends, it and all above it are charged (algorithms 2.4).
 */
export type ChargeMode = "all-or-none" | "series" | "borrow";

/** A policy of classes after validation. */
export interface ClassPolicy {
  readonly meter: "classes";
  readonly length: LengthKind;
  readonly charge: ChargeMode;
  /** At least one. The last may be the implied "unmatched", which passes. */
  readonly classes: readonly PacketClass[];
  /** First match wins; packets that match none get the last class. */
  readonly matches: readonly MatchRule[];
  readonly warnings: readonly string[];
}
