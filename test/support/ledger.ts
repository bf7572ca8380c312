// Who lends what in a borrowing tree, told from the verdicts alone: levels are added up as algorithms 2.4 has them.
import { levelAt, unitsOf } from "../../src/reference/bucket.ts";
import { add, atMost, fraction, ZERO, type Fraction } from "../../src/reference/rational.ts";
import type { BucketDefinition, PathEntry } from "../../src/types.ts";
import { keyAt, pathOf } from "./contracts.ts";
import type { Packet } from "./run.ts";
import { ordered, type Trace } from "./traces.ts";

interface Account {
  readonly bucket: BucketDefinition;
  level: Fraction;
  lastNs: bigint;
}

/** What the ledger found. */
export interface Audit {
  /** Green packets that no node had room to lend for, and others beyond a node's depth. */
  readonly breaches: readonly string[];
  /** Packets that had room in their leaf's own bucket, counted by it alone, and were refused. */
  readonly unkept: readonly string[];
  readonly borrowed: number;
}

class Ledger {
  readonly #accounts = new Map<string, Account>();

  account({ nodeId }: PathEntry, part: string, key: bigint, bucket: BucketDefinition, nowNs: bigint): Account {
    const id = `${nodeId} ${part} ${key}`;
    const account = this.#accounts.get(id) ?? { bucket, level: bucket.initialLevel, lastNs: nowNs };
    this.#accounts.set(id, account);
    account.level = levelAt(bucket, account, nowNs);
    account.lastNs = nowNs;
    return account;
  }
}

interface Node {
  readonly rate: Account;
  readonly ceiling: Account | null;
}

function nodesOf(ledger: Ledger, path: readonly PathEntry[], packet: Packet): readonly Node[] {
  return path.map((entry, level) => {
    const { definition } = entry.policy;
    const key = keyAt(packet, level);
    if (definition.kind !== "bucket" && definition.kind !== "borrow-node") throw new RangeError(definition.kind);
    const rate = ledger.account(entry, "rate", key, definition.bucket, packet.timeNs);
    if (definition.kind === "bucket") return { rate, ceiling: null };
    return { rate, ceiling: ledger.account(entry, "ceiling", key, definition.ceiling, packet.timeNs) };
  });
}

function holds({ bucket, level }: Account, most: Fraction, units: Fraction): boolean {
  return bucket.check === "post" && atMost(add(level, units), most);
}

/** The first node from the leaf that has room, if all below it may borrow; -1 without one. */
function lenderOf(nodes: readonly Node[], units: Fraction): number {
  for (const [index, { rate, ceiling }] of nodes.entries()) {
    if (holds(rate, rate.bucket.threshold, units)) return index;
    if (ceiling !== null && !holds(ceiling, ceiling.bucket.threshold, units)) return -1;
  }
  return -1;
}

function charge(account: Account, units: Fraction): boolean {
  account.level = add(account.level, units);
  return atMost(account.level, account.bucket.depth);
}

/** Adds up a trace of a borrowing tree. */
export function auditOf({ policy, packets, outcome: { colors } }: Trace): Audit {
  const ledger = new Ledger();
  const breaches: string[] = [];
  const unkept: string[] = [];
  let borrowed = 0;
  for (const [index, packet] of ordered(packets).entries()) {
    const nodes = nodesOf(ledger, pathOf(policy, packet) as readonly PathEntry[], packet);
    const [leaf] = nodes;
    const units = fraction(unitsOf(leaf!.rate.bucket.costRule, packet.length));
    const isGreen = colors[index] === 0;
    const lender = lenderOf(nodes, units);
    if (!isGreen && holds(leaf!.rate, leaf!.rate.bucket.threshold, units)) unkept.push(`packet ${index}`);
    if (!isGreen) continue;
    if (lender < 0) breaches.push(`packet ${index} without a lender`);
    if (lender > 0) borrowed += 1;
    for (const [level, { rate, ceiling }] of nodes.entries()) {
      const isWithin = level < lender || charge(rate, units);
      const isUnder = ceiling === null || charge(ceiling, units);
      if (!isWithin || !isUnder) breaches.push(`packet ${index} overdraws node ${level}`);
    }
  }
  return { breaches, unkept, borrowed };
}

/** Adds a bucket of this contract to a flow; green is what it alone would admit. */
export class Policer {
  readonly #account: Account;

  constructor(ratePerSec: Fraction, depth: Fraction, bucket: BucketDefinition) {
    const own = { ...bucket, ratePerSec, depth, threshold: depth, initialLevel: ZERO };
    this.#account = { bucket: own, level: ZERO, lastNs: 0n };
  }

  /** Whether the packet keeps the contract, given those before that did. Times must not decrease. */
  admits({ timeNs, length }: Packet): boolean {
    const account = this.#account;
    const units = fraction(unitsOf(account.bucket.costRule, length));
    account.level = levelAt(account.bucket, account, timeNs);
    account.lastNs = timeNs;
    return holds(account, account.bucket.depth, units) && charge(account, units);
  }
}
