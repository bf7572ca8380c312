// Goal: the numbers of an answer are exact in every unit of time: at `retryAfter` the same call is allowed and a unit earlier
// it is not, be it buckets, several limits, a block or a full table that refused it; `remaining` is the most that is
// allowed; at `resetAfter`, and not a unit earlier, the key is as a fresh one.
import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { Meter } from "../../src/edge/meter.ts";
import { restoreFrom } from "../../src/edge/snapshot.ts";
import type { Color, MeterOptions, OnFull, PolicyInput, Time, TimeUnit } from "../../src/edge/types.ts";
import { costOf, drawer, edgeMeter, EDGE_ENGINES, POLICIES, type EdgeRow, makerOn } from "../support/edge.ts";

const SEED = 20_260_103;
const CALLS = 60;
const KEYS = 6;
const NS: Readonly<Record<TimeUnit, bigint>> = { ms: 1_000_000n, us: 1000n, ns: 1n };
const UNITS = Object.keys(NS) as TimeUnit[];
const ON_FULL: readonly OnFull[] = ["evict-drained", "evict-oldest", "deny", "allow"];
/** Units after which everything that drains has drained. */
const LATER_NS = 10n ** 15n;

type Draw = ReturnType<typeof drawer>;

function chargesRefused({ meter, mode }: PolicyInput): boolean {
  return meter === "turner" || meter === "event-counter" || mode === "independent";
}

const GROUPABLE = POLICIES.filter((policy) => !chargesRefused(policy) && costOf(policy, 1) === 1);

/** A meter of one policy, or of two or three and all of them at once. */
function optionsOf(draw: Draw): MeterOptions {
  const time = UNITS[draw(UNITS.length)]!;
  const onFull = ON_FULL[draw(ON_FULL.length)]!;
  const maxFlows = [100, 100, 3][draw(3)]!;
  const shared = { time, onFull, maxFlows, key: "u32", clockStep: 1e12 } as const;
  if (draw(2) === 0) return { ...shared, policies: [POLICIES[draw(POLICIES.length)]!] };
  const limits = Array.from({ length: 2 + draw(2) }, () => GROUPABLE[draw(GROUPABLE.length)]!);
  return { ...shared, policies: [...limits, { all: limits.map((_, index) => index) }] };
}

/** The caller's time of so many nanoseconds, cut to its unit. */
function timeOf(unit: TimeUnit, ns: bigint): Time {
  return unit === "ns" ? ns : Number(ns / NS[unit]);
}

const counts = { waits: 0, nevers: 0, blocked: 0, full: 0, groups: 0 };

class Instants {
  readonly #draw: Draw;
  readonly #unit: TimeUnit;
  readonly #meter: Meter;
  readonly #row: EdgeRow;
  readonly #policies: MeterOptions["policies"];
  #ns: bigint;

  constructor(seed: number, row: EdgeRow) {
    this.#draw = drawer(seed);
    const options = optionsOf(this.#draw);
    this.#row = row;
    this.#policies = options.policies;
    this.#unit = options.time!;
    this.#meter = edgeMeter(row, options);
    this.#ns = 1_700_000_000_000_000_000n;
  }

  run(): void {
    for (let call = 0; call < CALLS; call += 1) this.#call();
  }

  #call(): void {
    const draw = this.#draw;
    // Mostly on, at times a little back: metered at the newest time, but waits count from the caller's.
    this.#ns += BigInt(draw(8) === 0 ? -draw(20_000_000) : draw(4) === 0 ? draw(400_000_000) : draw(8_000_000));
    const key = draw(KEYS);
    const policy = this.#policies.length - 1 - (draw(3) === 0 ? draw(this.#policies.length) : 0);
    const input = this.#policies[policy]!;
    const color = draw(3) as Color;
    const cost = costOf("all" in input ? {} : input, draw(10) === 0 ? 50 : draw(4));
    const now = timeOf(this.#unit, this.#ns);
    if (draw(15) === 0) this.#meter.block(key, timeOf(this.#unit, this.#ns + BigInt(draw(3_000_000_000))), policy);
    const answer = this.#meter.decide(key, now, cost, policy, color);
    const again = (units: number) => this.#meter.peek(key, this.#after(now, units), cost, policy, color);
    if (!answer.allowed && answer.retryAfter < Infinity) {
      expect(answer.retryAfter).toBeGreaterThan(0);
      const context = () => JSON.stringify([input, this.#meter.settings.onFull, this.#unit, cost, color, answer]);
      expect(again(answer.retryAfter - 1).allowed, context()).toBe(false);
      expect(again(answer.retryAfter).allowed, context()).toBe(true);
      if (draw(6) === 0) this.#expectTaken(key, this.#after(now, answer.retryAfter), cost, policy, color);
      counts.waits += 1;
      counts.blocked += +answer.blocked;
      counts.full += +!answer.tracked;
      counts.groups += +("all" in input);
    } else if (!answer.allowed) {
      expect(again(Number(LATER_NS / NS[this.#unit])).allowed).toBe(false);
      counts.nevers += 1;
    }
    if (answer.tracked && !answer.blocked && !("all" in input)) this.#expectExact(key, now, policy, input);
  }

  #after(now: Time, units: number): Time {
    return typeof now === "bigint" ? now + BigInt(units) : now + units;
  }

  /** What a look says comes true for a call. */
  #expectTaken(key: number, now: Time, cost: number, policy: number, color: Color): void {
    const twin = restoreFrom(this.#meter.snapshot(), {}, makerOn(this.#row));
    expect(twin.decide(key, now, cost, policy, color).allowed).toBe(true);
  }

  #expectExact(key: number, now: Time, policy: number, { check, meter: kind }: PolicyInput): void {
    const look = (units: number, cost = 1) => this.#meter.peek(key, this.#after(now, units), cost, policy);
    const { remaining, resetAfter, tracked, retryAfter } = look(0);
    // A key that is not in the table is fresh, whatever it is told.
    if (!tracked) return;
    const isPre = check === "overdraft" || (kind === "gcra" && check === undefined);
    if (isPre) {
      expect(look(0).allowed).toBe(remaining > 0);
    } else {
      if (remaining > 0) expect(look(0, remaining).color).not.toBe(2);
      expect(look(0, remaining + 1).allowed).toBe(false);
    }
    expect(retryAfter === 0).toBe(look(0).allowed);
    const fresh = look(resetAfter);
    expect([fresh.resetAfter, fresh.remaining]).toEqual([0, fresh.limit]);
    if (resetAfter > 0) expect(look(resetAfter - 1).resetAfter).toBeGreaterThan(0);
  }
}

function play(seed: number, row: EdgeRow): void {
  new Instants(seed, row).run();
}

test("every number of an answer is exact, in ms, us and ns", () => {
  fc.assert(fc.property(fc.nat(), fc.constantFrom(...EDGE_ENGINES), play), { numRuns: 500, seed: SEED });
  process.stdout.write(`waits proved exact: ${JSON.stringify(counts)}\n`);
  for (const count of Object.values(counts)) expect(count).toBeGreaterThan(200);
});
