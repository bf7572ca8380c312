/** One rate shared by weight (algorithms 2.6): each class has its part of it, fixed or with what the others leave idle. */

import type { PolicyReading } from "../compile.ts";
import { multiply, rational } from "../../rational.ts";
import type { BucketDefinition, MeterDefinition } from "../../types.ts";
import { parseBurst, parseRate } from "../../units.ts";
import { at } from "./context.ts";
import type { Context } from "./context.ts";
import { GROUP_MODES } from "./keys.ts";
import { readMeter } from "./meters.ts";
import type { Section } from "./section.ts";
import { knownNames } from "./tree.ts";

const WEIGHT_MAX = 1000;
/** What a class of a group may say of its meter; the rest is the group's. */
export const GROUP_CLASS_PARAMS: ReadonlySet<string> = new Set(["burst", "cost", "overhead", "min-length"]);
const NEEDS = "a class of a group has weight and burst";

interface Share {
  readonly section: Section;
  readonly weight: bigint;
  /** A meter of the group's whole rate and the class's burst. */
  readonly whole: PolicyReading;
  readonly bucket: BucketDefinition;
}

interface Group {
  readonly section: Section;
  readonly index: number;
  readonly rateText: string;
  readonly isShared: boolean;
  readonly shares: Share[];
}

/** The groups of a file, and the classes that join them. */
export class Groups {
  readonly #groups: ReadonlyMap<string, Group>;
  readonly #context: Context;

  /** Throws ConfigError for a group without a rate. */
  constructor(sections: readonly Section[], context: Context) {
    this.#context = context;
    this.#groups = new Map(
      sections.map((section, index) => {
        const rateText = section.text("rate");
        if (rateText === undefined) {
          const detail = "is missing; a group has the rate that its classes share, such as 100 Mbit/s";
          throw section.fail("MISSING", "rate", detail);
        }
        at(section.where("rate"), () => parseRate("rate", rateText));
        const isShared = section.choice("mode", GROUP_MODES) !== "static";
        return [section.text("name") ?? "", { section, index, rateText, isShared, shares: [] }];
      }),
    );
  }

  /** The group of a class. Throws ConfigError when there is none of its name. */
  #groupOf(section: Section): Group {
    const name = section.text("group") ?? "";
    const group = this.#groups.get(name);
    if (group !== undefined) return group;
    throw section.fail(
      "CHOICE",
      "group",
      `no group has this name;${knownNames(name, [...this.#groups.keys()], "groups")}`,
    );
  }

  /** Whether what the other classes leave idle is for this one too. Throws ConfigError. */
  isShared(section: Section): boolean {
    return this.#groupOf(section).isShared;
  }

  /** Takes a class into its group; `params` are those of a meter that it gives. Throws ConfigError. */
  join(section: Section, params: readonly string[]): void {
    const { rateText, shares } = this.#groupOf(section);
    const foreign = [...params, "parent", "threshold"].find(
      (name) => section.has(name) && !GROUP_CLASS_PARAMS.has(name),
    );
    if (foreign !== undefined) {
      throw section.fail("CONFLICT", foreign, `cannot stand beside group, which is the meter; ${NEEDS}`);
    }
    const missing = ["weight", "burst"].find((name) => !section.has(name));
    if (missing !== undefined) throw section.fail("MISSING", missing, `is missing; ${NEEDS}`);
    const weight = BigInt(section.count("weight", 1, WEIGHT_MAX) ?? 1);
    const burstText = section.text("burst") ?? "";
    const burst = at(section.where("burst"), () => parseBurst("burst", burstText));
    if (burst.kind === "time" || burst.units.den !== 1n) {
      const detail = "must be a whole amount in a group, where the rate varies; write one such as 64 kB";
      throw section.fail("UNIT", "burst", detail);
    }
    const whole = readMeter(section, params, this.#context, { rate: rateText });
    if (whole.definition.kind !== "bucket") throw new RangeError("a class of a group is one bucket");
    shares.push({ section, weight, whole, bucket: whole.definition.bucket });
  }

  /** How many groups there are. */
  get count(): number {
    return this.#groups.size;
  }

  /** The meter of each class, when all have joined. */
  readings(): ReadonlyMap<Section, PolicyReading> {
    const readings = new Map<Section, PolicyReading>();
    for (const group of this.#groups.values()) {
      if (group.shares.length === 0) this.#context.warnings.push(`${group.section.title}: no class is in it`);
      const readingOf = group.isShared ? sharedOf(group) : staticOf(group);
      for (const share of group.shares) readings.set(share.section, readingOf(share));
    }
    return readings;
  }
}

/** Ordinary buckets whose rates add up to the group's. */
function staticOf(group: Group): (share: Share) => PolicyReading {
  const sum = group.shares.reduce((total, { weight }) => total + weight, 0n);
  return ({ whole, bucket, weight }) => {
    const ratePerSec = multiply(bucket.ratePerSec, rational(weight, sum));
    return { ...whole, definition: { kind: "bucket", bucket: { ...bucket, ratePerSec } } };
  };
}

/** Flows of one virtual time. Their bursts are whole, so the rate alone sets the scale, which is one for all. */
function sharedOf({ index, shares }: Group): (share: Share) => PolicyReading {
  const groupWeights = [...new Set(shares.map(({ weight }) => weight))].toSorted((a, b) => Number(a - b));
  return ({ whole, bucket, weight }) => {
    const definition: MeterDefinition = { kind: "weighted", bucket, group: index, weight, groupWeights };
    return { ...whole, meter: "weighted", definition };
  };
}
