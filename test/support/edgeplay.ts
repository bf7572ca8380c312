// Random calls of every kind on several edge meters at once, which have to answer alike.
import { expect } from "vitest";
import { ConfigError } from "../../src/errors.ts";
import type { Meter } from "../../src/edge/meter.ts";
import { restoreFrom } from "../../src/edge/snapshot.ts";
import type { Color, Decision, MeterOptions, OnFull, PolicyInput, Time, TimeUnit } from "../../src/edge/types.ts";
import { costOf, drawer, edgeMeter, EDGE_ENGINES, POLICIES, makerOn } from "./edge.ts";

const UNITS: Readonly<Record<TimeUnit, number>> = { ms: 1, us: 1000, ns: 1_000_000 };
const ON_FULL: readonly OnFull[] = ["evict-drained", "evict-oldest", "deny", "allow"];
/** Milliseconds; far enough for a compact table to be rebased. */
const TIME_MAX_MS = 4e12;
const KEYS = 60;

type Draw = ReturnType<typeof drawer>;

function optionsOf(draw: Draw): MeterOptions {
  const chosen = Array.from({ length: 1 + draw(3) }, () => POLICIES[draw(POLICIES.length)]!);
  const policies: (PolicyInput | { all: number[] })[] = [...chosen];
  const groupable = chosen.flatMap(({ meter, mode }, index) =>
    meter === "turner" || meter === "event-counter" || mode === "independent" ? [] : [index],
  );
  if (draw(3) === 0 && groupable.length > 0) policies.push({ all: groupable });
  const time = (["ms", "us", "ns"] as const)[draw(3)]!;
  return {
    policies,
    maxFlows: 1 + draw(40),
    key: draw(2) === 0 ? "u32" : "any",
    time,
    onFull: ON_FULL[draw(ON_FULL.length)]!,
    seed: [draw(2 ** 31), draw(2 ** 31), 3, 4],
    batchRows: 16,
    clockStep: [100, 1000, Infinity][draw(3)]! * UNITS[time],
    costParts: [1, 1, 10][draw(3)]!,
    replaceable: draw(3) === 0,
  };
}

/** Whether the policy charges what it refuses: the wait is then longer once the call was made. */
function chargesRefused({ limits }: Meter, policy: number): boolean {
  const { meter, input } = limits[policy]?.policy ?? {};
  if (meter === "dual") return (input?.mode ?? "coordinated") !== "coordinated";
  return meter === "turner" || meter === "event-counter";
}

/** What a look says of a call. */
function seen({ color, retryAfter, tracked, blocked }: Decision): Partial<Decision> {
  return { color, retryAfter, tracked, blocked };
}

/** Bigints and infinities as text. */
function plain(value: unknown): string {
  return JSON.stringify(value, (_, item: unknown) =>
    typeof item === "bigint" || item === Infinity ? String(item) : item,
  );
}

/** What a call answers, or how it is refused. */
function outcomeOf(call: () => unknown): string {
  try {
    return plain(call() ?? null);
  } catch (error) {
    if (error instanceof RangeError || error instanceof ConfigError) return error.message;
    throw error;
  }
}

/** One meter an engine, that get the same calls. */
export class Play {
  calls = 0;
  readonly #draw: Draw;
  readonly #options: MeterOptions;
  #meters: Meter[];
  #nowMs: number;
  #last: string[] = [];

  constructor(seed: number) {
    this.#draw = drawer(seed);
    this.#options = optionsOf(this.#draw);
    this.#meters = EDGE_ENGINES.map((row) => edgeMeter(row, this.#options));
    this.#nowMs = this.#draw(2) === 0 ? 0 : 1.7e12;
  }

  /** So many random calls. Fails on the first that the engines answer differently. */
  run(calls: number): void {
    for (let call = 0; call < calls; call += 1) {
      this.#move();
      this.#step();
    }
  }

  #both(what: string, call: (meter: Meter) => unknown): void {
    this.calls += 1;
    this.#last = [...this.#last.slice(-11), what];
    const answers = this.#meters.map((meter) => outcomeOf(() => call(meter)));
    const context = () => `${plain(this.#options)}\n${this.#last.join("\n")}`;
    if (answers.some((answer) => answer !== answers[0]))
      expect(answers, context()).toEqual(answers.map(() => answers[0]));
  }

  /** The time goes on, mostly; at times it goes back, or leaps. */
  #move(): void {
    const draw = this.#draw;
    const kind = draw(100);
    let step = 0;
    if (kind < 60) step = draw(50);
    else if (kind < 90) step = draw(300) / 8;
    else if (kind < 95) step = draw(5000);
    else if (kind < 97) step = -draw(2000);
    else if (kind === 99 && draw(20) === 0) step = draw(20) * 2e11;
    this.#nowMs = Math.min(Math.max(0, this.#nowMs + step), TIME_MAX_MS);
  }

  get #now(): Time {
    const { time = "ms" } = this.#options;
    const now = this.#nowMs * UNITS[time];
    return time === "ns" ? BigInt(Math.floor(now)) : Math.floor(now * 8) / 8;
  }

  #costFor(policy: number): number {
    const draw = this.#draw;
    const input = this.#options.policies[policy]!;
    if (this.#options.costParts === 10 && draw(2) === 0) return draw(70) / 10;
    return costOf("all" in input ? {} : input, draw(8) === 0 ? 100 : draw(4));
  }

  #step(): void {
    const draw = this.#draw;
    const now = this.#now;
    const key = draw(KEYS);
    const policy = draw(this.#options.policies.length);
    const color = draw(3) as Color;
    const cost = this.#costFor(policy);
    const arguments_ = `${key} ${now} ${cost} ${policy} ${color}`;
    const kind = draw(31);
    if (kind < 4) this.#told(arguments_, policy, (meter, does) => meter[does](key, now, cost, policy, color));
    else if (kind < 16) this.#both(`decide ${arguments_}`, (meter) => meter.decide(key, now, cost, policy, color));
    else if (kind < 17) this.#both(`allows ${arguments_}`, (meter) => meter.allows(key, now, cost, policy, color));
    else if (kind < 19) this.#both(`peek ${arguments_}`, (meter) => meter.peek(key, now, cost, policy, color));
    else if (kind < 21) this.#both(`charge ${arguments_}`, (meter) => meter.charge(key, cost, now, policy, color));
    else if (kind < 23) this.#both(`refund ${arguments_}`, (meter) => meter.refund(key, cost, now, policy, color));
    else if (kind === 23) this.#block(key, policy);
    else if (kind === 24) this.#both(`reset ${key} ${policy}`, (meter) => meter.reset(key, policy));
    else if (kind === 25) this.#both(`sweep ${now}`, (meter) => meter.sweep(now, 20));
    else if (kind === 26) this.#both("stats", (meter) => ({ ...meter.stats(), engine: "", memoryBytes: 0 }));
    else if (kind === 27) this.#both("entries", (meter) => [...meter.entries()]);
    else if (kind === 28) this.#batch(now);
    else if (kind === 29) this.#replace(policy, now);
    else this.#snapshot(now);
  }

  /** What a look says is what the call then is told. */
  #told(arguments_: string, policy: number, call: (meter: Meter, does: "peek" | "decide") => Decision): void {
    this.#both(`peek and decide ${arguments_}`, (meter) => {
      const told = call(meter, "peek");
      const done = call(meter, "decide");
      if (!chargesRefused(meter, policy)) expect(seen(done), arguments_).toStrictEqual(seen(told));
      return done;
    });
  }

  #replace(policy: number, now: Time): void {
    const input = POLICIES[this.#draw(POLICIES.length)]!;
    const how = (["proportional", "as-is", "reset"] as const)[this.#draw(3)]!;
    this.#both(`setPolicy ${policy} ${plain(input)} ${how}`, (meter) => meter.setPolicy(policy, input, how, now));
  }

  #block(key: number, policy: number): void {
    const isForever = this.#draw(10) === 0;
    this.#nowMs += 500;
    const until = isForever ? Infinity : this.#now;
    this.#nowMs -= 500;
    this.#both(`block ${key} ${until} ${policy}`, (meter) => meter.block(key, until, policy));
  }

  #batch(now: Time): void {
    const draw = this.#draw;
    const key = Array.from({ length: 1 + draw(40) }, () => draw(KEYS));
    const policy = key.map(() => draw(this.#options.policies.length));
    const cost = key.map(() => draw(4));
    const outcomes = draw(2) === 0;
    const mode = draw(4) === 0 ? "peek" : "consume";
    this.#both(`batch of ${key.length}, ${mode}`, (meter) => {
      const doubles = () => new Float64Array(key.length);
      const out = { color: new Uint8Array(key.length), flags: new Uint8Array(key.length) };
      const asked = outcomes ? { remaining: doubles(), retryAfter: doubles(), resetAfter: doubles() } : {};
      const time = key.map(() => now);
      const tally = meter.decideColumns({ key, time, policy, cost }, { ...out, ...asked }, { mode });
      return { ...tally, ...out, ...asked };
    });
  }

  /**
   * Snapshots are the same bytes. One engine goes on from another's and has to answer as those that never stopped; or, with
   * the time rebased, all do.
   */
  #snapshot(now: Time): void {
    this.#both("snapshot", (meter) => meter.snapshot());
    const options = this.#draw(3) === 0 ? { now } : {};
    const chunks = this.#meters.map((meter) => meter.snapshot({ maxChunk: 6000 }).toReversed());
    const one = this.#draw(EDGE_ENGINES.length);
    this.#meters = EDGE_ENGINES.map((row, index) => {
      if (index !== one && options.now === undefined) return this.#meters[index]!;
      return restoreFrom(chunks[(index + 1) % chunks.length]!, options, makerOn(row));
    });
  }
}
