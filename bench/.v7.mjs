// src/errors.ts
function oneLine(text) {
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, " ").trim();
}
function quoted(value) {
  let line = oneLine(value);
  return `"${line.length > 60 ? `${line.slice(0, 60)}...` : line}"`;
}
var ConfigError = class _ConfigError extends Error {
  name = "ConfigError";
  /** What the command exits with. */
  exitCode = 2;
  code;
  /** The option or key at fault, as the user writes it. */
  parameter;
  /** The value at fault as it was written; undefined when it is missing. */
  value;
  detail;
  constructor(code, parameter, value, detail, where) {
    let subject2 = value === void 0 ? oneLine(parameter) : `${oneLine(parameter)} ${quoted(value)}`;
    super(`${where === void 0 ? "" : `${oneLine(where)}: `}${subject2}: ${oneLine(detail)}`), this.code = code, this.parameter = parameter, this.value = value, this.detail = detail;
  }
  /** The same error with a place, such as "policy.yaml:3", in front. */
  at(where) {
    return new _ConfigError(this.code, this.parameter, this.value, this.detail, where);
  }
};
function editDistance(left, right) {
  let previous = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let row = 1; row <= left.length; row++) {
    let current = [row];
    for (let column = 1; column <= right.length; column++) {
      let replaced = (previous[column - 1] ?? 0) + (left[row - 1] === right[column - 1] ? 0 : 1);
      current.push(Math.min(replaced, (previous[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1));
    }
    previous = current;
  }
  return previous[right.length] ?? 0;
}
function nearestNames(text, names) {
  let asked = text.slice(0, 60).toLowerCase(), distanceMax = asked.length <= 3 ? 1 : 2;
  return names.map((name) => {
    let known = name.toLowerCase(), begins = asked.length >= 2 && known.startsWith(asked), [firstWord = known] = known.split("-"), distance = Math.min(editDistance(asked, known), editDistance(asked, firstWord));
    return { name, distance: begins ? Math.min(1, distance) : distance };
  }).filter((candidate) => candidate.distance <= distanceMax).toSorted((left, right) => left.distance - right.distance).map((candidate) => candidate.name);
}
function didYouMean(text, names) {
  let [best] = nearestNames(text, names);
  return best === void 0 ? "" : ` did you mean ${best}?`;
}
function listed(words, last) {
  let head = words.slice(0, -1), tail = words.at(-1) ?? "";
  return head.length === 0 ? tail : `${head.join(", ")} ${last} ${tail}`;
}

// src/edge/cost.ts
var TOLERANCE = 95367431640625e-20;
function unitsOf(cost, parts) {
  let whole2 = Math.round(cost * parts);
  if (Math.abs(cost * parts - whole2) <= (parts === 1 ? 0 : TOLERANCE) && whole2 >= 0 && whole2 <= 4294967295) return whole2;
  let way = Number.isFinite(cost) && cost > 0 && cost < 4294967295 ? "; costParts sets how fine costs are" : "", kind = parts === 1 ? "a whole number" : `a whole number of 1/${parts}`;
  throw new RangeError(`cost ${String(cost)}: must be ${kind} from 0 to ${4294967295 / parts}${way}`);
}

// src/edge/time.ts
var UNIT_NS = { ms: 1e6, us: 1e3, ns: 1 }, TWO_12 = 2 ** 12, TWO_20 = 2 ** 20, TWO_32 = 2 ** 32, NS_END = 2n ** 62n;
function putNs(words, at, now, unitNs) {
  let whole2 = Math.floor(now), fractionNs = Math.floor((now - whole2) * unitNs), high = Math.floor(whole2 / TWO_20), highNs = high * unitNs, rest = (whole2 - high * TWO_20) * unitNs + fractionNs + highNs % TWO_12 * TWO_20, carry = Math.floor(rest / TWO_32);
  words[at] = rest - carry * TWO_32, words[at + 1] = Math.floor(highNs / TWO_12) + carry;
}
var Times = class {
  unitNs;
  /** A time has to be below this. */
  end;
  #unit;
  constructor(unit) {
    this.#unit = unit, this.unitNs = UNIT_NS[unit], this.end = Math.min(Number(NS_END) / this.unitNs, Number.MAX_SAFE_INTEGER);
  }
  /** Writes a time's nanoseconds to two words. Throws RangeError for what is no time. */
  put(words, at, now) {
    if (typeof now == "bigint" && this.#unit === "ns" && now >= 0n && now < NS_END) {
      words[at] = Number(now & 0xffffffffn), words[at + 1] = Number(now >> 32n);
      return;
    }
    if (typeof now != "number" || !(now >= 0 && now < this.end)) throw this.refusal(now);
    putNs(words, at, now, this.unitNs);
  }
  refusal(now) {
    let kinds = this.#unit === "ns" ? "a number or bigint" : "a number", most = this.#unit === "ns" ? "2^53 - 1 (2^62 - 1 as a bigint)" : String(Math.floor(this.end));
    return new RangeError(`now ${String(now)}: must be ${kinds} of ${this.#unit} from 0 to ${most}`);
  }
};

// src/edge/batch.ts
function writeColumns(engine, layout, settings, isFast) {
  let words = new Uint32Array(engine.memory.buffer, 70400, 14);
  for (let column = 0; column < 10; column += 1) words[column] = layout.columns[column];
  words[10] = settings.key === "u32" ? 0 : 1, words[11] = settings.time === "ns" ? 1 : 0, words[12] = isFast ? 1 : 0, words[13] = settings.policies.length;
}
var Rows = class {
  rows;
  key;
  time;
  timeWords;
  cost;
  length;
  policy;
  colorIn;
  color;
  flags;
  remaining;
  retryAfter;
  resetAfter;
  #keys;
  #isSmall;
  constructor(engine, layout, isSmall, rows, keys2) {
    let { buffer } = engine.memory, at = (column) => layout.columns[column], bytes = (column) => new Uint8Array(buffer, at(column), rows), doubles = (column) => new Float64Array(buffer, at(column), rows);
    this.rows = rows, this.key = new Uint32Array(buffer, at(0), isSmall ? rows : 2 * rows), this.time = doubles(1), this.timeWords = new Uint32Array(buffer, at(1), 2 * rows), this.cost = new Uint32Array(buffer, at(2), rows), this.length = this.cost, this.policy = bytes(3), this.colorIn = bytes(4), this.color = bytes(5), this.flags = bytes(6), this.remaining = doubles(7), this.retryAfter = doubles(8), this.resetAfter = doubles(9), this.#keys = keys2, this.#isSmall = isSmall;
  }
  setKey(row, key) {
    this.#keys.put(this.key, this.#isSmall ? row : 2 * row, key);
  }
}, EdgeBatch = class {
  #engine;
  #layout;
  #settings;
  #keys;
  #times;
  #all;
  /** Rows by color, as 64-bit values whose upper halves are 0. */
  #sums;
  #tally = { green: 0, yellow: 0, red: 0 };
  constructor(engine, layout, settings, keys2) {
    this.#engine = engine, this.#layout = layout, this.#settings = settings, this.#keys = keys2, this.#times = new Times(settings.time), this.#all = this.#rows(settings.batchRows), this.#sums = new Uint32Array(engine.memory.buffer, 70176, 6), this.#all.cost.fill(settings.costParts);
  }
  #rows(rows) {
    return new Rows(this.#engine, this.#layout, this.#settings.key === "u32", rows, this.#keys);
  }
  of(rows) {
    let { batchRows } = this.#settings;
    if (!(Number.isInteger(rows) && rows >= 0 && rows <= batchRows))
      throw new RangeError(`batch(${String(rows)}): this meter was created with batchRows ${batchRows}`);
    return this.#rows(rows);
  }
  run(batch, count3, options = {}) {
    if (batch.cost.buffer !== this.#engine.memory.buffer) throw new TypeError("run: this batch is another meter's");
    if (!(Number.isInteger(count3) && count3 >= 0 && count3 <= batch.rows))
      throw new RangeError(`run(${String(count3)}): must be a whole number of rows from 0 to ${batch.rows}`);
    let wrong = this.#engine.functions.wrongRow(count3);
    if (wrong < count3) throw this.#refusal(wrong);
    let isPeek = options.mode === "peek";
    return this.#engine.functions.run(count3, (options.outcomes === !0 ? 1 : 0) | (isPeek ? 2 : 0)), this.#tallied();
  }
  #refusal(row) {
    let { policy, time } = this.#all, end = this.#settings.policies.length;
    return policy[row] < end ? new RangeError(`row ${row}: ${this.#times.refusal(time[row]).message}`) : new RangeError(`row ${row}: policy ${policy[row]}: must be a whole number from 0 to ${end - 1}`);
  }
  #tallied() {
    return this.#tally.green = this.#sums[0], this.#tally.yellow = this.#sums[2], this.#tally.red = this.#sums[4], this.#tally;
  }
  /** Arrays of any length, a batch at a time. */
  runColumns(columns, out, options) {
    let { batchRows } = this.#settings, count3 = columns.key.length;
    if (checkLengths(columns, out, count3), batchRows === 0 && count3 > 0) throw new RangeError("decideColumns: this meter was created with batchRows 0");
    let sum2 = { green: 0, yellow: 0, red: 0 };
    for (let first = 0; first < count3; first += batchRows) {
      let rows = Math.min(batchRows, count3 - first);
      for (let row = 0; row < rows; row += 1) this.#fillRow(row, columns, first + row);
      let { green, yellow, red } = this.run(this.#all, rows, options);
      sum2.green += green, sum2.yellow += yellow, sum2.red += red, this.#copyOut(out, first, rows);
    }
    return sum2;
  }
  #fillRow(row, { key, time, cost, policy, colorIn }, at) {
    let all = this.#all;
    all.setKey(row, key[at]), this.#putTime(row, time[at]), all.cost[row] = cost === void 0 ? this.#settings.costParts : unitsOf(cost[at], this.#settings.costParts), all.policy[row] = policy?.[at] ?? 0, all.colorIn[row] = colorIn?.[at] ?? 0;
  }
  #putTime(row, now) {
    if (this.#settings.time !== "ns") {
      this.#all.time[row] = Number(now);
      return;
    }
    this.#times.put(this.#all.timeWords, 2 * row, now);
  }
  #copyOut(out, first, rows) {
    let all = this.#all;
    out.color?.set(all.color.subarray(0, rows), first), out.flags?.set(all.flags.subarray(0, rows), first), out.remaining?.set(all.remaining.subarray(0, rows), first), out.retryAfter?.set(all.retryAfter.subarray(0, rows), first), out.resetAfter?.set(all.resetAfter.subarray(0, rows), first);
  }
};
function checkLengths(columns, out, count3) {
  for (let [name, column] of Object.entries(columns))
    if (!(column === void 0 || column.length === count3))
      throw new RangeError(`${name}: has ${column.length} rows, key has ${count3}`);
  for (let [name, column] of Object.entries(out))
    if (!(column === void 0 || column.length >= count3))
      throw new RangeError(`out.${name}: has ${column.length} rows, ${count3} are needed`);
}

// src/edge/layout.ts
var FLOWS_MAX = 2 ** 26, ROWS_MAX = 65536, COMPACT_LOAD = 0.6, WIDE_LOAD = 0.84, LINE_BYTES = 64, ROW_BYTES = {
  0: 8,
  1: 8,
  2: 4,
  3: 1,
  4: 1,
  5: 1,
  6: 1,
  7: 8,
  8: 8,
  9: 8
};
function aligned(address) {
  return Math.ceil(address / LINE_BYTES) * LINE_BYTES;
}
function slotsPerBlock(isCompact) {
  return isCompact ? 4 : 8;
}
function blockBytes(isCompact) {
  return isCompact ? 64 : 256;
}
function layoutOf(flowsMax, rows, isCompact, hasKinds) {
  let columns = [], at = aligned(130304);
  for (let column = 0; column < 10; column += 1)
    columns.push(at), at = aligned(at + rows * ROW_BYTES[column]) + LINE_BYTES;
  let places = slotsPerBlock(isCompact), blocks = Math.ceil(flowsMax / (isCompact ? COMPACT_LOAD : WIDE_LOAD) / places) + 1, table2 = at, tableEnd = table2 + blocks * blockBytes(isCompact), end = aligned(tableEnd + (hasKinds ? blocks * places : 0));
  return { columns, table: table2, blocks, isCompact, kinds: hasKinds ? tableEnd : 0, end };
}

// src/edge/slots.ts
var BLOCKED = 2n ** 63n, FINISH_NEVER = BLOCKED - 1n, LAST_NEVER = 2n ** 64n - 1n;
function stateWords({ isCompact }) {
  return isCompact ? 2 : 24 / 4;
}
function eachSlot(engine, layout, visit) {
  let { buffer } = engine.memory, { isCompact, blocks, table: table2, kinds: kindsAt } = layout, words = new Uint32Array(buffer), kinds = kindsAt === 0 ? void 0 : new Uint8Array(buffer, kindsAt), slot = { word: 0, state: 0, kind: 0 }, places = slotsPerBlock(isCompact), blockWords = blockBytes(isCompact) / 4;
  for (let block = 0; block < blocks; block += 1) {
    let at = table2 / 4 + block * blockWords;
    for (let index = 0; index < places; index += 1)
      slot.word = at + (isCompact ? 16 / 4 * index : 2 * index), !(words[slot.word] === 0 && words[slot.word + 1] === 0) && (slot.state = isCompact ? slot.word + 2 : at + (64 + 24 * index) / 4, slot.kind = kinds === void 0 ? 0 : kinds[block * places + index], visit(slot, words));
  }
}
function readFlow(layout, words, state, of, nowNs) {
  let [first, second] = of.buckets, fresh = of.buckets.map(() => 0n), begun = wide(words, state);
  if (layout.isCompact) {
    let finish = BigInt.asUintN(63, begun), left = finish - nowNs * first.drainPerNs, level = left > 0n ? left : 0n;
    if (begun < BLOCKED || level === 0n) return { levels: [level], isAlarmed: !1, blockedNs: 0n };
    let blockedNs = finish === FINISH_NEVER ? null : (level + first.drainPerNs - 1n) / first.drainPerNs;
    return { levels: fresh, isAlarmed: !1, blockedNs };
  }
  if (begun > nowNs)
    return { levels: fresh, isAlarmed: !1, blockedNs: begun === LAST_NEVER ? null : begun - nowNs };
  let levels = [wide(words, state + 2), wide(words, state + 4)].slice(0, of.buckets.length), isAlarmed = second === void 0 && wide(words, state + 4) !== 0n;
  return { levels: drained(of, levels, nowNs - begun), isAlarmed, blockedNs: 0n };
}
function writeFlow(layout, words, state, of, nowNs, { levels, isAlarmed }) {
  if (layout.isCompact) {
    putWide(words, state, nowNs * of.buckets[0].drainPerNs + levels[0]);
    return;
  }
  putWide(words, state, nowNs), putWide(words, state + 2, levels[0]), putWide(words, state + 4, levels[1] ?? (isAlarmed ? 1n : 0n));
}
function lowered(level, steps) {
  return level > steps ? level - steps : 0n;
}
function drained({ profile, buckets }, levels, elapsedNs) {
  let [first, second] = buckets, drained0 = first.drainPerNs * elapsedNs, level0 = lowered(levels[0], drained0);
  if (second === void 0) return [level0];
  let passedOn = profile.kernel === "two-buckets" && profile.isCoupled ? lowered(drained0, levels[0]) : 0n;
  return [level0, lowered(levels[1], second.drainPerNs * elapsedNs + passedOn)];
}
function wide(words, index) {
  return BigInt(words[index + 1]) << 32n | BigInt(words[index]);
}
function putWide(words, index, value) {
  words[index] = Number(value & 0xffffffffn), words[index + 1] = Number(value >> 32n & 0xffffffffn);
}

// src/core/profile.ts
var ALL_ONES = 0xffffffffffffffffn, KERNELS = {
  "one-bucket": 0,
  "two-buckets": 1,
  turner: 2,
  "event-counter": 3,
  weighted: 4
};
function writeProfile(buffer, address, profile) {
  let words = new BigUint64Array(buffer, address, 256 / 8), set = (offset, value) => words[offset / 8] = value;
  set(0, BigInt(KERNELS[profile.kernel]));
  let [first, second] = profile.buckets;
  switch (writeBucket(words, 48, first), second !== void 0 && writeBucket(words, 128, second), profile.kernel) {
    case "one-bucket":
      return;
    case "two-buckets":
      set(40, profile.isCoupled ? ALL_ONES : 0n), new Uint8Array(buffer, address + 8).set(profile.rules.map(ruleByte));
      return;
    case "turner":
      set(24, profile.capLevel);
      return;
    case "event-counter":
      set(24, profile.capLevel), set(32, profile.clearLevel);
      return;
    case "weighted":
      set(208, BigInt(profile.group)), set(216, profile.weight), set(224, profile.ticksPerUnit), set(232, profile.ticksPerLevel);
  }
}
function writeBucket(words, at, bucket) {
  let { cost, overheadBytes, minLengthBytes } = bucket.costRule, isBytes = cost === "bytes", set = (offset, value) => words[(at + offset) / 8] = BigInt.asUintN(64, value);
  set(0, bucket.drainPerNs), set(8, bucket.levelPerUnit), set(16, bucket.testLevel), set(24, bucket.unitsMax), set(32, bucket.drainedAfterNs), set(40, bucket.testsOwnCost ? ALL_ONES : 0n), set(48, isBytes ? ALL_ONES : 0n), set(56, isBytes ? BigInt(overheadBytes) : 1n), set(64, isBytes ? BigInt(Math.max(0, minLengthBytes)) : 0n), set(72, bucket.initialLevel);
}
function ruleByte({ color, charges, reason }) {
  let cause = reason === null ? 0 : reason === "color-in" ? 3 : reason + 1;
  return color | (charges[0] ? 4 : 0) | (charges[1] ? 8 : 0) | cause << 4;
}

// src/edge/write.ts
function writePolicy(engine, index, slots) {
  let bytes = new Uint8Array(engine.memory.buffer, 70656 + index * 16, 16);
  bytes[0] = slots.length, bytes.set(slots.slice(0, 8), 1);
}
function writeSlot(engine, index, of) {
  let { profile, buckets } = of, { buffer } = engine.memory, at = 76928 + index * 256;
  new Uint8Array(buffer, at, 256).fill(0), writeProfile(buffer, at, profile);
  let words = new BigUint64Array(buffer, at, 256 / 8), [first, second] = buckets;
  words[224 / 8] = first.levelMax, words[232 / 8] = second?.levelMax ?? 0n, words[240 / 8] = buckets.some(({ initialLevel }) => initialLevel !== 0n) ? 1n : 0n, new Uint8Array(buffer, at + 248, 3).set([0, 1, 2].map((color) => chargedAt(profile, color))), engine.setProfile(index, of);
}
function writeFast(engine, layout, policy, slot, of) {
  let { buffer } = engine.memory, words = new BigUint64Array(buffer, 109696 + policy * 64, 64 / 8);
  if (words.fill(0n), of === void 0 || !layout.isCompact || !hasFastWay(of)) return !1;
  let { drainPerNs, levelPerUnit, testLevel, unitsMax, drainPerUnit } = of.buckets[0];
  return words[0 / 8] = new BigUint64Array(buffer, 71680, 128)[slot], words[8 / 8] = drainPerNs, words[16 / 8] = levelPerUnit, words[24 / 8] = testLevel, words[32 / 8] = unitsMax, words[40 / 8] = drainPerUnit, words[48 / 8] = BigInt(layout.blocks), words[56 / 8] = BigInt(layout.table), !0;
}
function hasFastWay({ isCompact, buckets: [bucket] }) {
  let { cost, overheadBytes, minLengthBytes } = bucket.costRule;
  return isCompact && bucket.testsOwnCost && cost === "bytes" && overheadBytes === 0 && minLengthBytes <= 0;
}
var RULE_ORDER = [3, 2, 1, 7, 6, 5];
function chargedAt(profile, color) {
  if (profile.kernel === "one-bucket") return color === 0 ? 4 : 0;
  if (profile.kernel !== "two-buckets") return color === 1 ? 0 : 4;
  let rule2 = RULE_ORDER.map((index) => profile.rules[index]).find((candidate) => candidate.color === color);
  return rule2 === void 0 || color === 2 ? 0 : (rule2.charges[0] ? 4 : 0) | (rule2.charges[1] ? 8 : 0);
}
function writeSecret(engine, seed, isSmall) {
  let { buffer } = engine.memory;
  new Uint32Array(buffer, 67584, 4).set(seed);
  let draw = drawer(engine), tweaks = new BigUint64Array(buffer, 71680, 128), common = draw() | SMALL_MARK;
  for (let slot = 0; slot < 128; slot += 1) tweaks[slot] = isSmall ? common ^ BigInt(slot) << 32n : draw();
  new BigUint64Array(buffer, 76800, 2).set([draw() | 1n, draw() | 1n]);
}
var SMALL_MARK = 2n ** 63n;
function drawer(engine) {
  let text = new Uint32Array(engine.memory.buffer, 113856, 1), result = new BigUint64Array(engine.memory.buffer, 70168, 1), counter = 0;
  return () => (text[0] = counter++, engine.functions.identify(4), result[0]);
}
var Unword = class {
  #tweaks;
  #inverses;
  constructor(buffer) {
    this.#tweaks = new BigUint64Array(buffer, 71680, 128), this.#inverses = [...new BigUint64Array(buffer, 76800, 2)].map(inverseOf);
  }
  /** The key of the word of slot `slot`. */
  keyOf(word, slot) {
    let folded = BigInt.asUintN(64, word * this.#inverses[1]), mixed = folded ^ folded >> 32n;
    return BigInt.asUintN(64, mixed * this.#inverses[0]) ^ this.#tweaks[slot];
  }
};
function inverseOf(odd) {
  let inverse = odd;
  for (let bits = 3; bits < 64; bits *= 2) inverse = BigInt.asUintN(64, inverse * (2n - odd * inverse));
  return inverse;
}

// src/edge/entries.ts
function ownersOf({ limits }) {
  return limits.flatMap(
    (limit, policy) => limit === void 0 ? [] : limit.policy.slots.map((_, place) => ({ policy, limit: limit.policy, place }))
  );
}
function entriesOf(meter) {
  let { engine, layout, settings } = meter, { buffer } = engine.memory, owners = ownersOf(meter), newest = new BigUint64Array(buffer, 69632, 16)[0], unitNs = UNIT_NS[settings.time], keys2 = new Unword(buffer), found = /* @__PURE__ */ new Map();
  return eachSlot(engine, layout, ({ word, state, kind }, words) => {
    let { policy, limit, place } = owners[kind], key = keys2.keyOf(wide(words, word), kind), { levels, blockedNs } = readFlow(layout, words, state, limit.slots[place], newest), id = `${policy} ${key}`, known = found.get(id);
    if (known === void 0) {
      let used = limit.slots.flatMap(({ buckets }) => buckets.map(() => 0)), blockedFor = blockedNs === null ? 1 / 0 : Math.ceil(Number(blockedNs) / unitNs);
      known = { entry: { key: settings.key === "u32" ? Number(key) : key, policy, used, blockedFor }, used }, found.set(id, known);
    }
    let at = limit.slots.slice(0, place).reduce((sum2, { buckets }) => sum2 + buckets.length, 0);
    for (let [index, level] of levels.entries()) {
      let { levelPerUnit } = limit.slots[place].buckets[index];
      known.used[at + index] = Number((level + levelPerUnit - 1n) / levelPerUnit) / settings.costParts;
    }
  }), [...found.values()].map(({ entry }) => entry)[Symbol.iterator]();
}

// src/rational.ts
function gcd(left, right) {
  let [a, b] = [left, right];
  for (; b !== 0n; ) [a, b] = [b, a % b];
  return a;
}
function lcm(left, right) {
  return left / gcd(left, right) * right;
}
function rational(num, den = 1n) {
  if (num < 0n || den <= 0n) throw new RangeError(`not a non-negative fraction: ${num}/${den}`);
  let divisor = gcd(num, den);
  return { num: num / divisor, den: den / divisor };
}
var ZERO = rational(0n);
function isZero(value) {
  return value.num === 0n;
}
function subtract(left, right) {
  return rational(left.num * right.den - right.num * left.den, left.den * right.den);
}
function multiply(left, right) {
  return rational(left.num * right.num, left.den * right.den);
}
function divide(left, right) {
  return rational(left.num * right.den, left.den * right.num);
}
function compare(left, right) {
  let difference = left.num * right.den - right.num * left.den;
  return difference === 0n ? 0 : difference < 0n ? -1 : 1;
}
function floor(value) {
  return value.num / value.den;
}
function fractionText(value) {
  return value.den === 1n ? value.num.toString() : `${value.num}/${value.den}`;
}
function decimalText(value) {
  let decimalCount = 0, scaled = value.num;
  for (; scaled % value.den !== 0n; ) {
    if (decimalCount === 40) return;
    scaled *= 10n, decimalCount += 1;
  }
  let digits = (scaled / value.den).toString().padStart(decimalCount + 1, "0");
  return decimalCount === 0 ? digits : `${digits.slice(0, -decimalCount)}.${digits.slice(-decimalCount)}`;
}
function roundedText(value, significantDigits) {
  if (isZero(value)) return "0";
  let whole2 = floor(value), places = significantDigits - whole2.toString().length;
  if (whole2 === 0n) {
    for (let scaled2 = value.num * 10n; scaled2 < value.den; scaled2 *= 10n) places += 1;
    places += 1;
  }
  let power = 10n ** BigInt(Math.abs(places)), factor = places >= 0 ? rational(power) : rational(1n, power), scaled = multiply(value, factor), rounded = (scaled.num * 2n + scaled.den) / (scaled.den * 2n), result = divide(rational(rounded), factor);
  return decimalText(result) ?? fractionText(result);
}
function fromDecimal(integerDigits, decimalDigits, exponent) {
  let shift = exponent - decimalDigits.length, digits = BigInt(`${integerDigits}${decimalDigits}`), power = 10n ** BigInt(Math.abs(shift));
  return shift >= 0 ? rational(digits * power) : rational(digits, power);
}

// src/policy/spelling.ts
function prefixOf(letter) {
  return letter.toLowerCase() === "k" ? "k" : letter.toUpperCase();
}
var CAPITAL_B = /^([kmgtKMGT]?)B(?:ps|PS|\/s|\/sec)?$/u, BITS_OR_BYTES = /^([kmgt]?)b(?:ps|\/s|\/sec)?$/iu, BITS = /^([kmgt]?)(?:bits?)(?:\/?s|\/sec|ps)?$/iu, BYTES = /^([kmgt]?)bytes?(?:\/?s|\/sec|ps)?$/iu, KIBIBYTES = /^([kmgt])ib(?:\/?s|\/sec|ps)?$/iu, PACKETS = /^(?:p|packets?|pkts?|r|reqs?|requests?|cells?)(?:(?:\/|p)(s|m|h)(?:[a-z]*))?$/iu, PER_TIME = /^\/(s|m|h)[a-z]*$/iu;
function bytesOffer(letter, number, per) {
  let thousands = `write ${number} ${prefixOf(letter)}B${per}`;
  return letter !== "K" ? thousands : `${thousands} for 1000 bytes each or ${number} KiB${per} for 1024`;
}
function explainRate(unitName, number) {
  let capital = CAPITAL_B.exec(unitName);
  if (capital !== null) return bytesOffer(capital[1] ?? "", number, "/s");
  let either = BITS_OR_BYTES.exec(unitName);
  if (either !== null) {
    let prefix = prefixOf(either[1] ?? "");
    return `write ${number} ${prefix}bit/s for bits or ${number} ${prefix}B/s for bytes`;
  }
  let bits = BITS.exec(unitName);
  if (bits !== null) return `write ${number} ${prefixOf(bits[1] ?? "")}bit/s`;
  let bytes = BYTES.exec(unitName);
  if (bytes !== null) return `write ${number} ${prefixOf(bytes[1] ?? "")}B/s`;
  let kibibytes = KIBIBYTES.exec(unitName);
  if (kibibytes !== null) return `write ${number} ${(kibibytes[1] ?? "").toUpperCase()}iB/s`;
  let packets = PACKETS.exec(unitName) ?? PER_TIME.exec(unitName);
  if (packets === null) return;
  let time = (packets[1] ?? "s").toLowerCase();
  return `write ${number} packets/${time === "m" ? "min" : time}`;
}
function explainBurst(unitName, number) {
  let time = explainDuration(unitName, number);
  if (time !== void 0) return time;
  let bits = BITS.exec(unitName);
  return bits !== null ? `a burst is in bytes, packets or a time: divide by 8 and write ${prefixOf(bits[1] ?? "")}B` : explainAmount(unitName, number);
}
function explainAmount(unitName, number) {
  if (/^(?:ns|us|ms|s|min|h)$/u.test(unitName)) return "an amount is in bytes or packets, not a time";
  let bits = BITS.exec(unitName);
  if (bits !== null) return `an amount is in bytes or packets: divide by 8 and write ${prefixOf(bits[1] ?? "")}B`;
  let bytes = /^([kmgt])(?:b|bytes?)?$/iu.exec(unitName);
  if (bytes !== null) {
    let letter = bytes[1] ?? "", binary2 = `${number} ${letter.toUpperCase()}iB (powers of 1024, what tc calls ${letter.toLowerCase()}b)`;
    return `write ${number} ${prefixOf(letter)}B (powers of 1000) or ${binary2}`;
  }
  let kibibytes = KIBIBYTES.exec(unitName);
  return kibibytes !== null ? `write ${number} ${(kibibytes[1] ?? "").toUpperCase()}iB` : PACKETS.test(unitName) ? `write ${number} packets` : unitName === "b" ? `write ${number} B` : void 0;
}
function explainDuration(unitName, number) {
  if (/^(?:sec|secs|seconds?)$/iu.test(unitName)) return `write ${number} s`;
  if (unitName === "m") return `write ${number} min or ${number} ms`;
  if (/^(?:mins|minutes?)$/iu.test(unitName)) return `write ${number} min`;
  if (/^(?:hr|hrs|hours?)$/iu.test(unitName)) return `write ${number} h`;
}

// src/units.ts
var PREFIXES = ["", "k", "M", "G", "T"], TEXT_LENGTH_MAX = 100, EXPONENT_MAX = 30, EXACT_DIGITS_MAX = 9, ROUNDED_DIGITS = 4;
function prefixed(suffix, base, perUnit) {
  return PREFIXES.map((prefix, power) => ({
    name: `${prefix}${suffix}`,
    factor: multiply(rational(base ** BigInt(power)), perUnit)
  }));
}
function binary(suffix) {
  return ["Ki", "Mi", "Gi", "Ti"].map((prefix, index) => ({
    name: `${prefix}${suffix}`,
    factor: rational(1024n ** BigInt(index + 1))
  }));
}
var ONE = rational(1n), BIT_RATES = prefixed("bit/s", 1000n, rational(1n, 8n)), BYTE_RATES = [...prefixed("B/s", 1000n, ONE), ...binary("B/s")], PACKET_RATES = [
  { name: "packets/s", factor: ONE },
  { name: "packets/min", factor: rational(1n, 60n) },
  { name: "packets/h", factor: rational(1n, 3600n) }
], DECIMAL_BYTES = prefixed("B", 1000n, ONE), BYTE_UNITS = [...DECIMAL_BYTES, ...binary("B")], PACKET_UNITS = [{ name: "packets", factor: ONE }], DURATIONS = [
  { name: "ns", factor: ONE },
  { name: "us", factor: rational(1000n) },
  { name: "ms", factor: rational(1000000n) },
  { name: "s", factor: rational(1000000000n) },
  { name: "min", factor: rational(60000000000n) },
  { name: "h", factor: rational(3600000000000n) }
], ALIASES = /* @__PURE__ */ new Map([
  ["packet", "packets"],
  ["cell", "packets"],
  ["cells", "packets"],
  ["event", "packets"],
  ["events", "packets"],
  ["packet/s", "packets/s"],
  ["packet/min", "packets/min"],
  ["packet/h", "packets/h"],
  ["byte", "B"],
  ["bytes", "B"],
  ["\xB5s", "us"],
  ["\u03BCs", "us"]
]), RATE = {
  noun: "a rate such as 10 Mbit/s, 1.25 MB/s or 10 packets/s",
  units: [...BIT_RATES, ...BYTE_RATES, ...PACKET_RATES],
  offered: ["kbit/s", "kB/s", "packets/s"],
  explain: explainRate
}, BURST = {
  noun: "a burst such as 64 kB, 5 packets or 10 ms",
  units: [...BYTE_UNITS, ...PACKET_UNITS, ...DURATIONS],
  offered: ["kB", "packets", "ms"],
  explain: explainBurst
}, AMOUNT = {
  noun: "an amount such as 64 kB or 5 packets",
  units: [...BYTE_UNITS, ...PACKET_UNITS],
  offered: ["kB", "packets"],
  explain: explainAmount
}, FILL = {
  noun: "full, empty, a percentage such as 50 % or an amount such as 64 kB",
  units: [{ name: "%", factor: rational(1n, 100n) }, ...AMOUNT.units],
  offered: ["%", "kB", "packets"],
  explain: explainAmount
}, DURATION = {
  noun: "a time such as 10 us, 5 ms or 1 s",
  units: DURATIONS,
  offered: ["us", "ms", "s"],
  explain: explainDuration
}, LENGTH = {
  noun: "a whole number of bytes such as 24",
  units: [{ name: "B", factor: ONE }],
  offered: ["B"],
  explain: () => {
  }
}, PACKET_COUNT = {
  noun: "a whole number of packets such as 11",
  units: PACKET_UNITS,
  offered: ["packets"],
  explain: (_, number) => `write ${number} packets`
}, NUMBER_PATTERN = /^([+-]?)(\d+)?(?:\.(\d*))?(?:e([+-]?\d{1,4}))?\s*(.*)$/iu;
function readNumber(parameter, text, dimension) {
  if (text.length > TEXT_LENGTH_MAX)
    throw new ConfigError(
      "NUMBER",
      parameter,
      text,
      `is longer than ${TEXT_LENGTH_MAX} characters; write fewer digits`
    );
  let match = NUMBER_PATTERN.exec(text.trim()), [, sign = "", integerDigits = "", decimalDigits = "", exponentText = "0", unitName = ""] = match ?? [];
  if (integerDigits === "" && decimalDigits === "")
    throw new ConfigError("NUMBER", parameter, text, `is not a number with a unit; write ${dimension.noun}`);
  let exponent = Number(exponentText);
  if (Math.abs(exponent) > EXPONENT_MAX)
    throw new ConfigError("RANGE", parameter, text, `powers of ten go from -${EXPONENT_MAX} to ${EXPONENT_MAX}`);
  if (/^[,_']\d/u.test(unitName))
    throw new ConfigError("NUMBER", parameter, text, "write digits without separators and a point for decimals");
  let magnitude = fromDecimal(integerDigits, decimalDigits, exponent), number = text.trim().slice(0, text.trim().length - unitName.length).trim();
  return { negative: sign === "-" && !isZero(magnitude), magnitude, number, unitName };
}
function unknownUnit(parameter, text, read, dimension) {
  let { number, unitName } = read;
  if (unitName === "") {
    let offers2 = dimension.offered.map((name) => `${number} ${name}`);
    return new ConfigError("NUMBER", parameter, text, `a number needs a unit; write ${listed(offers2, "or")}`);
  }
  let names = dimension.units.map((unit) => unit.name), near = nearestNames(unitName, names).slice(0, 3), offers = near.length > 0 ? `write ${listed(near, "or")}` : `the units are ${listed(names, "and")}`, wayOut = dimension.explain(unitName, number) ?? offers;
  return new ConfigError("UNIT", parameter, text, `unknown unit "${unitName}"; ${wayOut}`);
}
function readQuantity(parameter, text, dimension) {
  let read = readNumber(parameter, text, dimension), unitName = ALIASES.get(read.unitName) ?? read.unitName, unit = dimension.units.find((candidate) => candidate.name === unitName);
  if (unit === void 0) throw unknownUnit(parameter, text, read, dimension);
  if (read.negative) throw new ConfigError("RANGE", parameter, text, `must be at least 0 ${unitName}`);
  return { value: multiply(read.magnitude, unit.factor), unitName };
}
function isIn(units, unitName) {
  return units.some((unit) => unit.name === unitName);
}
function parseRate(parameter, text) {
  let { value, unitName } = readQuantity(parameter, text, RATE);
  return { unitsPerSec: value, cost: isIn(PACKET_RATES, unitName) ? "packets" : "bytes" };
}
function parseBurst(parameter, text) {
  let { value, unitName } = readQuantity(parameter, text, BURST);
  return isIn(DURATIONS, unitName) ? { kind: "time", durationNs: value } : { kind: "amount", units: value, cost: isIn(PACKET_UNITS, unitName) ? "packets" : "bytes" };
}
function parseAmount(parameter, text) {
  let { value, unitName } = readQuantity(parameter, text, AMOUNT);
  return { units: value, cost: isIn(PACKET_UNITS, unitName) ? "packets" : "bytes" };
}
function parseFill(parameter, text) {
  if (text === "full") return { kind: "share", share: ONE };
  if (text === "empty") return { kind: "share", share: rational(0n) };
  let { value, unitName } = readQuantity(parameter, text, FILL);
  if (unitName !== "%")
    return { kind: "amount", units: value, cost: isIn(PACKET_UNITS, unitName) ? "packets" : "bytes" };
  if (compare(value, ONE) > 0) throw new ConfigError("RANGE", parameter, text, "must be from 0 % to 100 %");
  return { kind: "share", share: value };
}
function parsePacketCount(parameter, text, least) {
  let read = readNumber(parameter, text, PACKET_COUNT), unitName = ALIASES.get(read.unitName) ?? read.unitName;
  if (unitName !== "" && unitName !== "packets") throw unknownUnit(parameter, text, read, PACKET_COUNT);
  if (read.magnitude.den !== 1n) throw new ConfigError("NUMBER", parameter, text, `must be ${PACKET_COUNT.noun}`);
  let count3 = read.negative ? -read.magnitude.num : read.magnitude.num;
  if (count3 < least) throw new ConfigError("RANGE", parameter, text, `must be at least ${least}`);
  return count3;
}
function parseDurationNs(parameter, text) {
  return readQuantity(parameter, text, DURATION).value;
}
function parseLengthBytes(parameter, text, minBytes, maxBytes) {
  let read = readNumber(parameter, text, LENGTH), unitName = ALIASES.get(read.unitName) ?? read.unitName;
  if (unitName !== "" && unitName !== "B") throw unknownUnit(parameter, text, read, LENGTH);
  if (read.magnitude.den !== 1n) throw new ConfigError("NUMBER", parameter, text, `must be ${LENGTH.noun}`);
  let bytes = read.negative ? -read.magnitude.num : read.magnitude.num;
  if (bytes < BigInt(minBytes) || bytes > BigInt(maxBytes))
    throw new ConfigError("RANGE", parameter, text, `must be from ${minBytes} to ${maxBytes} bytes`);
  return Number(bytes);
}
function shortText(value, unit) {
  let text = decimalText(divide(value, unit.factor));
  return text !== void 0 && text.replace(".", "").replace(/^0+/u, "").length <= EXACT_DIGITS_MAX ? text : void 0;
}
function exactText(value, units) {
  let fitting = units.filter((unit, index) => index === 0 || compare(value, unit.factor) >= 0), best;
  for (let unit of fitting) {
    let text = shortText(value, unit);
    text !== void 0 && (best === void 0 || text.length < best.text.length) && (best = { text, name: unit.name });
  }
  return best === void 0 ? void 0 : `${best.text} ${best.name}`;
}
function aboutText(value, units) {
  let unit = units.findLast((candidate) => compare(value, candidate.factor) >= 0) ?? units[0] ?? { name: "", factor: ONE };
  return `about ${roundedText(divide(value, unit.factor), ROUNDED_DIGITS)} ${unit.name}`;
}
function packetsText(value, units) {
  let exact = units.find((unit) => shortText(value, unit) !== void 0);
  if (exact === void 0) return aboutText(value, units.slice(0, 1));
  let text = `${shortText(value, exact)} ${exact.name}`;
  return text.startsWith("1 ") ? text.replace("packets", "packet") : text;
}
function formatRate(unitsPerSec, cost) {
  return cost === "packets" ? packetsText(unitsPerSec, PACKET_RATES) : exactText(unitsPerSec, BIT_RATES) ?? aboutText(unitsPerSec, BIT_RATES);
}
function wholeUnitsText(units, cost) {
  return `${floor(units)} ${cost === "bytes" ? "B" : "packets"}`;
}

// src/policy/choice.ts
function choiceOf(name, choices, text) {
  let choice2 = choices.find((word) => word === text);
  if (choice2 !== void 0) return choice2;
  let detail = `${name === "meter" || name === "shaper" ? `unknown ${name}` : "unknown word"};${didYouMean(text, choices)} it is one of ${listed(choices, "or")}`;
  throw new ConfigError("CHOICE", name, text, detail);
}
function givenChoice(given, name, choices, fallback) {
  let text = given.text(name);
  return text === void 0 ? fallback : choiceOf(name, choices, text);
}
function givenFlag(given, name) {
  return givenChoice(given, name, ["true", "false"], "false") === "true";
}

// src/policy/params.ts
var COSTS = ["bytes", "packets"], LENGTHS = ["frame", "ip"], CHECKS = ["post", "pre", "overdraft"];
var COST = {
  name: "cost",
  kind: "choice",
  choices: COSTS,
  help: "what a packet costs: its length, or 1",
  example: "packets",
  defaultText: "bytes, in every meter; packets when rate or burst is given in packets"
}, LENGTH2 = {
  name: "length",
  kind: "choice",
  choices: LENGTHS,
  help: "which length counts: the captured frame on the wire, or the outermost IP packet",
  example: "ip",
  defaultText: "frame"
}, OVERHEAD = {
  name: "overhead",
  kind: "length",
  minBytes: -65535,
  maxBytes: 65535,
  help: "bytes added to every length (24 for Ethernet's preamble, FCS and gap); may be negative",
  example: "24",
  defaultText: "0"
}, MIN_LENGTH = {
  name: "min-length",
  kind: "length",
  minBytes: 0,
  maxBytes: 65535,
  help: "shorter packets, after overhead, count as this many bytes",
  example: "84",
  defaultText: "0"
}, CHECK = {
  name: "check",
  kind: "choice",
  choices: CHECKS,
  help: "post: level + cost <= depth conforms; pre: level <= depth; overdraft: level < depth; the last two charge the cost afterwards",
  example: "pre",
  defaultText: "post; with increment, limit and cost packets: pre"
}, INITIAL = {
  name: "initial",
  kind: "fill",
  help: "tokens of each bucket at a flow's first packet: full, empty, a percentage, or an amount",
  example: "50%",
  defaultText: "full"
}, RATE2 = {
  name: "rate",
  kind: "rate",
  help: "units drained each second, in bit/s, B/s, KiB/s (and k M G T) or packets/s, /min, /h; packets imply cost packets",
  example: "10Mbit/s"
}, BURST2 = {
  name: "burst",
  kind: "burst",
  help: "depth of the bucket, in B, kB, KiB ..., in packets, or as a time of the rate",
  example: "64kB"
}, INCREMENT = {
  name: "increment",
  kind: "duration",
  help: "T: time that one unit (a byte, or a packet with cost packets) takes to drain; instead of rate",
  example: "10us"
}, LIMIT = {
  name: "limit",
  kind: "duration",
  help: "tau: a packet conforms if it is at most this early; instead of burst",
  example: "5ms"
}, MBS = {
  name: "mbs",
  kind: "count",
  help: "gcra, dual: maximum burst size in packets, instead of limit or burst",
  example: "11"
}, SPACING = {
  name: "spacing",
  kind: "duration",
  help: "gcra: time between the packets of such a burst",
  example: "1us",
  defaultText: "0 s"
}, TURNER_MODES = ["clamped", "unlimited"], DUAL_MODES = ["coordinated", "sequential", "independent"], TURNER_MODE = {
  name: "mode",
  kind: "choice",
  choices: TURNER_MODES,
  help: "whether the counter stops at its cap, or at the largest number that exact arithmetic holds",
  example: "unlimited",
  defaultText: "clamped"
}, DUAL_MODE = {
  name: "mode",
  kind: "choice",
  choices: DUAL_MODES,
  help: "charge both buckets or none; the second only what the first passed; each by itself",
  example: "sequential",
  defaultText: "coordinated"
}, MODE = {
  name: "mode",
  kind: "choice",
  choices: [...TURNER_MODES, ...DUAL_MODES],
  help: "turner: whether the counter is clamped; dual: both buckets or none, the second what the first passed, or each by itself",
  example: "unlimited",
  defaultText: "clamped; coordinated"
}, CAP = {
  name: "cap",
  kind: "amount",
  help: "turner, event-counter: highest level, in B, kB ... or packets",
  example: "1MB",
  defaultText: "burst; alarm"
}, COUNTER_CAP = { ...CAP, help: "highest count", example: "200packets", defaultText: "alarm" }, TURNER_CAP = { ...CAP, help: "highest level, in B, kB ... or packets", defaultText: "burst" }, ALARM = {
  name: "alarm",
  kind: "count",
  help: "event-counter: events at which the alarm begins; every packet is red until it ends",
  example: "100"
}, CLEAR = {
  name: "clear",
  kind: "count",
  help: "event-counter: the alarm ends when the count has leaked to this",
  example: "10",
  defaultText: "0"
}, CIR = { ...RATE2, name: "cir", help: "committed information rate, in the units of rate" }, CBS = { ...BURST2, name: "cbs", help: "committed burst size, in the units of burst" }, EBS = {
  ...BURST2,
  name: "ebs",
  help: "excess burst size, in the units of burst (a time is one of eir; with srtcm of cir)"
}, EIR = {
  ...RATE2,
  name: "eir",
  help: "excess information rate, on top of cir, in the units of rate"
}, PIR = {
  ...RATE2,
  name: "pir",
  help: "peak information rate, at least cir, in the units of rate",
  example: "20Mbit/s"
}, PBS = { ...BURST2, name: "pbs", help: "peak burst size, in the units of burst" }, COUPLING = {
  name: "coupling",
  kind: "choice",
  choices: ["on", "off"],
  help: "mef: what the committed bucket cannot hold fills the excess bucket",
  example: "on",
  defaultText: "off"
}, CF = {
  name: "cf",
  kind: "choice",
  choices: ["1", "0"],
  help: "mef: coupling as MEF writes it",
  example: "1"
}, COLOR_AWARE = {
  name: "color-aware",
  kind: "flag",
  help: "srtcm, trtcm, trtcm-4115, mef: packets keep the color they come with, or get a worse one",
  example: "true"
}, PEAK_RATE = {
  ...RATE2,
  name: "peak-rate",
  help: "dual: rate of the peak bucket, in the units of rate",
  example: "100Mbit/s"
}, PEAK_BURST = {
  ...BURST2,
  name: "peak-burst",
  help: "dual: depth of the peak bucket, in the units of burst",
  example: "3kB"
}, PEAK_INCREMENT = {
  ...INCREMENT,
  name: "peak-increment",
  help: "dual: increment of the peak bucket",
  example: "1us"
}, PEAK_LIMIT = { ...LIMIT, name: "peak-limit", help: "dual: limit of the peak bucket" }, PCR = {
  name: "pcr",
  kind: "rate",
  help: "dual: peak cell rate, in packets/s, /min, /h",
  example: "100packets/s"
}, CDVT = {
  name: "cdvt",
  kind: "duration",
  help: "dual: cell delay variation tolerance, the limit of the peak bucket",
  example: "1ms"
}, SCR = {
  name: "scr",
  kind: "rate",
  help: "dual: sustainable cell rate, in packets/s, /min, /h; with mbs the limit is (mbs - 1)(1/scr - 1/pcr)",
  example: "10packets/s"
}, TAG = {
  name: "tag",
  kind: "flag",
  help: "dual, mode coordinated: a packet within the peak alone is yellow, and charges the peak",
  example: "true"
}, BUCKET = {
  name: "bucket",
  kind: "buckets",
  help: "multi: rate and burst of one bucket, again for each of up to 8; bytes and packets may be mixed",
  example: "10Mbit/s,64kB"
}, METER_PARAMS = [
  RATE2,
  BURST2,
  INCREMENT,
  LIMIT,
  MBS,
  SPACING,
  MODE,
  CAP,
  ALARM,
  CLEAR,
  CIR,
  CBS,
  EBS,
  EIR,
  PIR,
  PBS,
  COUPLING,
  CF,
  COLOR_AWARE,
  PEAK_RATE,
  PEAK_BURST,
  PEAK_INCREMENT,
  PEAK_LIMIT,
  PCR,
  CDVT,
  SCR,
  TAG,
  BUCKET
];
function inputKeyOf(paramName) {
  return paramName === BUCKET.name ? "buckets" : paramName.replace(/-([a-z])/gu, (_, letter) => letter.toUpperCase());
}

// src/policy/cost.ts
var UNITS = {
  rate: { bytes: "bit/s or B/s", packets: "packets/s, packets/min or packets/h" },
  burst: { bytes: "B, kB or KiB, or a time", packets: "packets or a time" },
  amount: { bytes: "B, kB or KiB", packets: "packets" },
  fill: { bytes: "B, kB or KiB, or as a percentage", packets: "packets, or as a percentage" }
};
function statedCost(row, given) {
  let text = given.text("cost");
  if (text === void 0) return row.onlyCost;
  let cost = choiceOf("cost", COSTS, text);
  if (row.onlyCost === void 0 || cost === row.onlyCost) return cost;
  throw new ConfigError("CHOICE", "cost", text, `${row.name} counts ${row.onlyCost}; leave cost out`);
}
function costOf(row, given, implied) {
  let [first] = implied, stated = statedCost(row, given), cost = stated ?? first?.cost ?? "bytes", clash = implied.find((written) => written.cost !== cost);
  if (clash === void 0) return cost;
  let { parameter, kind, text } = clash, because = `${first?.parameter} "${first?.text}" sets cost ${cost}`;
  stated !== void 0 && (because = `the cost is ${cost}`), row.onlyCost !== void 0 && (because = `${row.name} counts ${cost}`);
  let wayOut = kind === "count" ? "leave cost out, or write cost packets" : `write the ${parameter} in ${UNITS[kind][cost]}`;
  throw new ConfigError("UNIT", parameter, text, `is in ${clash.cost} but ${because}; ${wayOut}`);
}

// src/policy/limits.ts
var LEVEL_MAX = 2n ** 63n - 1n, UNITS_MAX = 2n ** 53n - 1n, ROOM_UNITS = { bytes: 65535n, packets: 1n }, TICKS_MAX = 2n ** 62n - 1n, MULTI_BUCKETS_MAX = 8, NS_PER_SEC = rational(1000000000n);

// src/policy/mbs.ts
var ONE2 = rational(1n);
function limitOfBurst(packetCount, gainNs) {
  return multiply(rational(packetCount - 1n), gainNs);
}

// src/policy/forms.ts
var POST = { bytes: "post", packets: "post" }, CELLS = { bytes: "post", packets: "pre" };
function conflict({ parameter, text }, detail) {
  return new ConfigError("CONFLICT", parameter, text, detail);
}
function readRate(rate) {
  let { unitsPerSec, cost } = parseRate(rate.parameter, rate.text);
  return { ratePerSec: unitsPerSec, implied: { ...rate, cost, kind: "rate" } };
}
function readBucket(name, rate, burst) {
  let { ratePerSec, implied } = readRate(rate), read = parseBurst(burst.parameter, burst.text), written = { ...burst, inTime: read.kind === "time" }, base = { name, ratePerSec, rate, burst: written };
  if (read.kind === "amount")
    return { ...base, depth: read.units, implied: [implied, { ...burst, cost: read.cost, kind: "burst" }] };
  if (isZero(ratePerSec)) {
    let wayOut = `with ${rate.parameter} 0 give the ${burst.parameter} in bytes or packets, such as 64 kB`;
    throw conflict(burst, `a time of ${rate.parameter} "${rate.text}" holds nothing; ${wayOut}`);
  }
  return { ...base, depth: divide(multiply(ratePerSec, read.durationNs), NS_PER_SEC), implied: [implied] };
}
function readUsefulBucket(name, rate, burst) {
  let bucket = readBucket(name, rate, burst);
  if (!isZero(bucket.ratePerSec) || !isZero(bucket.depth)) return bucket;
  let wayOut = `the ${burst.parameter} or the ${rate.parameter} must be above 0`;
  throw conflict(burst, `with ${rate.parameter} "${rate.text}" nothing could ever conform; ${wayOut}`);
}
function readIncrementNs({ parameter, text }) {
  let incrementNs = parseDurationNs(parameter, text);
  if (!isZero(incrementNs)) return incrementNs;
  let detail = "must be above 0 ns, because the rate is 1 unit per increment; write a time such as 10 us";
  throw new ConfigError("RANGE", parameter, text, detail);
}
function cellBucket(name, rate, incrementNs, burst, limitNs) {
  return {
    name,
    ratePerSec: divide(NS_PER_SEC, incrementNs),
    depth: divide(limitNs, incrementNs),
    implied: [],
    rate,
    burst: { ...burst, inTime: !0 }
  };
}
function readIncrementLimit(name, increment, limit) {
  let incrementNs = readIncrementNs(increment);
  return cellBucket(name, increment, incrementNs, limit, parseDurationNs(limit.parameter, limit.text));
}
function spacingNsOf(given) {
  let text = given.text("spacing");
  return text === void 0 ? rational(0n) : parseDurationNs("spacing", text);
}
function readIncrementMbs(given) {
  let increment = given.written("increment"), mbs = given.written("mbs"), incrementNs = readIncrementNs(increment), spacingNs = spacingNsOf(given), count3 = parsePacketCount("mbs", mbs.text, 1n);
  if (compare(spacingNs, incrementNs) >= 0) {
    let detail = `must be below increment "${increment.text}": cells so far apart conform without end, whatever the mbs; leave it out or give limit instead of mbs`;
    throw new ConfigError("CONFLICT", "spacing", given.text("spacing"), detail);
  }
  let limitNs = limitOfBurst(count3, subtract(incrementNs, spacingNs));
  return { ...cellBucket("", increment, incrementNs, mbs, limitNs), implied: [impliedCount(mbs)] };
}
function impliedCount(count3) {
  return { ...count3, cost: "packets", kind: "count" };
}
var RATE_BURST = {
  params: ["rate", "burst"],
  example: ["10 Mbit/s", "64 kB"],
  defaultCheck: POST,
  read: (given) => [readUsefulBucket("", given.written("rate"), given.written("burst"))]
}, INCREMENT_LIMIT = {
  params: ["increment", "limit"],
  example: ["10 us", "5 ms"],
  defaultCheck: CELLS,
  read: (given) => [readIncrementLimit("", given.written("increment"), given.written("limit"))]
}, INCREMENT_MBS = {
  params: ["increment", "mbs"],
  example: ["10 ms", "11"],
  defaultCheck: CELLS,
  onlyCheck: "pre",
  read: (given) => [readIncrementMbs(given)]
}, RATE_BURST_CAP = {
  ...RATE_BURST,
  read: (given) => {
    let bucket = readUsefulBucket("", given.written("rate"), given.written("burst"));
    return [{ ...bucket, ...readCap(given, bucket) }];
  }
};
function readCap(given, bucket) {
  if (given.text("cap") === void 0) return {};
  let cap = given.written("cap"), { cost } = parseAmount("cap", cap.text);
  return { cap, implied: [...bucket.implied, { ...cap, cost, kind: "amount" }] };
}
var RATE_ALARM = {
  params: ["rate", "alarm"],
  example: ["10 packets/min", "100"],
  defaultCheck: POST,
  read: (given) => {
    let [rate, alarm] = [given.written("rate"), given.written("alarm")], { ratePerSec, implied } = readRate(rate), depth = rational(parsePacketCount("alarm", alarm.text, 1n)), burst = { ...alarm, inTime: !1 }, bucket = { name: "", ratePerSec, depth, implied: [implied], rate, burst }, clear = given.text("clear") === void 0 ? {} : { clear: given.written("clear") };
    return [{ ...bucket, ...readCap(given, bucket), ...clear }];
  }
};

// src/policy/buckettexts.ts
var EXAMPLE = '"10 Mbit/s 64 kB"';
function partsOf(value, parameter) {
  if (typeof value == "string") {
    let [rate2 = "", burst2 = "", ...rest2] = value.trim().split(/[\s,]+(?=[+-]?\.?\d)/u);
    if (burst2 !== "" && rest2.length === 0) return [rate2, burst2];
    throw new ConfigError("NUMBER", parameter, value, `must be a rate and a burst, such as ${EXAMPLE}`);
  }
  if (typeof value != "object" || value === null || Array.isArray(value))
    throw new ConfigError("NUMBER", parameter, void 0, `must be a text such as ${EXAMPLE}, or {rate, burst}`);
  let { rate, burst, ...rest } = value, [unknown] = Object.keys(rest);
  if (unknown !== void 0)
    throw new ConfigError("KEY", parameter, unknown, "unknown key; a bucket has rate and burst");
  for (let [name, text] of Object.entries({ rate, burst }))
    if (typeof text != "string")
      throw new ConfigError("MISSING", `${parameter} ${name}`, void 0, `is missing; a bucket is such as ${EXAMPLE}`);
  return [String(rate), String(burst)];
}
function bucketTexts(value) {
  let items = Array.isArray(value) ? value : [value];
  if (items.length === 0)
    throw new ConfigError("MISSING", "bucket", void 0, `is missing; write one such as ${EXAMPLE}`);
  if (items.length > MULTI_BUCKETS_MAX) {
    let detail = `${items.length} are given, and a meter has at most ${MULTI_BUCKETS_MAX}; leave some out`;
    throw new ConfigError("RANGE", "bucket", void 0, detail);
  }
  return items.map((item, index) => {
    let parameter = items.length === 1 ? "bucket" : `bucket ${index + 1}`, [rate, burst] = partsOf(item, parameter);
    return {
      text: `${rate} ${burst}`,
      rate: { parameter: `${parameter} rate`, text: rate },
      burst: { parameter: `${parameter} burst`, text: burst }
    };
  });
}

// src/policy/colorforms.ts
function readSize(name, rate, size) {
  let bucket = readBucket(name, rate, size);
  if (bucket.burst.inTime || bucket.depth.den === 1n) return bucket;
  let cost = bucket.implied.find(({ kind }) => kind === "burst")?.cost ?? "bytes", example = cost === "bytes" ? "1500 B" : "5 packets";
  throw new ConfigError("NUMBER", size.parameter, size.text, `must be a whole number of ${cost} such as ${example}`);
}
function committedOf(given) {
  return readSize("committed", given.written("cir"), given.written("cbs"));
}
function excessOf(given, rateName) {
  return readSize("excess", given.written(rateName), given.written("ebs"));
}
var CIR_CBS_EBS = {
  params: ["cir", "cbs", "ebs"],
  example: ["10 Mbit/s", "64 kB", "128 kB"],
  defaultCheck: POST,
  read: (given) => [committedOf(given), { ...excessOf(given, "cir"), ratePerSec: ZERO }]
}, CIR_CBS_EIR_EBS = {
  params: ["cir", "cbs", "eir", "ebs"],
  example: ["10 Mbit/s", "64 kB", "5 Mbit/s", "64 kB"],
  defaultCheck: POST,
  read: (given) => [committedOf(given), excessOf(given, "eir")]
}, CIR_CBS_PIR_PBS = {
  params: ["cir", "cbs", "pir", "pbs"],
  example: ["10 Mbit/s", "64 kB", "20 Mbit/s", "128 kB"],
  defaultCheck: POST,
  read: (given) => [readSize("peak", given.written("pir"), given.written("pbs")), committedOf(given)]
}, PEAK_AND_RATE = {
  params: ["peak-rate", "peak-burst", "rate", "burst"],
  example: ["100 Mbit/s", "3 kB", "10 Mbit/s", "64 kB"],
  defaultCheck: POST,
  read: (given) => [
    readUsefulBucket("peak", given.written("peak-rate"), given.written("peak-burst")),
    readUsefulBucket("sustained", given.written("rate"), given.written("burst"))
  ]
}, PEAK_AND_INCREMENT = {
  params: ["peak-increment", "peak-limit", "increment", "limit"],
  example: ["1 ms", "0 s", "10 ms", "90 ms"],
  defaultCheck: CELLS,
  read: (given) => [
    readIncrementLimit("peak", given.written("peak-increment"), given.written("peak-limit")),
    readIncrementLimit("sustained", given.written("increment"), given.written("limit"))
  ]
};
function cellTimeNs(rate) {
  let { ratePerSec, implied } = readRate(rate), fail2 = (code, detail) => {
    throw new ConfigError(code, rate.parameter, rate.text, detail);
  };
  return implied.cost !== "packets" && fail2("UNIT", "is a rate of cells; write packets/s, packets/min or packets/h"), isZero(ratePerSec) && fail2("RANGE", "must be above 0; write a rate such as 10 packets/s"), divide(NS_PER_SEC, ratePerSec);
}
function readCells(given) {
  let [pcr, cdvt, scr, mbs] = ["pcr", "cdvt", "scr", "mbs"].map((name) => given.written(name)), [peakNs, sustainedNs] = [cellTimeNs(pcr), cellTimeNs(scr)];
  if (compare(sustainedNs, peakNs) < 0) {
    let detail = `must be at least scr "${scr.text}", the rate over longer times; raise pcr or lower scr`;
    throw new ConfigError("RANGE", pcr.parameter, pcr.text, detail);
  }
  let toleranceNs = parseDurationNs(cdvt.parameter, cdvt.text), limitNs = limitOfBurst(parsePacketCount(mbs.parameter, mbs.text, 1n), subtract(sustainedNs, peakNs));
  return [
    { ...cellBucket("peak", pcr, peakNs, cdvt, toleranceNs), implied: [impliedCount(pcr)] },
    { ...cellBucket("sustained", scr, sustainedNs, mbs, limitNs), implied: [impliedCount(mbs)] }
  ];
}
var PCR_SCR = {
  params: ["pcr", "cdvt", "scr", "mbs"],
  example: ["100 packets/s", "1 ms", "10 packets/s", "11"],
  defaultCheck: CELLS,
  onlyCheck: "pre",
  read: readCells
}, BUCKETS = {
  params: ["bucket"],
  example: ["10 Mbit/s 64 kB"],
  defaultCheck: POST,
  read: ({ buckets }) => buckets.map(({ rate, burst }, index) => readUsefulBucket(`bucket ${index + 1}`, rate, burst))
};

// src/policy/toolarge.ts
function blame(at, detail) {
  return new ConfigError("RANGE", at.parameter, at.text, detail);
}
function blameRateOrDepth(bucket, roomUnits, source) {
  let { rate, burst } = source, { ratePerSec, depth } = bucket, { cost } = bucket.costRule, { num: drain, den: stepsPerUnit } = divide(ratePerSec, NS_PER_SEC), depthLevelMax = LEVEL_MAX - roomUnits * stepsPerUnit;
  if (stepsPerUnit > LEVEL_MAX || drain > LEVEL_MAX || depthLevelMax < 0n)
    throw blameRate(bucket, roomUnits, source);
  let depthMax = rational(depthLevelMax, stepsPerUnit), largest = burst.inTime ? `${depthLevelMax / drain} ns` : wholeUnitsText(depthMax, cost);
  if (compare(depth, depthMax) > 0) {
    let context = `does not fit exact 63-bit arithmetic with ${rate.parameter} "${rate.text}"`;
    throw blame(burst, `${context}; the largest is ${largest}`);
  }
  let steps = lcm(stepsPerUnit, depth.den);
  if (steps / stepsPerUnit * drain <= LEVEL_MAX && steps / depth.den * depth.num + roomUnits * steps <= LEVEL_MAX)
    return;
  let whole2 = burst.inTime && !isZero(ratePerSec) ? `${floor(divide(multiply(depth, NS_PER_SEC), ratePerSec))} ns` : wholeUnitsText(depth, cost), limit = `has a fraction too fine for exact 63-bit arithmetic with ${rate.parameter} "${rate.text}"`;
  throw blame(burst, `${limit}; write ${whole2}, or any whole number up to ${largest}`);
}
function blameRate({ ratePerSec, costRule }, roomUnits, { rate }) {
  let { num: drain, den: stepsPerUnit } = divide(ratePerSec, NS_PER_SEC);
  if (compare(ratePerSec, rational(LEVEL_MAX)) > 0) {
    let most = wholeUnitsText(rational(LEVEL_MAX), costRule.cost), limit2 = rate.parameter.endsWith("increment") ? `at least 1/${LEVEL_MAX} s` : `at most ${most}/s`;
    return blame(rate, `is beyond exact 63-bit arithmetic; write ${limit2}`);
  }
  let room = stepsPerUnit * (roomUnits > 0n ? roomUnits : 1n), limit = `exact arithmetic would need ${room > drain ? room : drain} level steps and the limit is ${LEVEL_MAX}`;
  return blame(rate, `is too fine: ${limit}; write fewer digits`);
}
function blameLevel(bucket, roomUnits, source) {
  let { cap, threshold, initial, clear, rate, burst } = source, { cost } = bucket.costRule, numbers = `exact 63-bit arithmetic with ${rate.parameter} "${rate.text}"`;
  if (cap !== void 0) {
    let { den } = divide(bucket.ratePerSec, NS_PER_SEC), most = wholeUnitsText(rational(LEVEL_MAX / lcm(den, bucket.depth.den) - roomUnits), cost);
    return blame(cap, `does not fit ${numbers}; write a whole number up to ${most}`);
  }
  let finest = threshold ?? initial ?? clear ?? burst, detail = `has a fraction too fine for ${numbers} and ${burst.parameter} "${burst.text}"`;
  return blame(finest, `${detail}; write whole ${cost}`);
}

// src/policy/bucketprofile.ts
function scaleOf(bucket, levels) {
  return [divide(bucket.ratePerSec, NS_PER_SEC), bucket.depth, bucket.threshold, bucket.initialLevel, ...levels].reduce((scale, { den }) => lcm(scale, den), 1n);
}
function roomUnitsOf({ check, costRule }, { cap }) {
  return check === "post" && cap === void 0 ? 0n : ROOM_UNITS[costRule.cost];
}
function levelOf(value, scale) {
  return value.num * (scale / value.den);
}
function bucketProfile(bucket, frame) {
  let { check, depth, costRule } = bucket, levelPerUnit = lcm(scaleOf(bucket, frame.levels), frame.scale), drainPerNs = levelOf(divide(bucket.ratePerSec, NS_PER_SEC), levelPerUnit), depthLevel = levelOf(depth, levelPerUnit), capLevel = frame.cap === void 0 ? void 0 : levelOf(frame.cap, levelPerUnit), roomUnits = roomUnitsOf(bucket, frame), highest = (capLevel ?? depthLevel) + roomUnits * levelPerUnit;
  if (levelPerUnit > LEVEL_MAX || drainPerNs > LEVEL_MAX || highest > LEVEL_MAX)
    throw blameRateOrDepth(bucket, roomUnits, frame.source), blameLevel(bucket, roomUnits, frame.source);
  let isStrict = check === "overdraft" || frame.isAlarm, testLevel = levelOf(bucket.threshold, levelPerUnit) - (isStrict ? 1n : 0n);
  if (testLevel < 0n) {
    let { threshold, burst } = frame.source;
    throw blame(threshold ?? burst, `with check ${check} nothing could ever conform; it must be above 0`);
  }
  let testsOwnCost = check === "post", fittingUnits = (testsOwnCost ? testLevel : LEVEL_MAX - depthLevel) / levelPerUnit, profile = {
    drainPerNs,
    levelPerUnit,
    depthLevel,
    testLevel,
    testsOwnCost,
    unitsMax: fittingUnits < UNITS_MAX ? fittingUnits : UNITS_MAX,
    drainedAfterNs: 0n,
    initialLevel: levelOf(bucket.initialLevel, levelPerUnit),
    costRule
  }, levelMax = capLevel ?? (testsOwnCost ? depthLevel : depthLevel + profile.unitsMax * levelPerUnit);
  return { ...profile, drainedAfterNs: drainedAfterNs(levelMax, drainPerNs) };
}
function drainedAfterNs(levelMax, drainPerNs) {
  return drainPerNs === 0n ? 0n : levelMax / drainPerNs + 1n;
}

// src/policy/define.ts
function fail(at, detail) {
  throw new ConfigError("CONFLICT", at.parameter, at.text, detail);
}
function quoted2({ parameter, text }) {
  return `${parameter} "${text}"`;
}
function only(buckets) {
  let [bucket] = buckets;
  if (bucket === void 0 || buckets.length > 1) throw new RangeError(`${buckets.length} buckets where one is needed`);
  return bucket;
}
function pair(items) {
  let [first, second] = items;
  if (first === void 0 || second === void 0) throw new RangeError(`${items.length} where two are needed`);
  return [first, second];
}
var defineBucket = (buckets) => ({ kind: "bucket", bucket: only(buckets) });
function unlimitedCap(bucket) {
  let units = LEVEL_MAX / scaleOf(bucket, []) - ROOM_UNITS[bucket.costRule.cost];
  return compare(rational(units < 0n ? 0n : units), bucket.depth) < 0 ? bucket.depth : rational(units);
}
function capOf(bucket, { cap, burst }) {
  if (cap === void 0) return bucket.depth;
  let { units } = parseAmount(cap.parameter, cap.text);
  return compare(units, bucket.depth) >= 0 ? units : fail(cap, `must be at least ${quoted2(burst)}, else the level could never pass it; raise the cap`);
}
var defineTurner = (buckets, given, [source]) => {
  let bucket = only(buckets);
  if (givenChoice(given, "mode", TURNER_MODES, "clamped") === "clamped")
    return { kind: "turner", bucket, cap: capOf(bucket, source) };
  let { cap } = source;
  return cap !== void 0 && fail(cap, 'cannot be combined with mode "unlimited"; leave one of them out'), { kind: "turner", bucket, cap: unlimitedCap(bucket) };
}, defineEventCounter = (buckets, _given, [source]) => {
  let bucket = only(buckets), { clear: written, burst } = source, clear = written === void 0 ? ZERO : rational(parsePacketCount(written.parameter, written.text, 0n));
  return written !== void 0 && compare(clear, bucket.depth) >= 0 && fail(written, `must be below ${quoted2(burst)}, else the alarm would end as it begins; lower it`), { kind: "event-counter", bucket, cap: capOf(bucket, source), clear };
};
function requireSize(buckets, sources) {
  if (buckets.some(({ depth }) => !isZero(depth))) return;
  let [{ burst: cbs }, { burst: ebs }] = pair(sources);
  fail(
    cbs,
    `cannot be 0 together with ${quoted2(ebs)}, every packet would be red; give one of them a size such as 64 kB`
  );
}
var defineSrtcm = (buckets, given, sources) => {
  requireSize(buckets, sources);
  let [committed, excess] = pair(buckets);
  return { kind: "srtcm", committed, excess, isAware: givenFlag(given, "color-aware") };
}, defineTrtcm4115 = (buckets, given, sources) => {
  requireSize(buckets, sources);
  let [committed, excess] = pair(buckets);
  return { kind: "trtcm-4115", committed, excess, isAware: givenFlag(given, "color-aware") };
}, defineMef = (buckets, given, sources) => {
  requireSize(buckets, sources);
  let [committed, excess] = pair(buckets);
  given.text("coupling") !== void 0 && given.text("cf") !== void 0 && fail(given.written("cf"), "is coupling under another name; leave one of them out");
  let isCoupled = givenChoice(given, "coupling", ["on", "off"], "off") === "on" || givenChoice(given, "cf", ["1", "0"], "0") === "1";
  return { kind: "mef", committed, excess, isCoupled, isAware: givenFlag(given, "color-aware") };
}, defineTrtcm = (buckets, given, sources) => {
  let [peak, committed] = pair(buckets), [{ rate: pir, burst: pbs }, { rate: cir }] = pair(sources);
  return compare(peak.ratePerSec, committed.ratePerSec) < 0 && fail(pir, `must be at least ${quoted2(cir)} (RFC 2698); for a rate on top of cir use meter trtcm-4115 with eir`), isZero(peak.depth) && fail(pbs, "must be above 0, else every packet is red; give it a size such as 64 kB"), { kind: "trtcm", peak, committed, isAware: givenFlag(given, "color-aware") };
}, defineDual = (buckets, given) => {
  let [peak, sustained] = pair(buckets), mode = givenChoice(given, "mode", DUAL_MODES, "coordinated"), tags = givenFlag(given, "tag");
  return tags && mode !== "coordinated" && fail(given.written("tag"), `cannot be combined with mode "${mode}"; leave tag out, or use mode coordinated`), { kind: "dual", peak, sustained, mode, tags };
}, defineMulti = (buckets) => ({ kind: "multi", buckets }), defineWeighted = (buckets) => ({
  kind: "weighted",
  bucket: only(buckets),
  group: 0,
  weight: 1n,
  groupWeights: [1n]
});

// src/policy/table.ts
var ANY_CHECK = ["post", "pre", "overdraft"], COLORED = { checks: ["post"] }, METERS = [
  {
    name: "leaky-bucket",
    summary: "a bucket that drains at the rate; a packet conforms if it still fits",
    spec: "ITU-T I.371 (continuous-state leaky bucket)",
    params: [RATE2, BURST2, INITIAL],
    forms: [RATE_BURST],
    checks: ANY_CHECK,
    define: defineBucket
  },
  {
    name: "gcra",
    summary: "generic cell rate algorithm: a packet conforms if it is not earlier than its time less the limit",
    spec: "ITU-T I.371, ATM Forum TM 4.1 (virtual scheduling)",
    params: [INCREMENT, LIMIT, MBS, RATE2, BURST2, SPACING, INITIAL],
    forms: [INCREMENT_LIMIT, INCREMENT_MBS, RATE_BURST],
    checks: ANY_CHECK,
    define: defineBucket
  },
  {
    name: "token-bucket",
    summary: "tokens arrive at the rate, at most burst of them; a packet conforms if its cost in tokens is there",
    spec: "RFC 2697, one bucket; the same verdicts as leaky-bucket",
    params: [RATE2, BURST2, INITIAL],
    forms: [RATE_BURST],
    checks: ["post", "overdraft"],
    define: defineBucket
  },
  {
    name: "turner",
    summary: "a counter that drains at the rate and counts every packet, refused ones too; a packet conforms if it fits",
    spec: "J. S. Turner, New directions in communications (1986)",
    params: [RATE2, BURST2, TURNER_MODE, TURNER_CAP, INITIAL],
    forms: [RATE_BURST_CAP],
    checks: ["post"],
    define: defineTurner
  },
  {
    name: "event-counter",
    summary: "a counter of packets that leaks at the rate; all are red from reaching the alarm until leaked to clear",
    spec: "leaky bucket counter with hysteresis",
    params: [RATE2, ALARM, CLEAR, COUNTER_CAP],
    forms: [RATE_ALARM],
    checks: [],
    onlyCost: "packets",
    define: defineEventCounter
  },
  {
    name: "dual",
    summary: "a peak and a sustained bucket; a packet conforms if both have room",
    spec: "ITU-T I.371, ATM Forum TM 4.1 (PCR and SCR)",
    params: [
      PEAK_RATE,
      PEAK_BURST,
      RATE2,
      BURST2,
      PEAK_INCREMENT,
      PEAK_LIMIT,
      INCREMENT,
      LIMIT,
      PCR,
      CDVT,
      SCR,
      MBS,
      DUAL_MODE,
      TAG,
      INITIAL
    ],
    forms: [PEAK_AND_RATE, PEAK_AND_INCREMENT, PCR_SCR],
    checks: ANY_CHECK,
    define: defineDual
  },
  {
    ...COLORED,
    name: "srtcm",
    summary: "single-rate three-color marker: green within cbs, yellow within ebs, which fills with what cbs cannot hold",
    spec: "RFC 2697",
    params: [CIR, CBS, EBS, COLOR_AWARE, INITIAL],
    forms: [CIR_CBS_EBS],
    define: defineSrtcm
  },
  {
    ...COLORED,
    name: "trtcm",
    summary: "two-rate three-color marker: red above the peak rate, yellow above the committed rate",
    spec: "RFC 2698",
    params: [CIR, CBS, PIR, PBS, COLOR_AWARE, INITIAL],
    forms: [CIR_CBS_PIR_PBS],
    define: defineTrtcm
  },
  {
    ...COLORED,
    name: "trtcm-4115",
    summary: "two-rate three-color marker with an excess rate on top of the committed rate",
    spec: "RFC 4115",
    params: [CIR, CBS, EIR, EBS, COLOR_AWARE, INITIAL],
    forms: [CIR_CBS_EIR_EBS],
    define: defineTrtcm4115
  },
  {
    ...COLORED,
    name: "mef",
    summary: "bandwidth profile: committed and excess, with coupling on what cbs cannot hold fills ebs",
    spec: "MEF 10.2; coupling off is RFC 4115, coupling on with eir 0 is RFC 2697",
    params: [CIR, CBS, EIR, EBS, COUPLING, CF, COLOR_AWARE, INITIAL],
    forms: [CIR_CBS_EIR_EBS],
    define: defineMef
  },
  {
    name: "multi",
    summary: "several buckets; a packet conforms if every one has room, and is charged to all or none",
    spec: "coordinated buckets of ITU-T I.371, any number",
    params: [BUCKET, INITIAL],
    forms: [BUCKETS],
    checks: ANY_CHECK,
    mixesCosts: !0,
    define: defineMulti
  },
  {
    name: "weighted",
    summary: "one rate shared by all flows that are above level 0; each has a bucket of its own",
    spec: "A. K. Parekh, R. G. Gallager (1993), generalized processor sharing",
    params: [RATE2, BURST2],
    forms: [RATE_BURST],
    checks: ["post"],
    define: defineWeighted
  }
], METER_NAMES = METERS.map((row) => row.name), METER = {
  name: "meter",
  kind: "choice",
  choices: METER_NAMES,
  help: "the algorithm",
  example: "token-bucket"
}, COMMON_PARAMS = [
  METER,
  COST,
  LENGTH2,
  OVERHEAD,
  MIN_LENGTH,
  CHECK,
  INITIAL
], POLICY_PARAMS = [...COMMON_PARAMS, ...METER_PARAMS];

// src/policy/input.ts
function paramOfKey(key, value, params = POLICY_PARAMS) {
  let param = params.find((row) => row.name === key || inputKeyOf(row.name) === key);
  if (param !== void 0) return param;
  let names = params.map((row) => row.name), hint = didYouMean(key, names), detail = hint === "" ? ` the keys are ${listed(names, "and")}` : hint;
  throw new ConfigError("KEY", key, value, `unknown key;${detail}`);
}
function readLength(param, text) {
  let { minBytes = 0, maxBytes = Number.MAX_SAFE_INTEGER } = param;
  return parseLengthBytes(param.name, text, minBytes, maxBytes);
}
function textOf(param, value) {
  let isFlag = param.kind === "flag";
  if (typeof value == "string" || typeof value == "number" || isFlag && typeof value == "boolean")
    return String(value);
  let detail = isFlag ? "must be true or false" : `must be a text or a number such as "${param.example}"`;
  throw new ConfigError("NUMBER", param.name, typeof value == "boolean" ? String(value) : void 0, detail);
}
var Fields = class {
  buckets;
  #texts = /* @__PURE__ */ new Map();
  /**
   * `params`: those that there are. Throws ConfigError for unknown keys, for keys given in both spellings, and for values
   * that are no text.
   */
  constructor(input, params = POLICY_PARAMS) {
    let entries = Object.entries(input), buckets = [];
    for (let [key, value] of entries) {
      if (value === void 0) continue;
      let written = typeof value == "string" || typeof value == "number" ? String(value) : void 0, param = paramOfKey(key, written, params);
      param === BUCKET && (buckets = bucketTexts(value));
      let text = param === BUCKET ? buckets.map((bucket) => bucket.text).join(", ") : textOf(param, value);
      if (this.#texts.has(param.name)) {
        let detail = `is given twice, also as ${inputKeyOf(param.name)}; keep one of them`;
        throw new ConfigError("CONFLICT", param.name, text, detail);
      }
      this.#texts.set(param.name, text);
    }
    this.buckets = buckets;
  }
  has(name) {
    return this.#texts.has(name);
  }
  text(name) {
    return this.#texts.get(name);
  }
  written(name) {
    let text = this.#texts.get(name);
    if (text === void 0) throw new RangeError(`${name} is not given`);
    return { parameter: name, text };
  }
};

// src/policy/rules.ts
function rule(color, charged, reason) {
  return { color, charges: [charged.includes("0"), charged.includes("1")], reason };
}
var REFUSED_BY_0 = rule(2, "", 0), REFUSED_BY_1 = rule(2, "", 1), BOTH_CHARGED = rule(0, "01", null), CAME_RED = rule(2, "", "color-in"), ALL_CAME_RED = [CAME_RED, CAME_RED, CAME_RED, CAME_RED], COMMITTED_GREEN = rule(0, "0", null), EXCESS_YELLOW = rule(1, "1", "color-in"), COMMITTED_EXCESS = {
  green: [REFUSED_BY_1, rule(1, "1", 0), COMMITTED_GREEN, COMMITTED_GREEN],
  yellow: [REFUSED_BY_1, EXCESS_YELLOW, REFUSED_BY_1, EXCESS_YELLOW]
}, PEAK_YELLOW = rule(1, "0", "color-in"), PEAK_COMMITTED = {
  green: [REFUSED_BY_0, REFUSED_BY_0, rule(1, "0", 1), BOTH_CHARGED],
  yellow: [REFUSED_BY_0, REFUSED_BY_0, PEAK_YELLOW, PEAK_YELLOW]
}, DUAL = {
  coordinated: [REFUSED_BY_0, REFUSED_BY_0, REFUSED_BY_1, BOTH_CHARGED],
  tags: [REFUSED_BY_0, REFUSED_BY_0, rule(1, "0", 1), BOTH_CHARGED],
  sequential: [REFUSED_BY_0, REFUSED_BY_0, rule(2, "0", 1), BOTH_CHARGED],
  independent: [REFUSED_BY_0, rule(2, "1", 0), rule(2, "0", 1), BOTH_CHARGED]
};
function blind(green) {
  return [...green, ...green, ...green];
}
function colorRules({ green, yellow }, isAware) {
  return isAware ? [...green, ...yellow, ...ALL_CAME_RED] : blind(green);
}
function committedExcessRules(isAware) {
  return colorRules(COMMITTED_EXCESS, isAware);
}
function peakCommittedRules(isAware) {
  return colorRules(PEAK_COMMITTED, isAware);
}
function dualRules(mode) {
  return blind(DUAL[mode]);
}

// src/policy/source.ts
function unnamedSource({ ratePerSec, depth, costRule }) {
  return {
    name: "",
    rate: { parameter: "rate", text: formatRate(ratePerSec, costRule.cost) },
    burst: { parameter: "burst", text: wholeUnitsText(depth, costRule.cost), inTime: !1 }
  };
}

// src/policy/weighted.ts
function weightedProfile({ bucket, group, weight, groupWeights }, frame) {
  if (bucket.initialLevel.num !== 0n || bucket.check !== "post" || !groupWeights.includes(weight))
    throw new RangeError("a weighted flow begins drained, is tested with its own cost, and its weight is of its group");
  let profile = bucketProfile(bucket, frame), { levelPerUnit, drainPerNs, depthLevel } = profile, ticksPerLevel = groupWeights.reduce(lcm, 1n), depthLevelMax = TICKS_MAX / ticksPerLevel - drainPerNs;
  if (depthLevel > depthLevelMax) {
    let { rate, burst } = frame.source, depthMax = rational(depthLevelMax < 0n ? 0n : depthLevelMax, levelPerUnit), shares = `exact shares of ${rate.parameter} "${rate.text}" by weights whose least common multiple is ${ticksPerLevel}`;
    throw blame(burst, `does not fit ${shares}; the largest is ${wholeUnitsText(depthMax, bucket.costRule.cost)}`);
  }
  let ticksPerUnit = levelPerUnit * ticksPerLevel / weight;
  return { kernel: "weighted", buckets: [profile], group, weight, ticksPerUnit, ticksPerLevel };
}

// src/policy/profile.ts
function bucketsOf(definition) {
  switch (definition.kind) {
    case "srtcm":
    case "trtcm-4115":
    case "mef":
      return [definition.committed, definition.excess];
    case "trtcm":
      return [definition.peak, definition.committed];
    case "dual":
      return [definition.peak, definition.sustained];
    case "borrow-node":
      return [definition.bucket, definition.ceiling];
    case "multi":
      return definition.buckets;
    default:
      return [definition.bucket];
  }
}
function profilesOf(definition, sources, peers = []) {
  let frames = bucketsOf(definition).map((bucket, index) => frameOf(bucket, sources, index, peers));
  switch (definition.kind) {
    case "bucket":
      return [oneBucket(definition.bucket, frames[0])];
    case "turner":
      return [turner(definition, frames[0])];
    case "event-counter":
      return [eventCounter(definition, frames[0])];
    case "srtcm":
      return [coupled(definition, frames, committedExcessRules(definition.isAware))];
    case "mef": {
      let rules = committedExcessRules(definition.isAware);
      return [definition.isCoupled ? coupled(definition, frames, rules) : uncoupled(definition, frames, rules)];
    }
    case "trtcm-4115":
      return [uncoupled(definition, frames, committedExcessRules(definition.isAware))];
    case "trtcm":
      return [uncoupled(definition, frames, peakCommittedRules(definition.isAware))];
    case "dual":
      if (definition.tags && definition.mode !== "coordinated") throw new RangeError("only coordinated buckets tag");
      return [uncoupled(definition, frames, dualRules(definition.tags ? "tags" : definition.mode))];
    case "borrow-node":
      return [uncoupled(definition, frames, dualRules("coordinated"))];
    case "multi":
      return slotsOf(definition, frames);
    case "weighted":
      return [weightedProfile(definition, frames[0])];
  }
}
function frameOf(bucket, sources, index, levels) {
  return { source: sources?.[index] ?? unnamedSource(bucket), levels, scale: 1n, cap: void 0, isAlarm: !1 };
}
function oneBucket(bucket, frame) {
  return { kernel: "one-bucket", buckets: [bucketProfile(bucket, frame)] };
}
function turner({ bucket, cap }, frame) {
  let profile = bucketProfile(bucket, { ...frame, cap, levels: [...frame.levels, cap] });
  return { kernel: "turner", buckets: [profile], capLevel: levelOf(cap, profile.levelPerUnit) };
}
function eventCounter({ bucket, cap, clear }, frame) {
  if (compare(bucket.threshold, bucket.depth) !== 0) throw new RangeError("an event counter's alarm is its depth");
  let profile = bucketProfile(bucket, { ...frame, cap, isAlarm: !0, levels: [...frame.levels, cap, clear] }), { levelPerUnit } = profile;
  return {
    kernel: "event-counter",
    buckets: [profile],
    capLevel: levelOf(cap, levelPerUnit),
    clearLevel: levelOf(clear, levelPerUnit)
  };
}
function pairOf(definition, frames) {
  let [first, second] = bucketsOf(definition);
  return [bucketProfile(first, frames[0]), bucketProfile(second, frames[1])];
}
function uncoupled(definition, frames, rules) {
  return { kernel: "two-buckets", buckets: pairOf(definition, frames), rules, isCoupled: !1 };
}
function coupled(definition, frames, rules) {
  let buckets = bucketsOf(definition);
  pairOf(definition, frames);
  let scale = buckets.reduce((steps, bucket, index) => lcm(steps, scaleOf(bucket, frames[index].levels)), 1n), drains = buckets.map(({ ratePerSec }) => levelOf(divide(ratePerSec, NS_PER_SEC), scale)), drainMax = drains[0] > drains[1] ? drains[0] : drains[1], levelMax = buckets.reduce((sum2, { depth }) => sum2 + levelOf(depth, scale), 0n);
  if (levelMax + drainMax > LEVEL_MAX || scale > LEVEL_MAX)
    throw tooLargeTogether(frames, buckets[0].costRule.cost, (LEVEL_MAX - drainMax) / scale);
  let [first, second] = pairOf(
    definition,
    frames.map((frame) => ({ ...frame, scale }))
  );
  return { kernel: "two-buckets", buckets: [{ ...first, drainedAfterNs: drainedAfterNs(levelMax, first.drainPerNs) }, second], rules, isCoupled: !0 };
}
function tooLargeTogether(frames, cost, sumMax) {
  let [{ burst: first }, { burst: second }] = frames.map(({ source }) => source), detail = `does not fit exact 63-bit arithmetic together with ${first.parameter} "${first.text}"`, most = wholeUnitsText(rational(sumMax < 0n ? 0n : sumMax), cost);
  return blame(second, `${detail}; at these rates both hold at most ${most}, with fewer digits more`);
}
function slotsOf({ buckets }, frames) {
  if (buckets.length === 0 || buckets.length > MULTI_BUCKETS_MAX)
    throw new RangeError(`a multi meter has 1 to ${MULTI_BUCKETS_MAX} buckets, not ${buckets.length}`);
  let profiles = buckets.map((bucket, index) => bucketProfile(bucket, frames[index])), slots = [];
  for (let index = 0; index < profiles.length; index += 2) {
    let [first, second] = [profiles[index], profiles[index + 1]];
    slots.push(
      second === void 0 ? { kernel: "one-bucket", buckets: [first] } : { kernel: "two-buckets", buckets: [first, second], rules: dualRules("coordinated"), isCoupled: !1 }
    );
  }
  return slots;
}

// src/policy/select.ts
function exampleText(row, form) {
  let values = form.params.map((name, index) => `${name} "${form.example[index] ?? ""}"`);
  return [`meter ${row.name}`, ...values].join(", ");
}
function rowOf(fields) {
  let text = fields.text("meter");
  if (text === void 0) {
    let [row] = METERS, example = row?.forms[0] === void 0 ? "" : `, such as ${exampleText(row, row.forms[0])}`, detail = `is missing; it is one of ${listed(METER_NAMES, "or")}${example}`;
    throw new ConfigError("MISSING", "meter", void 0, detail);
  }
  return rowNamed(choiceOf("meter", METER_NAMES, text));
}
function rowNamed(name) {
  let row = METERS.find((candidate) => candidate.name === name);
  if (row === void 0) throw new RangeError(`no row for meter ${name}`);
  return row;
}
function takes({ name, forms, params }) {
  let ofForms = new Set(forms.flatMap((form) => form.params)), beside = params.filter((param) => param !== INITIAL && !ofForms.has(param.name)).map((param) => param.name), optional = beside.length === 0 ? "" : `; beside them ${listed(beside, "and")}`;
  return `${name} takes ${forms.map((form) => listed(form.params, "and")).join(", or ")}${optional}`;
}
function refuseForeign(row, fields) {
  let optional = /* @__PURE__ */ new Set([CHECK.name, INITIAL.name]), own = new Set(row.params.map((param) => param.name));
  for (let { name } of COMMON_PARAMS) optional.has(name) || own.add(name);
  row.checks.length > 0 && own.add(CHECK.name);
  let foreign = POLICY_PARAMS.find(({ name }) => fields.has(name) && !own.has(name));
  if (foreign === void 0) return;
  let detail = `${row.name} has no such parameter; ${takes(row)}`;
  throw new ConfigError("KEY", foreign.name, fields.text(foreign.name), detail);
}
function formOf(row, fields) {
  refuseForeign(row, fields);
  let given = [...new Set(row.forms.flatMap((form) => form.params))].filter((name) => fields.has(name)), candidates = row.forms.filter((form) => given.every((name) => form.params.includes(name))), complete = candidates.find((form) => form.params.every((name) => fields.has(name)));
  if (complete !== void 0) return complete;
  let [candidate] = candidates;
  if (candidate === void 0) throw conflict2(row, fields, given);
  let missing = candidate.params.find((name) => !fields.has(name)), detail = `is missing; ${takes(row)}, such as ${exampleText(row, candidate)}`;
  throw new ConfigError("MISSING", missing ?? "", void 0, detail);
}
function conflict2(row, fields, given) {
  let started = row.forms.find((form) => form.params.some((name) => fields.has(name))), first = given.filter((name) => started?.params.includes(name)).map((name) => `${name} "${fields.text(name)}"`), second = given.find((name) => started?.params.includes(name) !== !0) ?? "", detail = `cannot be combined with ${listed(first, "and")}; ${takes(row)}`;
  return new ConfigError("CONFLICT", second, fields.text(second), detail);
}

// src/policy/compile.ts
function checkOf(row, form, fields, cost) {
  let fallback = form.defaultCheck[cost], check = givenChoice(fields, "check", CHECKS, fallback), given = fields.text("check");
  if (given === void 0 || check === form.onlyCheck) return check;
  if (form.onlyCheck !== void 0) {
    let detail2 = `mbs is defined for check ${form.onlyCheck}; leave check out`;
    throw new ConfigError("CONFLICT", "check", given, detail2);
  }
  if (row.checks.includes(check)) return check;
  let others = METERS.filter((other) => other.checks.includes(check)).map((other) => other.name), detail = `${row.name} has check ${listed(row.checks, "or")} only; for ${check} use meter ${listed(others, "or")}`;
  throw new ConfigError("CHOICE", "check", given, detail);
}
function bytesOf(fields, name) {
  let text = fields.text(name);
  return text === void 0 ? 0 : readLength(paramOfKey(name, text), text);
}
function levelLeaving(fill2, depth) {
  if (fill2 === void 0) return ZERO;
  let tokens = fill2.kind === "share" ? multiply(depth, fill2.share) : fill2.units;
  return compare(tokens, depth) >= 0 ? ZERO : subtract(depth, tokens);
}
function fillOf(fields) {
  let text = fields.text("initial");
  if (text === void 0) return { implied: [] };
  let fill2 = parseFill("initial", text), written = { parameter: "initial", text, kind: "fill" };
  return { fill: fill2, implied: fill2.kind === "share" ? [] : [{ ...written, cost: fill2.cost }] };
}
function bucketsFrom(row, form, fields, readings) {
  let { fill: fill2, implied: ofFill } = fillOf(fields), ofAll = readings.flatMap(({ implied }) => implied);
  return readings.map(({ ratePerSec, depth, implied }) => {
    let cost = costOf(row, fields, [...row.mixesCosts === !0 ? implied : ofAll, ...ofFill]), costRule = {
      cost,
      overheadBytes: bytesOf(fields, "overhead"),
      minLengthBytes: bytesOf(fields, "min-length")
    };
    return { check: checkOf(row, form, fields, cost), ratePerSec, depth, threshold: depth, initialLevel: levelLeaving(fill2, depth), costRule };
  });
}
function spacingOf(fields, [bucket]) {
  let text = fields.text("spacing");
  if (text === void 0) return {};
  if (bucket?.costRule.cost === "packets") return { spacingNs: spacingNsOf(fields) };
  let detail = "is between packets that cost the same; add cost packets, or leave it out";
  throw new ConfigError("CONFLICT", "spacing", text, detail);
}
function readPolicy(input) {
  let fields = new Fields(input), row = rowOf(fields), form = formOf(row, fields), readings = form.read(fields), buckets = bucketsFrom(row, form, fields, readings), initial = fields.has("initial") ? { initial: fields.written("initial") } : {}, sources = readings.map((reading) => ({ ...reading, ...initial }));
  return {
    meter: row.name,
    length: givenChoice(fields, "length", LENGTHS, "frame"),
    definition: row.define(buckets, fields, sources),
    sources,
    ...spacingOf(fields, buckets),
    isCostAssumed: !fields.has("cost") && [...readings, fillOf(fields)].every(({ implied }) => implied.length === 0)
  };
}

// src/edge/profiles.ts
var UNITS_MAX2 = 2n ** 32n + 2n ** 16n, NARROW_LEVEL_MAX = 2n ** 51n, WIDE_LEVEL_MAX = 2n ** 61n, NS_MAX = 2n ** 64n - 1n;
function compileEdge(input, parts, unitNs) {
  let reading = readPolicy(input);
  return { input, reading, slots: edgeProfilesOf(reading, parts, unitNs) };
}
function edgeProfilesOf({ meter, definition, sources }, parts, unitNs) {
  if (definition.kind === "weighted") {
    let detail = "shares one rate among its keys, which one decision at a time cannot; use any other meter";
    throw new ConfigError("CHOICE", "meter", meter, detail);
  }
  let profiles = profilesOf(definition, sources, [rational(1n, BigInt(parts))]), isCounted = profiles.every(({ buckets }) => buckets.every(({ costRule }) => costRule.cost === "packets"));
  return profiles.map((profile) => edgeProfile(profile, isCounted, BigInt(parts), unitNs));
}
function edgeProfile(profile, isCounted, parts, unitNs) {
  let cap = "capLevel" in profile ? profile.capLevel : void 0, scaled = profile.buckets.map((bucket) => inParts(bucket, isCounted, parts)), isNarrow = scaled.every((bucket) => fitsNarrow(bucket, cap)), limited = scaled.map(limitUnits), isCoupled = profile.kernel === "two-buckets" && profile.isCoupled, most = limited.map((bucket) => levelMaxOf(bucket, cap, isNarrow)), buckets = limited.map((bucket, index) => {
    let drains = isCoupled && index === 0 ? most[0] + most[1] : most[index];
    return edgeBucket(bucket, most[index], drains, unitNs);
  }), { drainPerNs, levelMax } = buckets[0], isInReach = drainPerNs > 0n && drainPerNs <= BigInt(16) && levelMax <= WIDE_LEVEL_MAX, isCompact = profile.kernel === "one-bucket" && isInReach;
  return { profile: { ...profile, buckets }, buckets, isNarrow, isCompact };
}
function edgeBucket(bucket, levelMax, drains, unitNs) {
  let drainPerUnit = bucket.drainPerNs * BigInt(unitNs);
  return {
    ...bucket,
    levelMax,
    drainedAfterNs: bucket.drainPerNs === 0n ? 0n : drains / bucket.drainPerNs + 1n,
    drainPerUnit: drainPerUnit > NS_MAX ? NS_MAX : drainPerUnit
  };
}
function inParts(bucket, isCounted, parts) {
  let { costRule } = bucket;
  if (costRule.cost === "packets" && !isCounted) return bucket;
  let overheadBytes = costRule.cost === "packets" ? 0 : costRule.overheadBytes * Number(parts), minLengthBytes = costRule.cost === "packets" ? 0 : costRule.minLengthBytes * Number(parts);
  return {
    ...bucket,
    levelPerUnit: bucket.levelPerUnit / parts,
    unitsMax: bucket.testsOwnCost ? bucket.testLevel / (bucket.levelPerUnit / parts) : UNITS_MAX2,
    costRule: { cost: "bytes", overheadBytes, minLengthBytes }
  };
}
function fitsNarrow(bucket, cap) {
  let { drainPerNs, levelPerUnit, testsOwnCost, depthLevel } = bucket;
  return testsOwnCost && [cap ?? depthLevel, drainPerNs, levelPerUnit].every((steps) => steps <= NARROW_LEVEL_MAX);
}
function limitUnits(bucket) {
  let { testLevel, levelPerUnit, testsOwnCost } = bucket, fitting = testsOwnCost ? bucket.unitsMax : (LEVEL_MAX - testLevel) / levelPerUnit;
  return { ...bucket, unitsMax: fitting < UNITS_MAX2 ? fitting : UNITS_MAX2 };
}
function levelMaxOf(bucket, cap, isNarrow) {
  if (cap !== void 0) return cap;
  if (isNarrow) return NARROW_LEVEL_MAX;
  let { testLevel, depthLevel, levelPerUnit, testsOwnCost, unitsMax, drainPerNs } = bucket, reached = testsOwnCost ? depthLevel : testLevel + unitsMax * levelPerUnit;
  return reached < WIDE_LEVEL_MAX && drainPerNs < WIDE_LEVEL_MAX ? WIDE_LEVEL_MAX : reached;
}

// src/edge/options.ts
var KEY_KINDS = ["any", "u32", "u64", "string", "bytes", "5-tuple"], TIME_UNITS = ["ms", "us", "ns"], ON_FULL = {
  "evict-drained": 0,
  "evict-oldest": 1,
  deny: 2,
  allow: 3
}, PARTS_MAX = 1e6, STEP_DEFAULT_NS = 6e10;
function choice(name, words, given, usual) {
  if (given === void 0) return usual;
  let known = words.find((word) => word === given);
  if (known !== void 0) return known;
  throw new ConfigError("CHOICE", name, given, `is none of ${listed(words, "or")}`);
}
function whole(name, given, least, most) {
  if (typeof given == "number" && Number.isInteger(given) && given >= least && given <= most) return given;
  throw new ConfigError("RANGE", name, String(given), `must be a whole number from ${least} to ${most}`);
}
function settingsOf(options) {
  if (typeof options != "object" || options === null)
    throw new ConfigError("MISSING", "options", void 0, "must be an object with policies and maxFlows");
  let time = choice("time", TIME_UNITS, options.time, "ms"), costParts = whole("costParts", options.costParts ?? 1, 1, PARTS_MAX), clockStep = options.clockStep ?? STEP_DEFAULT_NS / UNIT_NS[time];
  if (!(typeof clockStep == "number" && clockStep >= 0))
    throw new ConfigError("RANGE", "clockStep", String(clockStep), `must be a time in ${time}, or Infinity for never`);
  return {
    policies: setsOf(options.policies, costParts, UNIT_NS[time]),
    maxFlows: whole("maxFlows", options.maxFlows, 1, FLOWS_MAX),
    key: choice("key", KEY_KINDS, options.key, "any"),
    time,
    onFull: choice("onFull", Object.keys(ON_FULL), options.onFull, "evict-drained"),
    clockStep,
    batchRows: whole("batchRows", options.batchRows ?? 4096, 0, ROWS_MAX),
    costParts,
    seed: options.seed
  };
}
function isGroup(input) {
  return "all" in input;
}
function setsOf(inputs, parts, unitNs) {
  if (!Array.isArray(inputs) || inputs.length === 0 || inputs.length > 64) {
    let detail = `must be a list of 1 to ${64} policies, such as [{ meter: "token-bucket", rate: "10 packets/s", burst: "20 packets" }]`;
    throw new ConfigError(
      "MISSING",
      "policies",
      Array.isArray(inputs) ? `${inputs.length} of them` : void 0,
      detail
    );
  }
  let list = inputs, names = list.map((input, index) => input.name ?? `policy ${index}`), twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== void 0) throw new ConfigError("CONFLICT", "policies", twice, "is the name of two; rename one");
  let own = list.map((input, index) => isGroup(input) ? void 0 : compiled(input, names[index], parts, unitNs)), sets = list.map((input, index) => {
    let members = isGroup(input) ? input.all.map((member) => memberOf(member, names, own, names[index])) : [index];
    return { name: names[index], own: own[index], members };
  });
  for (let set of sets) checkSlots(set, own);
  let slots = own.reduce((sum2, policy) => sum2 + (policy?.slots.length ?? 0), 0);
  if (slots <= 128) return sets;
  throw new ConfigError("RANGE", "policies", `${slots} bucket pairs`, `at most ${128} of them fit one meter`);
}
function compiled(given, name, parts, unitNs) {
  let { name: _name, ...input } = given;
  return compileNamed(input, name, parts, unitNs);
}
function compileNamed(input, name, parts, unitNs) {
  try {
    return compileEdge(input, parts, unitNs);
  } catch (error) {
    throw error instanceof ConfigError ? error.at(name) : error;
  }
}
function memberOf(member, names, own, group) {
  let index = typeof member == "number" ? member : names.indexOf(member);
  if (own[index] !== void 0) return index;
  let limits = names.filter((_, place) => own[place] !== void 0);
  throw new ConfigError("CHOICE", "all", String(member), `is none of ${listed(limits, "or")}`, group);
}
function checkSlots({ name, own, members }, policies) {
  let used = members.map((member) => policies[member]), slots = used.reduce((sum2, policy) => sum2 + policy.slots.length, 0);
  if (slots === 0 || slots > 8 || new Set(members).size < members.length) {
    let detail = `must name 1 to ${8} different limits`;
    throw new ConfigError("RANGE", "all", members.join(", "), detail, name);
  }
  if (own !== void 0) return;
  let leaving = used.find((policy) => policy.slots.some(chargesRefused));
  if (leaving === void 0) return;
  let { meter } = leaving.reading;
  throw new ConfigError(
    "CONFLICT",
    "all",
    meter,
    "charges what it refuses, so it cannot be one of several limits",
    name
  );
}
function chargesRefused({ profile }) {
  return profile.kernel === "one-bucket" ? !1 : profile.kernel !== "two-buckets" ? !0 : profile.rules.some(({ color, charges }) => color === 2 && (charges[0] || charges[1]));
}

// src/edge/inherit.ts
function inherit(meter, policy, input, how) {
  let index = typeof policy == "string" ? meter.policies.indexOf(policy) : policy, limit = meter.limits[index], name = meter.policies[index];
  if (limit === void 0 || name === void 0)
    throw new ConfigError(
      "CHOICE",
      "policy",
      String(policy),
      "is not a limit of this meter (a group follows its members)"
    );
  if (!["proportional", "as-is", "reset"].includes(how))
    throw new ConfigError("CHOICE", "inherit", how, "is none of proportional, as-is or reset");
  let next = compileNamed(input, name, meter.settings.costParts, UNIT_NS[meter.settings.time]);
  checkAlike(limit.policy, next, name);
  let { engine, layout } = meter, newest = new BigUint64Array(engine.memory.buffer, 69632, 16)[0], { firstSlot, policy: old } = limit;
  eachSlot(engine, layout, ({ state, kind }, words) => {
    let from = old.slots[kind - firstSlot];
    if (from === void 0) return;
    let to = next.slots[kind - firstSlot], flow = readFlow(layout, words, state, from, newest);
    how === "reset" ? (flow.levels = to.buckets.map(({ initialLevel }) => initialLevel), flow.isAlarmed = !1) : flow.blockedNs === 0n && (flow.levels = flow.levels.map((level, bucket) => carried(level, from.buckets[bucket], to.buckets[bucket], how))), writeFlow(layout, words, state, to, newest, flow);
  }), limit.policy = next;
  for (let [slot, profile] of next.slots.entries()) writeSlot(engine, firstSlot + slot, profile);
}
function carried(level, from, to, how) {
  let used = level < from.depthLevel ? level : from.depthLevel, debt = ceilDivide((level - used) * to.levelPerUnit, from.levelPerUnit), inUnits = ceilDivide(used * to.levelPerUnit, from.levelPerUnit), asIs = inUnits < to.depthLevel ? inUnits : to.depthLevel, inParts2 = from.depthLevel === 0n ? 0n : ceilDivide(used * to.depthLevel, from.depthLevel), sum2 = (how === "as-is" ? asIs : inParts2) + debt;
  return sum2 < to.levelMax ? sum2 : to.levelMax;
}
function ceilDivide(dividend, divisor) {
  return (dividend + divisor - 1n) / divisor;
}
function shapeOf({ slots }) {
  return slots.map(
    ({ profile, buckets }) => [profile.kernel, ...buckets.map(({ testsOwnCost }) => testsOwnCost)].join()
  ).join();
}
function checkAlike(old, next, name) {
  if (old.reading.meter === next.reading.meter && shapeOf(old) === shapeOf(next)) return;
  let detail = `has to be replaced by one with as many buckets and the same check; ${next.reading.meter} needs a meter of its own`;
  throw new ConfigError("CONFLICT", "meter", old.reading.meter, detail, name);
}

// src/edge/address.ts
function parseAddress(address) {
  let bytes = typeof address == "string" ? bytesOf2(address) : address;
  if (bytes === void 0 || bytes.length !== 4 && bytes.length !== 16)
    throw new TypeError(`address ${String(address).slice(0, 60)}: must be an IPv4 or IPv6 address, or its bytes`);
  return isMapped(bytes) ? bytes.subarray(12) : bytes;
}
function isMapped(bytes) {
  if (bytes.length !== 16) return !1;
  for (let index = 0; index < 10; index += 1) if (bytes[index] !== 0) return !1;
  return bytes[10] === 255 && bytes[11] === 255;
}
function bytesOf2(text) {
  return text.includes(":") ? ipv6(text.split("%")[0]) : ipv4(text);
}
function ipv4(text) {
  let bytes = text.split(".").map((part) => /^(?:0|[1-9]\d{0,2})$/u.test(part) ? Number(part) : 256);
  return bytes.length === 4 && bytes.every((byte) => byte < 256) ? Uint8Array.from(bytes) : void 0;
}
function ipv6(text) {
  let [head, tail, ...others] = text.split("::");
  if (others.length > 0) return;
  let before = groupsOf(head), after = tail === void 0 ? [] : groupsOf(tail);
  if (before === void 0 || after === void 0) return;
  let missing = 8 - before.length - after.length;
  if (tail === void 0 ? missing !== 0 : missing < 1) return;
  let groups = [...before, ...Array.from({ length: missing }, () => 0), ...after];
  return Uint8Array.from(groups.flatMap((group) => [group >>> 8, group & 255]));
}
function groupsOf(text) {
  if (text === "") return [];
  let groups = [], parts = text.split(":");
  for (let [index, part] of parts.entries()) {
    let quad = part.includes(".") && index === parts.length - 1 ? ipv4(part) : void 0;
    if (quad !== void 0) groups.push(quad[0] << 8 | quad[1], quad[2] << 8 | quad[3]);
    else if (/^[0-9a-f]{1,4}$/iu.test(part)) groups.push(Number.parseInt(part, 16));
    else return;
  }
  return groups;
}

// src/edge/tuple.ts
var PORT_MAX = 65535, PROTOCOL_MAX = 255;
function putTuple(tuple, target) {
  let source = parseAddress(tuple.source), destination = parseAddress(tuple.destination);
  if (source.length !== destination.length)
    throw new TypeError("5-tuple: source and destination must both be IPv4 or both be IPv6");
  target.set(source), target.set(destination, source.length);
  let at = 2 * source.length;
  return at = putWord(target, at, "sourcePort", tuple.sourcePort), at = putWord(target, at, "destinationPort", tuple.destinationPort), target[at] = checked("protocol", tuple.protocol, PROTOCOL_MAX), at + 1;
}
function putWord(target, at, name, value) {
  let word = checked(name, value, PORT_MAX);
  return target[at] = word >>> 8, target[at + 1] = word & 255, at + 2;
}
function checked(name, value, most) {
  if (Number.isInteger(value) && value >= 0 && value <= most) return value;
  throw new RangeError(`5-tuple: ${name} ${String(value)}: must be a whole number from 0 to ${most}`);
}

// src/edge/keys.ts
var ASCII_END = 128, TWO_322 = 2 ** 32, UINT64_END = 2n ** 64n;
function identityOf(kind, engine) {
  return kind === "u32" ? new SmallKeys() : new Keys(kind, engine);
}
function refusal(key, expected) {
  let text = typeof key == "object" && key !== null ? Object.prototype.toString.call(key) : String(key);
  return new TypeError(`key ${text.slice(0, 60)}: must be ${expected}`);
}
var SmallKeys = class {
  put(words, at, key) {
    if (typeof key != "number" || key >>> 0 !== key) throw refusal(key, "a whole number from 0 to 4294967295");
    words[at] = key;
  }
}, EXPECTED = {
  u64: "a whole number from 0 to 2^53 - 1 or a bigint below 2^64",
  string: "a string",
  bytes: "a Uint8Array",
  "5-tuple": "an object of protocol, source, destination, sourcePort and destinationPort",
  any: "a whole number from 0 to 2^53 - 1, a bigint below 2^64, a string or a Uint8Array"
}, Keys = class {
  #kind;
  #engine;
  #text;
  #result;
  #takesNumbers;
  #takesStrings;
  #takesBytes;
  constructor(kind, engine) {
    this.#kind = kind, this.#engine = engine, this.#text = new Uint8Array(engine.memory.buffer, 113856, 16384), this.#result = new Uint32Array(engine.memory.buffer, 70168, 2), this.#takesNumbers = kind === "u64" || kind === "any", this.#takesStrings = kind === "string" || kind === "any", this.#takesBytes = kind === "bytes" || kind === "any";
  }
  put(words, at, key) {
    if (typeof key == "string" && this.#takesStrings) this.#hash(words, at, encode(key, this.#text));
    else if (typeof key == "number" && this.#takesNumbers && key >= 0 && Number.isSafeInteger(key))
      words[at] = key, words[at + 1] = Math.floor(key / TWO_322);
    else if (typeof key == "bigint" && this.#takesNumbers && key >= 0n && key < UINT64_END)
      words[at] = Number(key & 0xffffffffn), words[at + 1] = Number(key >> 32n);
    else if (key instanceof Uint8Array && this.#takesBytes) this.#hash(words, at, copied(key, this.#text));
    else if (typeof key == "object" && this.#kind === "5-tuple")
      this.#hash(words, at, putTuple(key, this.#text));
    else throw refusal(key, EXPECTED[this.#kind]);
  }
  #hash(words, at, length) {
    this.#engine.functions.identify(length), words[at] = this.#result[0], words[at + 1] = this.#result[1];
  }
};
function copied(key, target) {
  if (key.length > target.length) throw tooLong(key.length);
  return target.set(key), key.length;
}
var encoder = new TextEncoder();
function encode(text, target) {
  let { length } = text;
  if (length > target.length) throw tooLong(length);
  for (let index = 0; index < length; index += 1) {
    let unit = text.charCodeAt(index);
    if (unit >= ASCII_END) return encodeAny(text, target);
    target[index] = unit;
  }
  return length;
}
function encodeAny(text, target) {
  let { read, written } = encoder.encodeInto(text, target);
  if (read < text.length) throw tooLong(3 * text.length);
  return written;
}
function tooLong(bytes) {
  return new RangeError(`key of up to ${bytes} bytes: must be at most ${16384}; hash it first`);
}

// src/edge/crc32.ts
var table;
function makeTable() {
  return Uint32Array.from({ length: 256 }, (_, byte) => {
    let crc = byte;
    for (let bit = 0; bit < 8; bit += 1) crc = crc >>> 1 ^ (crc & 1 ? 3988292384 : 0);
    return crc;
  });
}
function crc32(bytes) {
  table ??= makeTable();
  let crc = -1;
  for (let index = 0; index < bytes.length; index += 1) crc = crc >>> 8 ^ table[(crc ^ bytes[index]) & 255];
  return ~crc >>> 0;
}

// src/edge/snapshot.ts
var MAGIC = "WEIRSNAP", VERSION = 1, HEAD_AT = 40, CHUNK_DEFAULT = 2e6, SnapshotError = class extends Error {
  name = "SnapshotError";
};
function optionsOf({ settings, limits }) {
  let { policies, maxFlows, key, time, onFull, clockStep, batchRows, costParts } = settings;
  return {
    policies: policies.map(({ name, members }, index) => {
      let limit = limits[index];
      return limit === void 0 ? { name, all: members } : Object.assign({ name }, limit.policy.input);
    }),
    maxFlows,
    key,
    time,
    onFull,
    batchRows,
    costParts,
    ...clockStep < 1 / 0 ? { clockStep } : {}
  };
}
function headOf(meter) {
  let { buffer } = meter.engine.memory, head = {
    options: optionsOf(meter),
    neverSteps: meter.settings.clockStep === 1 / 0,
    seed: meter.seed ?? [],
    state: [...new BigUint64Array(buffer, 69632, 16)].map(String),
    counts: [...new BigUint64Array(buffer, 72704, meter.policies.length * 64 / 8)].map(String)
  }, text = JSON.stringify(head);
  return new TextEncoder().encode(text.padEnd(Math.ceil(text.length / 8) * 8 + 8));
}
function snapshotOf(meter, { maxChunk = CHUNK_DEFAULT } = {}) {
  let { engine, layout } = meter, head = alignedHead(headOf(meter)), wordsPerState = stateWords(layout), hasKinds = layout.kinds !== 0, slotBytes = 8 + 4 * wordsPerState + (hasKinds ? 1 : 0);
  if (!(maxChunk >= HEAD_AT + head.length + slotBytes))
    throw new RangeError(`maxChunk ${String(maxChunk)}: must be at least ${HEAD_AT + head.length + slotBytes} bytes`);
  let flows = Number(new BigUint64Array(engine.memory.buffer, 69632, 16)[4]), chunks = emptyChunks(flows, slotBytes, head.length, maxChunk), chunk = 0, taken = 0;
  return eachSlot(engine, layout, ({ word, state, kind }, words) => {
    taken === chunks[chunk].slots && (chunk += 1, taken = 0);
    let { words: target, kinds } = chunks[chunk], at = taken * (2 + wordsPerState);
    target[at] = words[word], target[at + 1] = words[word + 1];
    for (let index = 0; index < wordsPerState; index += 1) target[at + 2 + index] = words[state + index];
    hasKinds && (kinds[taken] = kind), taken += 1;
  }), chunks.map(({ bytes, slots }, index) => seal(bytes, slots, slotBytes, index, chunks.length, head));
}
function alignedHead(head) {
  let length = Math.ceil(head.length / 8) * 8, aligned2 = new Uint8Array(length).fill(32);
  return aligned2.set(head), aligned2;
}
function emptyChunks(flows, slotBytes, headBytes, maxChunk) {
  let chunks = [];
  for (let left = flows; left > 0 || chunks.length === 0; left -= chunks.at(-1).slots) {
    let at = HEAD_AT + (chunks.length === 0 ? headBytes : 0), slots = Math.min(left, Math.floor((maxChunk - at) / slotBytes)), wordCount = slots * (slotBytes >>> 2), bytes = new Uint8Array(at + slots * slotBytes), words = new Uint32Array(bytes.buffer, at, wordCount);
    chunks.push({ bytes, slots, words, kinds: bytes.subarray(at + 4 * wordCount) });
  }
  return chunks;
}
function seal(bytes, slots, slotBytes, index, count3, head) {
  let view = new DataView(bytes.buffer);
  for (let at = 0; at < MAGIC.length; at += 1) bytes[at] = MAGIC.charCodeAt(at);
  let words = [VERSION, 0, crc32(head), index, count3, index === 0 ? head.length : 0, slots, slotBytes];
  for (let [place, word] of words.entries()) view.setUint32(8 + 4 * place, word, !0);
  return index === 0 && bytes.set(head, HEAD_AT), view.setUint32(12, crc32(bytes.subarray(16)), !0), bytes;
}
function openChunk(bytes, place) {
  let where = `chunk ${place}`;
  if (!(bytes instanceof Uint8Array) || bytes.length < HEAD_AT || String.fromCharCode(...bytes.subarray(0, 8)) !== MAGIC)
    throw new SnapshotError(`${where}: is no snapshot of a meter`);
  let view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), [version, crc, id, index, count3, headBytes, slots, slotBytes] = Array.from(
    { length: 8 },
    (_, word) => view.getUint32(8 + 4 * word, !0)
  );
  if (version !== VERSION) throw new SnapshotError(`${where}: is of version ${version}; this package reads ${VERSION}`);
  if (!(bytes.length === HEAD_AT + headBytes + slots * slotBytes) || crc32(bytes.subarray(16)) !== crc)
    throw new SnapshotError(`${where}: is damaged (its checksum is not that of its ${bytes.length} bytes)`);
  return { bytes, id, index, count: count3, headBytes, slots, slotBytes };
}
function ordered(given) {
  if (given.length === 0) throw new SnapshotError("snapshot: has no chunks");
  let chunks = given.map(openChunk).toSorted((left, right) => left.index - right.index), { id, count: count3 } = chunks[0], foreign = chunks.find((chunk) => chunk.id !== id);
  if (foreign !== void 0) throw new SnapshotError(`chunk ${foreign.index}: belongs to another snapshot`);
  let missing = Array.from({ length: count3 }, (_, index) => index).find((index) => chunks[index]?.index !== index);
  if (missing !== void 0 || chunks.length !== count3)
    throw new SnapshotError(`snapshot: chunk ${missing ?? count3 - 1} of ${count3} is missing or given twice`);
  return chunks;
}
function restoreFrom(given, options, makeEngine) {
  let chunks = ordered(given), [first] = chunks, text = new TextDecoder().decode(first.bytes.subarray(HEAD_AT, HEAD_AT + first.headBytes)), head = JSON.parse(text), meterOptions = { ...head.options, ...head.neverSteps ? { clockStep: 1 / 0 } : {} }, meter = new Meter(settingsOf(meterOptions), makeEngine());
  meter.plant(head.seed);
  for (let chunk of chunks) fill(meter, chunk);
  let { buffer } = meter.engine.memory, state = new BigUint64Array(buffer, 69632, 16);
  for (let index = 5; index < 16; index += 1) state[index] = BigInt(head.state[index]);
  return state[0] = BigInt(head.state[0]), state[1] = BigInt(head.state[1]), new BigUint64Array(buffer, 72704, head.counts.length).set(head.counts.map(BigInt)), options.now !== void 0 && rebase(meter, state, options.now), meter;
}
function rebase(meter, state, now) {
  let words = new Uint32Array(2);
  new Times(meter.settings.time).put(words, 0, now);
  let ns = wide(words, 0);
  state[1] = BigInt.asUintN(64, state[0] - ns);
}
function fill({ engine, layout }, { bytes, headBytes, slots, slotBytes }) {
  let slotWords = slotBytes >>> 2;
  if (slots > 0 && slotWords !== 2 + stateWords(layout))
    throw new SnapshotError("snapshot: its slots have another size");
  let at = HEAD_AT + headBytes, source = new Uint32Array(bytes.slice(at, at + 4 * slotWords * slots).buffer), kinds = bytes.subarray(at + 4 * slotWords * slots), words = new Uint32Array(engine.memory.buffer);
  for (let slot = 0; slot < slots; slot += 1) {
    let from = slot * slotWords, state = engine.functions.place(source[from], source[from + 1], kinds[slot] ?? 0) >>> 2;
    for (let word = 2; word < slotWords; word += 1) words[state + word - 2] = source[from + word];
  }
}

// src/edge/shard.ts
var TWO_323 = 2 ** 32, SHARDS_MAX = 1e6, TUPLE_BYTES_MAX = 37;
function shardOf(key, kind, shards) {
  if (!(Number.isInteger(shards) && shards >= 1 && shards <= SHARDS_MAX))
    throw new RangeError(`shards ${String(shards)}: must be a whole number from 1 to ${SHARDS_MAX}`);
  let seed = murmur(bytesOf3(key, kind)), shard = -1, next = 0;
  for (; next < shards; )
    shard = next, seed ^= seed << 13, seed ^= seed >>> 17, seed ^= seed << 5, next = Math.floor((shard + 1) * (TWO_323 / ((seed >>> 0) + 1)));
  return shard;
}
function bytesOf3(key, kind) {
  if (key instanceof Uint8Array) return key;
  if (typeof key == "string") {
    let bytes2 = new Uint8Array(3 * key.length);
    return bytes2.subarray(0, encode(key, bytes2));
  }
  if (typeof key == "object") {
    let bytes2 = new Uint8Array(TUPLE_BYTES_MAX);
    return bytes2.subarray(0, putTuple(key, bytes2));
  }
  if (kind === "string" || kind === "bytes" || kind === "5-tuple")
    throw new TypeError(`key ${String(key)}: must be of kind ${kind}`);
  let bytes = new Uint8Array(8);
  return new DataView(bytes.buffer).setBigUint64(0, BigInt(key), !0), bytes;
}
function murmur(bytes) {
  let hash = 0, whole2 = bytes.length & -4;
  for (let at = 0; at < whole2; at += 4) {
    let word = bytes[at] | bytes[at + 1] << 8 | bytes[at + 2] << 16 | bytes[at + 3] << 24;
    hash ^= scramble(word), hash = Math.imul(hash << 13 | hash >>> 19, 5) + 3864292196;
  }
  let tail = 0;
  for (let at = bytes.length - 1; at >= whole2; at -= 1) tail = tail << 8 | bytes[at];
  return hash ^= scramble(tail) ^ bytes.length, hash = Math.imul(hash ^ hash >>> 16, 2246822507), hash = Math.imul(hash ^ hash >>> 13, 3266489909), hash ^= hash >>> 16, hash === 0 ? 1 : hash;
}
function scramble(word) {
  let mixed = Math.imul(word, 3432918353);
  return Math.imul(mixed << 15 | mixed >>> 17, 461845907);
}

// src/edge/stats.ts
function statsOf({ engine, settings, policies }) {
  let { buffer } = engine.memory, state = new BigUint64Array(buffer, 69632, 16), count3 = (index) => Number(state[index]);
  return {
    engine: engine.name,
    flows: count3(4),
    maxFlows: settings.maxFlows,
    memoryBytes: buffer.byteLength,
    inserted: count3(5),
    evicted: count3(6),
    forgotten: count3(7),
    untracked: count3(8),
    regressions: count3(9),
    clockSteps: count3(10),
    blocked: count3(11),
    saturated: count3(12),
    policies: policies.map((name, index) => policyStats(buffer, name, index, settings.costParts))
  };
}
function policyStats(buffer, name, index, parts) {
  let counts = new BigUint64Array(buffer, 72704 + index * 64, 64 / 8), of = (color) => ({
    calls: Number(counts[0 / 8 + color]),
    cost: Number(counts[24 / 8 + color]) / parts
  });
  return { name, green: of(0), yellow: of(1), red: of(2) };
}

// src/edge/meter.ts
function createDecision() {
  return {
    allowed: !1,
    color: 2,
    limit: 0,
    remaining: 0,
    retryAfter: 0,
    resetAfter: 0,
    tracked: !0,
    blocked: !1
  };
}
var Meter = class {
  policies;
  settings;
  layout;
  engine;
  /** Of each limit: its first slot, and what its slots run; undefined for groups. */
  limits;
  /** Undefined until it is drawn. */
  seed;
  #functions;
  #result;
  /** Key and time of a call: two words each, and the time as a double. */
  #arguments;
  #nowArgument;
  #decide;
  #allow;
  /** Keys are numbers of 32 bits, costs whole numbers. */
  #isPlain;
  #own = createDecision();
  /** The caller's time that is the meter's newest; NaN: none is known to be. */
  #now = NaN;
  #timeEnd;
  #keys;
  #times;
  #parts;
  #batch;
  /** The largest cost of a fresh key by policy. */
  #most = [];
  /** The same of policies that have a fast way; undefined: this one has none. */
  #usualMost = [];
  #isReady = !1;
  /** A meter of settings that were checked (options.ts), over an engine of its own. */
  constructor(settings, engine) {
    this.settings = settings, this.engine = engine, this.policies = settings.policies.map(({ name }) => name);
    let slots = 0;
    this.limits = settings.policies.map(({ own }) => {
      if (own === void 0) return;
      let firstSlot = slots;
      return slots += own.slots.length, { firstSlot, policy: own };
    });
    let isCompact = this.limits.flatMap((limit) => limit?.policy.slots ?? []).every((slot) => slot.isCompact);
    this.layout = layoutOf(settings.maxFlows, settings.batchRows, isCompact, slots > 1);
    let { table: table2, blocks, kinds, end } = this.layout;
    if (this.#functions = engine.functions, this.#decide = engine.functions.decide, this.#allow = engine.functions.allow, this.#isPlain = settings.key === "u32" && settings.costParts === 1, !this.#functions.layOut(table2, blocks, isCompact ? 1 : 0, kinds, end, ON_FULL[settings.onFull]))
      throw new RangeError(`maxFlows ${settings.maxFlows}: its ${end} bytes are not to be had`);
    let { buffer } = engine.memory;
    this.#result = new Float64Array(buffer, 70144, 7), this.#arguments = new Int32Array(buffer, 113792, 4), this.#nowArgument = new Float64Array(buffer, 113800, 1), this.#keys = identityOf(settings.key, engine), this.#times = new Times(settings.time), this.#timeEnd = this.#times.end, this.#parts = settings.costParts, this.#writeState();
    let isFast = isCompact && settings.policies.every(({ members }) => this.slotsOf(members).length === 1);
    writeColumns(engine, this.layout, settings, isFast), this.#batch = new EdgeBatch(engine, this.layout, settings, this.#keys), this.#writePolicies(), settings.seed !== void 0 && this.plant(settings.seed);
  }
  /** The slots that a call under these limits goes through. */
  slotsOf(members) {
    return members.flatMap((member) => {
      let { firstSlot, policy } = this.limits[member];
      return policy.slots.map((_, index) => firstSlot + index);
    });
  }
  #writeState() {
    let state = new BigUint64Array(this.engine.memory.buffer, 69632, 16), { clockStep, maxFlows } = this.settings, stepNs = clockStep * this.#times.unitNs;
    state[2] = stepNs < 2 ** 63 ? BigInt(Math.floor(stepNs)) : 2n ** 64n - 1n, state[3] = BigInt(maxFlows), state[13] = BigInt(this.#times.unitNs), new Float64Array(state.buffer, 69632, 16)[15] = this.#times.end;
  }
  #writePolicies() {
    for (let limit of this.limits)
      for (let [index, slot] of limit?.policy.slots.entries() ?? [])
        writeSlot(this.engine, limit.firstSlot + index, slot);
    for (let [index, { members }] of this.settings.policies.entries())
      writePolicy(this.engine, index, this.slotsOf(members));
    this.#writeMost();
  }
  /** What follows from policies and secret together. */
  writeFastWays() {
    for (let [index, { members }] of this.settings.policies.entries()) {
      let [slot, ...others] = this.slotsOf(members), of = this.limits[members[0]].policy.slots[0], isFast = writeFast(this.engine, this.layout, index, slot, others.length === 0 ? of : void 0);
      this.#usualMost[index] = isFast ? this.#most[index] : void 0;
    }
    this.engine.refresh();
  }
  #writeMost() {
    for (let index of this.policies.keys()) this.#most[index] = this.#functions.most(index) / this.#parts;
  }
  /** Sets the secret: given, or drawn by the first call. */
  plant(seed) {
    if (seed.length !== 4 || seed.some((word) => word >>> 0 !== word))
      throw new RangeError("seed: must be four whole numbers from 0 to 4294967295");
    this.seed = [...seed], writeSecret(this.engine, this.seed, this.settings.key === "u32"), this.writeFastWays(), this.#isReady = !0;
  }
  #drawSeed() {
    if (globalThis.crypto === void 0)
      throw new RangeError("seed: this runtime has no crypto to draw it from; give one");
    this.plant([...globalThis.crypto.getRandomValues(new Uint32Array(4))]);
  }
  decide(key, now, cost = 1, policy = 0, colorIn = 0) {
    return this.decideInto(createDecision(), key, now, cost, policy, colorIn);
  }
  decideInto(out, key, now, cost = 1, policy = 0, colorIn = 0) {
    let limit = this.#usualMost[policy];
    if ((now === this.#now || this.#moves(now)) && limit !== void 0 && this.#isPlain === !0 && typeof key == "number" && key >>> 0 === key && cost >>> 0 === cost) {
      if (this.#decide(key | 0, 0, cost, policy) !== 0)
        return this.#put(out, this.#functions.decideNow(key | 0, 0, cost, policy), limit);
      let result = this.#result;
      return out.allowed = !0, out.color = 0, out.limit = limit, out.remaining = result[0], out.retryAfter = 0, out.resetAfter = result[2], out.tracked = !0, out.blocked = !1, out;
    }
    return this.#decideAny(out, key, now, cost, policy, colorIn);
  }
  /** A call of any kind, at any time. */
  #decideAny(out, key, now, cost, policy, colorIn) {
    let most = this.#mostOf(policy), units = this.#units(cost), call = policy | colorIn << 8, words = this.#arguments;
    if (now !== this.#now)
      return this.#begin(key, now), this.#put(out, this.#functions.decideNs(units, call), most);
    this.#keys.put(words, 0, key);
    let isUsual = this.#usualMost[policy] !== void 0 && this.#decide(words[0], words[1], units, policy) === 0, answer = isUsual ? 0 : this.#functions.decideNow(words[0], words[1], units, call);
    return isUsual && (this.#result[1] = 0), this.#put(out, answer, most);
  }
  /** Makes `now` the meter's newest time where that is nothing unusual. */
  #moves(now) {
    return this.#now = NaN, typeof now != "number" || !(now >= 0 && now < this.#timeEnd) || (this.#nowArgument[0] = now, this.#functions.moves() === 0) ? !1 : (this.#now = now, !0);
  }
  allows(key, now, cost = 1, policy = 0, colorIn = 0) {
    return (now === this.#now || this.#moves(now)) && this.#usualMost[policy] !== void 0 && this.#isPlain === !0 && typeof key == "number" && key >>> 0 === key && cost >>> 0 === cost ? this.#allow(key | 0, 0, cost, policy) === 0 ? !0 : (this.#functions.decideNow(key | 0, 0, cost, policy) & 3) !== 2 : this.#decideAny(this.#own, key, now, cost, policy, colorIn).allowed;
  }
  peek(key, now, cost = 1, policy = 0, colorIn = 0) {
    return this.peekInto(createDecision(), key, now, cost, policy, colorIn);
  }
  peekInto(out, key, now, cost = 1, policy = 0, colorIn = 0) {
    let most = this.#mostOf(policy);
    this.#begin(key, now);
    let call = policy | colorIn << 8;
    return this.#put(out, this.#functions.peek(this.#units(cost), call), most);
  }
  /** A color is one of three; `answer & ANSWER_COLOR_MASK` is never 3. */
  #put(out, answer, most) {
    let color = answer & 3, result = this.#result;
    out.allowed = color !== 2, out.color = color, out.limit = most;
    let remaining = result[0];
    return out.remaining = this.#parts === 1 ? remaining : remaining / this.#parts, out.retryAfter = result[1], out.resetAfter = result[2], out.tracked = (answer & 4) === 0, out.blocked = (answer & 8) !== 0, out;
  }
  /** Writes the arguments of a call, its time in nanoseconds. */
  #begin(key, now) {
    this.#isReady || this.#drawSeed(), this.#now = NaN, this.#times.put(this.#arguments, 2, now), this.#keys.put(this.#arguments, 0, key);
  }
  #mostOf(policy) {
    let most = this.#most[policy];
    if (most !== void 0) return most;
    throw new RangeError(`policy ${String(policy)}: must be a whole number from 0 to ${this.policies.length - 1}`);
  }
  #units(cost) {
    return cost >>> 0 === cost && this.#parts === 1 ? cost : unitsOf(cost, this.#parts);
  }
  refund(key, amount, now, policy = 0, color = 0) {
    this.#checkCharged(policy, color), this.#begin(key, now);
    let call = policy | color << 8;
    this.#functions.refund(this.#units(amount), call);
  }
  charge(key, amount, now, policy = 0, color = 0) {
    this.#checkCharged(policy, color), this.#begin(key, now);
    let call = policy | color << 8;
    return this.#functions.charge(this.#units(amount), call) !== 0;
  }
  #checkCharged(policy, color) {
    this.#mostOf(policy);
    let { members } = this.settings.policies[policy];
    if (!members.flatMap((member) => this.limits[member].policy.slots).some(({ profile }) => chargedAt(profile, color) !== 0))
      throw new RangeError(`color ${String(color)}: ${this.policies[policy]} charges no call of this color`);
  }
  block(key, until, policy = 0) {
    this.#mostOf(policy);
    let isForever = until === 1 / 0;
    return this.#begin(key, isForever ? 0 : until), this.#functions.block(isForever ? 1 : 0, policy) !== 0;
  }
  reset(key, policy = 0) {
    this.#mostOf(policy), this.#begin(key, 0), this.#functions.reset(policy);
  }
  setPolicy(policy, input, how, now) {
    this.#now = NaN, this.#times.put(this.#arguments, 2, now), this.#functions.sweep(0), inherit(this, policy, input, how), this.#writeMost(), this.writeFastWays();
  }
  sweep(now, maxPlaces = 1 / 0) {
    if (!(maxPlaces >= 0)) throw new RangeError(`maxPlaces ${String(maxPlaces)}: must be a number from 0 on`);
    this.#now = NaN, this.#times.put(this.#arguments, 2, now);
    let places = slotsPerBlock(this.layout.isCompact), blocks = Math.min(Math.ceil(maxPlaces / places), this.layout.blocks);
    return this.#functions.sweep(blocks) >>> 0;
  }
  stats() {
    return statsOf(this);
  }
  entries() {
    return entriesOf(this);
  }
  flows() {
    return this.entries();
  }
  shardOf(key, shards) {
    return shardOf(key, this.settings.key, shards);
  }
  batch(rows) {
    return this.#batch.of(rows);
  }
  run(batch, count3, options) {
    return this.#isReady || this.#drawSeed(), this.#now = NaN, this.#batch.run(batch, count3, options);
  }
  decideColumns(columns, out, options) {
    return this.#isReady || this.#drawSeed(), this.#now = NaN, this.#batch.runColumns(columns, out, options);
  }
  snapshot(options) {
    return this.#isReady || this.#drawSeed(), snapshotOf(this, options);
  }
};

// src/edge/create.ts
function libraryOf(engines) {
  return {
    createMeter: (options) => new Meter(settingsOf(options), makerOf(engines, options.engine)()),
    restoreMeter: (chunks, options = {}) => restoreFrom(chunks instanceof Uint8Array ? [chunks] : chunks, options, makerOf(engines, options.engine))
  };
}
function makerOf(engines, name = "auto") {
  let maker = name === "auto" ? engines.wasm ?? engines.js : engines[name];
  if (maker !== void 0) return maker;
  let way = name === "js" ? "import from weir-meter/js" : "write wasm, js or auto, or import from weir-meter";
  throw new ConfigError("CHOICE", "engine", name, `is not in this entry of the package; ${way}`);
}

// src/edge/entry.node.ts
import { readFileSync } from "node:fs";

// src/engine-js/units.ts
function unitsRuleOf(costRule) {
  return costRule.cost === "packets" ? { lengthFactor: 0, addend: 1, least: 1 } : { lengthFactor: 1, addend: costRule.overheadBytes, least: Math.max(costRule.minLengthBytes, 0) };
}

// src/edge/js/counters.ts
var NEWEST = 69632 / 4 + 0, OFFSET = 69632 / 4 + 2, END_HI = 2 ** 26;
function count(words, at, amount) {
  let lo = words[at] + amount;
  words[at] = lo, lo > 4294967295 && (words[at + 1] = words[at + 1] + 1);
}
function countState(words, index, amount = 1) {
  count(words, 69632 / 4 + 2 * index, amount);
}
var Clock = class {
  /** The meter's time of the call at hand. */
  lo = 0;
  hi = 0;
  /** Ns by which the call lies before the meter's clock. */
  lagNs = 0n;
  #words;
  #isCompact;
  #rebase;
  /** `rebase` brings all states to a new time 0. */
  constructor(words, isCompact, rebase2) {
    this.#words = words, this.#isCompact = isCompact, this.#rebase = rebase2, putWide(words, NEWEST, 2n ** 64n - 1n);
  }
  get time() {
    return BigInt(this.hi) << 32n | BigInt(this.lo);
  }
  get newest() {
    return wide(this.#words, NEWEST);
  }
  get isStarted() {
    return this.#words[69632 / 4 + 28] !== 0;
  }
  /** Sets `lo` and `hi` for a call at the caller's ns; the clock goes on. */
  advance(nsLo, nsHi) {
    this.moves(nsLo, nsHi) || this.#put(this.#advanceUnusually(BigInt(nsHi) << 32n | BigInt(nsLo)));
  }
  /** The same where it is nothing unusual; else answers false, and nothing was done. */
  moves(nsLo, nsHi) {
    let words = this.#words, lo = nsLo + words[OFFSET], timeLo = lo >>> 0, timeHi = nsHi + words[OFFSET + 1] + (lo > 4294967295 ? 1 : 0) >>> 0, newestHi = words[NEWEST + 1];
    return (timeHi > newestHi || timeHi === newestHi && timeLo >= words[NEWEST]) && timeHi < END_HI ? (words[NEWEST] = timeLo, words[NEWEST + 1] = timeHi, this.lo = timeLo, this.hi = timeHi, this.lagNs = 0n, !0) : !1;
  }
  #put(time) {
    this.lo = Number(time & 0xffffffffn), this.hi = Number(time >> 32n);
  }
  #advanceUnusually(ns) {
    if (!this.isStarted) return this.start(ns);
    let { newest } = this, offset = wide(this.#words, OFFSET), time = BigInt.asUintN(64, ns + offset);
    return BigInt.asIntN(64, time - newest) >= 0n ? (this.lagNs = 0n, this.#isCompact ? (this.#rebase(newest, time), this.start(ns)) : (putWide(this.#words, NEWEST, time), time)) : (countState(this.#words, 9), this.lagNs = BigInt.asUintN(64, newest - time), this.lagNs > wide(this.#words, 69632 / 4 + 4) && (putWide(this.#words, OFFSET, BigInt.asUintN(64, offset + this.lagNs)), countState(this.#words, 10), this.lagNs = 0n), newest);
  }
  /** The meter's time 0 is the caller's `ns`. */
  start(ns) {
    return this.lagNs = 0n, this.#words[69632 / 4 + 28] = 1, putWide(this.#words, OFFSET, BigInt.asUintN(64, -ns)), putWide(this.#words, NEWEST, 0n), 0n;
  }
  /** Sets `lo` and `hi` for a look at the caller's ns, which changes nothing. */
  look(nsLo, nsHi) {
    if (this.lagNs = 0n, !this.isStarted) return this.#put(0n);
    let { newest } = this, time = BigInt.asUintN(64, (BigInt(nsHi) << 32n | BigInt(nsLo)) + wide(this.#words, OFFSET));
    if (BigInt.asIntN(64, time - newest) >= 0n) return this.#put(time);
    let lagNs = BigInt.asUintN(64, newest - time);
    lagNs <= wide(this.#words, 69632 / 4 + 4) && (this.lagNs = lagNs), this.#put(newest);
  }
  /** Sets `lo` and `hi` to the newest time. */
  stand() {
    this.lo = this.#words[NEWEST], this.hi = this.#words[NEWEST + 1], this.lagNs = 0n;
  }
  /** The meter's time of the caller's ns, less the newest; below 0 in the past. */
  ahead(ns) {
    return BigInt.asIntN(64, ns + wide(this.#words, OFFSET) - this.newest);
  }
};

// src/engine-js/exact/bucket.ts
var Bucket = class {
  drainPerNs;
  testLevel;
  initialLevel;
  #levelPerUnit;
  #testsOwnCost;
  #largestCost;
  #lengthFactor;
  #addend;
  #least;
  constructor(profile) {
    let { costRule } = profile, isBytes = costRule.cost === "bytes";
    this.drainPerNs = profile.drainPerNs, this.testLevel = profile.testLevel, this.initialLevel = profile.initialLevel, this.#levelPerUnit = profile.levelPerUnit, this.#testsOwnCost = profile.testsOwnCost, this.#largestCost = profile.unitsMax * profile.levelPerUnit, this.#lengthFactor = isBytes ? 1n : 0n, this.#addend = isBytes ? BigInt(costRule.overheadBytes) : 1n, this.#least = isBytes ? BigInt(Math.max(costRule.minLengthBytes, 0)) : 1n;
  }
  /** Level steps that a packet costs. */
  costOf(lengthBytes) {
    let units = BigInt(lengthBytes) * this.#lengthFactor + this.#addend;
    return (units > this.#least ? units : this.#least) * this.#levelPerUnit;
  }
  /** The level after so much time. */
  lowered(level, elapsedNs) {
    let left = level - this.drainPerNs * elapsedNs;
    return left > 0n ? left : 0n;
  }
  /** Whether a cost fits on top of a level. Equality conforms. */
  fits(level, cost) {
    return cost <= this.#largestCost && this.#tested(level, cost) <= this.testLevel;
  }
  /** Level steps by which the level is too high for a cost: 0 when it fits, null when it never can. */
  excess(level, cost) {
    if (!this.fits(0n, cost)) return null;
    let excess = this.#tested(level, cost) - this.testLevel;
    return excess > 0n ? excess : 0n;
  }
  #tested(level, cost) {
    return this.#testsOwnCost ? level + cost : level;
  }
};
function waitOf(steps, drainPerNs) {
  return steps === null ? null : steps <= 0n ? 0n : drainPerNs === 0n ? null : (steps + drainPerNs - 1n) / drainPerNs;
}

// src/engine-js/exact/slotprogram.ts
var REFUSED = { color: 2, charges: [!1, !1], reason: 0 }, REFUSED_AND_CHARGED = { color: 2, charges: [!0, !1], reason: 0 }, CHARGED = { color: 0, charges: [!0, !1], reason: null };
function oneBucketRules(chargesRefused2) {
  let refused = chargesRefused2 ? REFUSED_AND_CHARGED : REFUSED, four = [refused, refused, CHARGED, CHARGED];
  return [...four, ...four, ...four];
}

// src/engine-js/exact/bucketslot.ts
var BucketSlot = class {
  rules;
  #first;
  #second;
  #isCoupled;
  constructor(buckets, rules, isCoupled) {
    let [first, second] = buckets;
    this.#first = new Bucket(first), this.#second = second === void 0 ? null : new Bucket(second), this.#isCoupled = isCoupled, this.rules = rules;
  }
  begin(nowNs) {
    let [level0, level1] = [this.#first.initialLevel, this.#second?.initialLevel ?? 0n];
    return { lastNs: nowNs, level0, level1, isAlarmed: !1, share: null };
  }
  advance(entry, nowNs) {
    let elapsedNs = nowNs - entry.lastNs;
    if (elapsedNs !== 0n) {
      if (this.#second !== null) {
        let beyond = this.#first.drainPerNs * elapsedNs - entry.level0, passedOn = this.#isCoupled && beyond > 0n ? beyond : 0n, level1 = this.#second.lowered(entry.level1, elapsedNs) - passedOn;
        entry.level1 = level1 > 0n ? level1 : 0n;
      }
      entry.level0 = this.#first.lowered(entry.level0, elapsedNs), entry.lastNs = nowNs;
    }
  }
  isDrained(entry) {
    return entry.level0 === 0n && entry.level1 === 0n;
  }
  fits(entry, lengthBytes) {
    return this.#fitting(entry.level0, entry.level1, lengthBytes);
  }
  fitsDrained(lengthBytes) {
    return this.#fitting(0n, 0n, lengthBytes);
  }
  waits(entry, lengthBytes) {
    let first = this.#first, wait0 = waitOf(first.excess(entry.level0, first.costOf(lengthBytes)), first.drainPerNs);
    if (this.#second === null) return [wait0, null];
    let excess1 = this.#second.excess(entry.level1, this.#second.costOf(lengthBytes)), alone = waitOf(excess1, this.#second.drainPerNs);
    if (!this.#isCoupled || excess1 === null || excess1 === 0n) return [wait0, alone];
    let together = waitOf(excess1 + entry.level0, first.drainPerNs + this.#second.drainPerNs);
    return [wait0, alone === null || together !== null && together < alone ? together : alone];
  }
  charge(entry, lengthBytes, buckets) {
    (buckets & 1) !== 0 && (entry.level0 += this.#first.costOf(lengthBytes)), this.#second !== null && (buckets & 2) !== 0 && (entry.level1 += this.#second.costOf(lengthBytes));
  }
  levels(entry) {
    return [entry.level0, entry.level1];
  }
  #fitting(level0, level1, lengthBytes) {
    let fits0 = this.#first.fits(level0, this.#first.costOf(lengthBytes)) ? 1 : 0, fits1 = this.#second?.fits(level1, this.#second.costOf(lengthBytes)) === !0 ? 2 : 0;
    return fits0 | fits1;
  }
};

// src/engine-js/exact/counterslot.ts
var CounterSlot = class {
  rules = oneBucketRules(!0);
  #bucket;
  #capLevel;
  /** An alarm ends when the level has drained to this; null: there are no alarms. */
  #clearLevel;
  constructor(profile) {
    this.#bucket = new Bucket(profile.buckets[0]), this.#capLevel = profile.capLevel, this.#clearLevel = profile.kernel === "event-counter" ? profile.clearLevel : null;
  }
  begin(nowNs) {
    return { lastNs: nowNs, level0: this.#bucket.initialLevel, level1: 0n, isAlarmed: !1, share: null };
  }
  advance(entry, nowNs) {
    entry.level0 = this.#bucket.lowered(entry.level0, nowNs - entry.lastNs), entry.lastNs = nowNs;
  }
  /** Drained to 0 is at most the clear level: the alarm is over as well. */
  isDrained(entry) {
    return entry.level0 === 0n;
  }
  fits(entry, lengthBytes) {
    return !this.#isHeld(entry) && this.#bucket.fits(entry.level0, this.#bucket.costOf(lengthBytes)) ? 1 : 0;
  }
  fitsDrained(lengthBytes) {
    return this.#bucket.fits(0n, this.#bucket.costOf(lengthBytes)) ? 1 : 0;
  }
  waits(entry, lengthBytes) {
    let { drainPerNs } = this.#bucket, untilRoom = waitOf(this.#bucket.excess(entry.level0, this.#bucket.costOf(lengthBytes)), drainPerNs);
    if (!this.#isHeld(entry) || this.#clearLevel === null) return [untilRoom, null];
    let untilClear = waitOf(entry.level0 - this.#clearLevel, drainPerNs);
    return untilRoom === null || untilClear === null ? [null, null] : [untilRoom > untilClear ? untilRoom : untilClear, null];
  }
  charge(entry, lengthBytes) {
    this.#clearLevel !== null && (entry.isAlarmed = this.fits(entry, lengthBytes) === 0);
    let charged = entry.level0 + this.#bucket.costOf(lengthBytes);
    entry.level0 = charged < this.#capLevel ? charged : this.#capLevel;
  }
  levels(entry) {
    return [entry.level0, entry.isAlarmed ? 1n : 0n];
  }
  #isHeld(entry) {
    return entry.isAlarmed && this.#clearLevel !== null && entry.level0 > this.#clearLevel;
  }
};

// src/edge/js/program.ts
var UNLIMITED = 2n ** 64n - 1n;
function programOf(of) {
  let { profile, buckets } = of, beginsDrained = buckets.every(({ initialLevel }) => initialLevel === 0n);
  if (profile.kernel === "turner" || profile.kernel === "event-counter")
    return { of, program: new CounterSlot(profile), beginsDrained };
  let rules = profile.kernel === "two-buckets" ? profile.rules : oneBucketRules(!1), isCoupled = profile.kernel === "two-buckets" && profile.isCoupled;
  return { of, program: new BucketSlot(buckets, rules, isCoupled), beginsDrained };
}
function readHeld(form, words, state, { of }, nowNs) {
  let { levels, isAlarmed, blockedNs } = readFlow(form, words, state, of, nowNs);
  return { entry: { lastNs: nowNs, level0: levels[0], level1: levels[1] ?? 0n, isAlarmed, share: null }, blockedNs };
}
function writeHeld(form, words, state, { of }, entry) {
  let levels = of.buckets.length === 1 ? [entry.level0] : [entry.level0, entry.level1];
  writeFlow(form, words, state, of, entry.lastNs, { levels, isAlarmed: entry.isAlarmed, blockedNs: 0n });
}
function drainedIn({ of: { profile, buckets } }, { level0, level1 }) {
  let [first, second] = buckets, until0 = timeToDrain(level0, first.drainPerNs);
  if (second === void 0) return until0;
  let until1 = timeToDrain(level1, second.drainPerNs);
  if (profile.kernel === "two-buckets" && profile.isCoupled && level1 !== 0n) {
    let together = timeToDrain(level1 + level0, first.drainPerNs + second.drainPerNs);
    until1 = until1 === null || together !== null && together < until1 ? together : until1;
  }
  return longer(until0, until1);
}
function timeToDrain(steps, drainPerNs) {
  return steps === 0n ? 0n : drainPerNs === 0n ? null : (steps + drainPerNs - 1n) / drainPerNs;
}
function longer(left, right) {
  return left === null || right === null ? null : left > right ? left : right;
}
function remainingIn({ of: { profile, buckets } }, entry, colorIn) {
  let [first, second] = buckets, left0 = remainingOf(first, entry.level0);
  if (profile.kernel === "event-counter") return entry.isAlarmed && entry.level0 > profile.clearLevel ? 0n : left0;
  if (profile.kernel !== "two-buckets") return left0;
  let left1 = remainingOf(second, entry.level1), isRed = (fits) => profile.rules[4 * colorIn + fits].color === 2;
  return left0 !== left1 && !isRed(left0 > left1 ? 2 : 1) ? left0 > left1 ? left0 : left1 : isRed(3) ? 0n : left0 < left1 ? left0 : left1;
}
function remainingOf({ testLevel, testsOwnCost, levelPerUnit, unitsMax, costRule }, level) {
  if (level > testLevel) return 0n;
  let isCounted = costRule.cost === "packets", overhead = isCounted ? 1n : BigInt(costRule.overheadBytes), least = isCounted ? 0n : BigInt(Math.max(0, costRule.minLengthBytes));
  if (!testsOwnCost) {
    let cost = (isCounted ? 1n : 1n + overhead > least ? 1n + overhead : least) * levelPerUnit;
    return (testLevel - level) / (cost > 1n ? cost : 1n) + 1n;
  }
  let fitting = (testLevel - level) / levelPerUnit, units = fitting < unitsMax ? fitting : unitsMax;
  return isCounted ? units >= 1n ? UNLIMITED : 0n : least > units ? 0n : units > overhead ? units - overhead : 0n;
}

// src/edge/js/adjust.ts
var REACH_NS = 2n ** BigInt(57), BLOCKED2 = 2n ** 63n, FINISH_NEVER2 = BLOCKED2 - 1n, LAST_NEVER2 = 2n ** 64n - 1n, Adjustments = class {
  #parts;
  #calls;
  #nextBlock = 0;
  constructor(parts, calls) {
    this.#parts = parts, this.#calls = calls;
  }
  /** Adds to the buckets that a call of this color is charged to. False when a new key finds no room. */
  charge(keyLo, keyHi, units, policy, color) {
    let places = this.#calls.lookUp(keyLo, keyHi, policy);
    for (let { program, kind, entry } of places) {
      let charged = this.#charged(kind, color), [first, second] = program.of.buckets;
      (charged & 4) !== 0 && (entry.level0 = this.#raised(first, entry.level0, units)), (charged & 8) !== 0 && (entry.level1 = this.#raised(second, entry.level1, units));
    }
    return this.#calls.keepAll(places) ? !0 : (countState(this.#parts.words, 8), !1);
  }
  #charged(kind, color) {
    return this.#parts.bytes[76928 + kind * 256 + 248 + color];
  }
  #raised(bucket, level, amount) {
    let sum2 = level + costOf2(bucket, amount);
    return sum2 <= bucket.levelMax ? sum2 : (countState(this.#parts.words, 12), level > bucket.levelMax ? level : bucket.levelMax);
  }
  /** Takes back from the buckets that a call of this color is charged to. */
  refund(keyLo, keyHi, units, policy, color) {
    let places = this.#calls.lookUp(keyLo, keyHi, policy);
    for (let { program, kind, entry, state } of places) {
      if (state === 0) continue;
      let charged = this.#charged(kind, color), [first, second] = program.of.buckets;
      (charged & 4) !== 0 && (entry.level0 = lowered2(entry.level0, costOf2(first, units))), (charged & 8) !== 0 && (entry.level1 = lowered2(entry.level1, costOf2(second, units)));
    }
    this.#calls.keepAll(places);
  }
  /** Refuses the key until the caller's `ns`, or for ever (null), and until it is drained. */
  block(keyLo, keyHi, ns, policy) {
    let { clock, words } = this.#parts;
    clock.isStarted || clock.start(ns !== null && ns > REACH_NS ? ns - REACH_NS : 0n);
    let forNs = ns === null ? null : clock.ahead(ns);
    if (forNs !== null && forNs <= 0n) return !0;
    clock.stand();
    let places = this.#calls.lookUp(keyLo, keyHi, policy), known = places.map(({ state }) => state !== 0);
    if (!this.#calls.makeRoomForAll(places, () => !0))
      return countState(words, 8), !1;
    for (let [index, place] of places.entries()) {
      let drained2 = known[index] ? drainedIn(place.program, place.entry) : 0n;
      this.#writeBlock(place, longer(forNs, longer(place.blockedNs, drained2)));
    }
    return !0;
  }
  #writeBlock({ state, program }, blockedNs) {
    let { words, clock, isCompact } = this.#parts, end = blockedNs === null ? null : clock.newest + blockedNs;
    if (isCompact) {
      let finish = end === null ? FINISH_NEVER2 : end * program.of.buckets[0].drainPerNs;
      putWide(words, state, BLOCKED2 | (finish < FINISH_NEVER2 ? finish : FINISH_NEVER2));
      return;
    }
    putWide(words, state, end ?? LAST_NEVER2), putWide(words, state + 2, 0n), putWide(words, state + 4, 0n);
  }
  /** The key starts afresh. */
  reset(keyLo, keyHi, policy) {
    let { table: table2 } = this.#parts;
    for (let kind of this.#calls.kindsOf(policy))
      table2.setWord(keyLo, keyHi, kind), table2.removeWord(table2.wordLo, table2.wordHi);
  }
  /** Drops drained flows from the next blocks; answers how many. */
  sweep(count3) {
    let { table: table2, blocks, words } = this.#parts, dropped = 0;
    for (let left = Math.min(count3, blocks); left > 0; left -= 1) {
      let block = table2.blockAt(this.#nextBlock);
      for (let index = 0; index < table2.slotsPerBlock; index += 1)
        for (; table2.isTaken(block, index) && this.#calls.leavesIn(block, index) === 0n; )
          table2.removeAt(block, index), dropped += 1;
      this.#nextBlock = this.#nextBlock + 1 === blocks ? 0 : this.#nextBlock + 1;
    }
    return countState(words, 6, dropped), dropped;
  }
  /** All states of a compact table drained from the meter's `newest` to its `time`, which is 0 from here on. */
  rebase(newest, time) {
    let { table: table2, blocks, words, programs } = this.#parts, elapsedNs = time - newest;
    for (let number = 0; number < blocks; number += 1) {
      let block = table2.blockAt(number);
      for (let index = 0; index < table2.slotsPerBlock; index += 1) {
        if (!table2.isTaken(block, index)) continue;
        let state = table2.stateAt(block, index), program = programs[table2.kindOf(block, index)], { entry, blockedNs } = readHeld({ isCompact: !0 }, words, state, program, newest);
        if (blockedNs === null) continue;
        let { drainPerNs } = program.of.buckets[0];
        if (blockedNs > elapsedNs) {
          putWide(words, state, BLOCKED2 | (blockedNs - elapsedNs) * drainPerNs);
          continue;
        }
        let level0 = lowered2(entry.level0, elapsedNs * drainPerNs);
        writeHeld({ isCompact: !0 }, words, state, program, { ...entry, level0, lastNs: 0n });
      }
    }
  }
};
function lowered2(level, steps) {
  return level > steps ? level - steps : 0n;
}
function costOf2({ costRule, levelPerUnit }, amount) {
  let { lengthFactor, addend, least } = unitsRuleOf(costRule);
  return BigInt(Math.max(amount * lengthFactor + addend, least)) * levelPerUnit;
}

// src/edge/js/batch.ts
var Rows2 = class {
  #words;
  #doubles;
  #bytes;
  #meter;
  #peek;
  #ns = new Uint32Array(2);
  constructor(buffer, { meter, peek }) {
    this.#words = new Uint32Array(buffer), this.#doubles = new Float64Array(buffer), this.#bytes = new Uint8Array(buffer), this.#meter = meter, this.#peek = peek;
  }
  #column(index) {
    return this.#words[70400 / 4 + index];
  }
  /** The first row whose time or policy cannot be; `count` if there is none. */
  wrongRow(count3) {
    let isNs = this.#column(11) !== 0, times2 = this.#column(1) / 8, policies = this.#column(3), policyEnd = this.#column(13), timeEnd = this.#doubles[69632 / 8 + 15];
    for (let row = 0; row < count3; row += 1) {
      let time = this.#doubles[times2 + row];
      if (!(isNs || time >= 0 && time < timeEnd) || this.#bytes[policies + row] >= policyEnd) return row;
    }
    return count3;
  }
  /** Meters the first rows, all of them right. */
  run(count3, mode, unitNs) {
    let words = this.#words, bytes = this.#bytes, isWide = this.#column(10) !== 0, isNs = this.#column(11) !== 0, keys2 = this.#column(0) / 4, times2 = this.#column(1), [policies, colorsIn] = [this.#column(3), this.#column(4)], [colors, flags] = [this.#column(5), this.#column(6)], costs = this.#column(2) / 4, call = (mode & 2) === 0 ? this.#meter : this.#peek, sums = [0, 0, 0];
    for (let row = 0; row < count3; row += 1) {
      let keyLo = words[isWide ? keys2 + 2 * row : keys2 + row], keyHi = isWide ? words[keys2 + 2 * row + 1] : 0;
      isNs ? this.#ns.set(words.subarray(times2 / 4 + 2 * row, times2 / 4 + 2 * row + 2)) : putNs(this.#ns, 0, this.#doubles[times2 / 8 + row], unitNs);
      let colorIn = Math.min(bytes[colorsIn + row], 2), what = bytes[policies + row] | colorIn << 8, answer = call(keyLo, keyHi, this.#ns[0], this.#ns[1], words[costs + row], what), color = answer & 3;
      bytes[colors + row] = color, bytes[flags + row] = answer & -4, sums[color] = sums[color] + 1, (mode & 1) !== 0 && this.#putOutcome(row);
    }
    for (let [color, sum2] of sums.entries()) words[70144 / 4 + 2 * (4 + color)] = sum2;
  }
  #putOutcome(row) {
    let doubles = this.#doubles;
    doubles[this.#column(7) / 8 + row] = doubles[70144 / 8 + 0], doubles[this.#column(8) / 8 + row] = doubles[70144 / 8 + 1], doubles[this.#column(9) / 8 + row] = doubles[70144 / 8 + 2];
  }
};

// src/edge/js/call.ts
var RED = 2, UNLIMITED2 = 2n ** 64n - 1n, Calls = class {
  #parts;
  constructor(parts) {
    this.#parts = parts;
  }
  /** Indexes of the profiles that a call under a policy goes through. */
  kindsOf(policy) {
    let { bytes } = this.#parts, at = 70656 + policy * 16;
    return bytes.subarray(at + 1, at + 1 + bytes[at + 0]);
  }
  /** Meters one call at the clock and writes its outcome. Answers ANSWER_*. */
  meter(keyLo, keyHi, units, policy, colorIn) {
    let places = this.lookUp(keyLo, keyHi, policy), answer = judgeAll(places, units, colorIn);
    if ((answer & 8) !== 0) countState(this.#parts.words, 11);
    else {
      let charges = answer !== RED || places.length === 1;
      if (charges) for (let place of places) charge(place, units);
      if (!this.keepAll(places) && charges) return this.#untracked(answer, places, units, colorIn);
    }
    return this.#putOutcome(places, units, colorIn), answer;
  }
  /** What a call would be answered; changes nothing. */
  peek(keyLo, keyHi, units, policy, colorIn) {
    let places = this.lookUp(keyLo, keyHi, policy), answer = judgeAll(places, units, colorIn);
    return this.#putOutcome(places, units, colorIn), answer;
  }
  /** The largest cost that fits on drained slots. */
  most(policy) {
    let fresh = { lastNs: 0n, level0: 0n, level1: 0n, isAlarmed: !1, share: null }, most = UNLIMITED2;
    for (let kind of this.kindsOf(policy)) {
      let left = remainingIn(this.#parts.programs[kind], fresh, 0);
      left < most && (most = left);
    }
    return most;
  }
  /** The slots of a call, drained to the clock; those of new keys are as flows begin. */
  lookUp(keyLo, keyHi, policy) {
    let { table: table2, words, clock, programs, isCompact } = this.#parts, nowNs = clock.time;
    return Array.from(this.kindsOf(policy), (kind) => {
      let program = programs[kind];
      table2.setWord(keyLo, keyHi, kind);
      let { wordLo, wordHi } = table2, state = table2.find(), held = state === 0 ? { entry: program.program.begin(nowNs), blockedNs: 0n } : readHeld({ isCompact }, words, state, program, nowNs);
      return { program, kind, wordLo, wordHi, state, ...held, rule: program.program.rules[0] };
    });
  }
  /** Writes all slots that are not blocked into the table; new ones that are not as fresh first get room: all or none. */
  keepAll(places) {
    let { words, isCompact } = this.#parts;
    if (places.some((place) => place.state === 0 && hasToBeKept(place)) && !this.makeRoomForAll(places, hasToBeKept))
      return !1;
    for (let { state, blockedNs, program, entry } of places)
      state !== 0 && blockedNs === 0n && writeHeld({ isCompact }, words, state, program, entry);
    return !0;
  }
  /** Places in the table for the new slots that need one, all or none. */
  makeRoomForAll(places, needsRoom) {
    let { table: table2 } = this.#parts, made = [], isMade = places.every((place) => place.state !== 0 || !needsRoom(place) ? !0 : this.#makeRoom(place, places) ? (made.push(place), !0) : !1);
    if (!isMade) for (let { wordLo, wordHi } of made) table2.removeWord(wordLo, wordHi);
    for (let place of places) place.state = table2.findWord(place.wordLo, place.wordHi);
    return isMade;
  }
  #makeRoom({ wordLo, wordHi, kind }, pinned) {
    let { words, table: table2 } = this.#parts;
    return words[69632 / 4 + 8] >= words[69632 / 4 + 6] && !this.#evict(wordHi, pinned) ? !1 : (table2.take(wordLo, wordHi, kind), !0);
  }
  /** Every slot that may leave for a word, from its home block on, until `visit` answers true. */
  #search(wordHi, pinned, visit) {
    let { table: table2, blocks, words } = this.#parts, block = table2.homeBlock(wordHi), searched = Math.min(128 / table2.slotsPerBlock, blocks);
    for (let count3 = 0; count3 < searched; count3 += 1) {
      for (let index = 0; index < table2.slotsPerBlock; index += 1) {
        if (!table2.isTaken(block, index)) continue;
        let at = table2.wordAt(block, index);
        if (!pinned.some((place) => place.wordLo === words[at] && place.wordHi === words[at + 1]) && visit(block, index))
          return !0;
      }
      block = table2.blockAfter(block);
    }
    return !1;
  }
  #evict(wordHi, pinned) {
    let { table: table2, words, onFull } = this.#parts;
    if (onFull === 2) return !1;
    let soonest = null, leaver = -1;
    return this.#search(wordHi, pinned, (block, index) => {
      let leavesNs = this.leavesIn(block, index);
      return leavesNs === 0n ? (table2.removeAt(block, index), !0) : (leavesNs !== null && (soonest === null || leavesNs < soonest) && (soonest = leavesNs, leaver = table2.wordAt(block, index)), !1);
    }) ? (countState(words, 6), !0) : onFull !== 1 || leaver < 0 ? !1 : (table2.removeWord(words[leaver], words[leaver + 1]), countState(words, 7), !0);
  }
  /** Ns until no later call could tell the slot's flow from a new one; null: never. */
  leavesIn(block, index) {
    let { table: table2, words, clock, programs, isCompact } = this.#parts, program = programs[table2.kindOf(block, index)];
    if (!program.beginsDrained) return null;
    let { entry, blockedNs } = readHeld({ isCompact }, words, table2.stateAt(block, index), program, clock.time);
    return blockedNs === 0n ? drainedIn(program, entry) : blockedNs;
  }
  #untracked(answer, places, units, colorIn) {
    let { words, onFull } = this.#parts;
    if (countState(words, 8), onFull === 3)
      return this.#putOutcome(places, units, colorIn), answer | 4;
    let wait = 0n;
    for (let place of places) place.state === 0 && (wait = longer(wait, this.#roomIn(place.wordHi, places)));
    return this.#put(0n, wait, wait), RED | 4;
  }
  #roomIn(wordHi, pinned) {
    let soonest = null;
    return this.#parts.onFull === 2 || this.#search(wordHi, pinned, (block, index) => {
      let leavesNs = this.leavesIn(block, index);
      return leavesNs !== null && (soonest === null || leavesNs < soonest) && (soonest = leavesNs), !1;
    }), soonest;
  }
  /** The outcome over all slots: the least that is left, the longest waits. */
  #putOutcome(places, units, colorIn) {
    let remaining = UNLIMITED2, retryNs = 0n, resetNs = 0n;
    for (let place of places) {
      let { program, entry, blockedNs, rule: rule2 } = place, left = blockedNs === 0n ? remainingIn(program, entry, colorIn) : 0n;
      left < remaining && (remaining = left), (rule2.color === RED || blockedNs !== 0n) && (retryNs = longer(retryNs, sum(blockedNs, delayOf(place, units, colorIn)))), resetNs = longer(resetNs, sum(blockedNs, drainedIn(program, entry)));
    }
    this.#put(remaining, retryNs, resetNs);
  }
  #put(remaining, retryNs, resetNs) {
    let { doubles } = this.#parts;
    doubles[70144 / 8 + 0] = Number(BigInt.asIntN(64, remaining)), doubles[70144 / 8 + 1] = this.#inUnits(retryNs), doubles[70144 / 8 + 2] = this.#inUnits(resetNs);
  }
  /** Whole units of the caller's time, rounded up, seen from the call at hand. */
  #inUnits(ns) {
    if (ns === null) return 1 / 0;
    if (ns === 0n) return 0;
    let unitNs = wide(this.#parts.words, 69632 / 4 + 26);
    return Number((ns + this.#parts.clock.lagNs + unitNs - 1n) / unitNs);
  }
};
function sum(first, then) {
  return first === null || then === null ? null : first + then;
}
function hasToBeKept({ program, entry }) {
  return entry.level0 !== 0n || entry.level1 !== 0n || entry.isAlarmed || !program.beginsDrained;
}
function judgeAll(places, units, colorIn) {
  let answer = 0, isBlocked = !1;
  for (let place of places) {
    let { program } = place.program, fits = program.fits(place.entry, units);
    place.rule = program.rules[4 * colorIn + ((fits & 1) !== 0 ? 2 : 0) + ((fits & 2) !== 0 ? 1 : 0)], answer = Math.max(answer, place.rule.color), place.blockedNs !== 0n && (isBlocked = !0);
  }
  return isBlocked ? RED | 8 : answer;
}
function charge({ program: { program }, entry, rule: rule2 }, units) {
  let buckets = (rule2.charges[0] ? 1 : 0) | (rule2.charges[1] ? 2 : 0);
  program.charge(entry, units, buckets);
}
function delayOf({ program: { program }, entry }, units, colorIn) {
  let [wait0, wait1] = program.waits(entry, units), isRed = (fits) => program.rules[4 * colorIn + fits].color === RED, delay = null, take = (wait) => {
    wait !== null && (delay === null || wait < delay) && (delay = wait);
  };
  return isRed(2) || take(wait0), isRed(1) || take(wait1), isRed(3) || take(longer(wait0, wait1)), delay;
}

// src/edge/js/fast.ts
var TWO_324 = 2 ** 32, PART_32 = 2 ** -32, TEST_MAX = 2 ** 51, RED2 = 2, LINE_WORDS = 16, PLACE_WORDS = 4, NUMBERS = 64 / 8, FastWay = class {
  #words;
  #doubles;
  #numbers = new Float64Array(NUMBERS * 64);
  #base;
  #end;
  #lines;
  /** Over a table of so many blocks at `base`; a wide one has no policy with a fast way. */
  constructor(buffer, base, blocks) {
    this.#words = new Int32Array(buffer), this.#doubles = new Float64Array(buffer), this.#base = base / 4, this.#lines = blocks, this.#end = this.#base + blocks * LINE_WORDS;
  }
  /** Reads what the host wrote at FAST. */
  refresh() {
    for (let index = 0; index < this.#numbers.length; index += 1) {
      let at = 109696 / 4 + 2 * index;
      this.#numbers[index] = (this.#words[at] >>> 0) + TWO_324 * (this.#words[at + 1] >>> 0);
    }
  }
  /** Whether all that calls under this policy compute is exact in doubles. */
  isOpen(policy) {
    let of = policy * NUMBERS;
    return this.#numbers[of + 24 / 8] <= TEST_MAX && this.#numbers[of + 16 / 8] <= TEST_MAX && this.#numbers[of + 8 / 8] > 0;
  }
  /** Meters a call at the newest time and writes its outcome. Answers its color; -1: it is not usual, nothing was done. */
  meter(keyLo, keyHi, units, policy) {
    let numbers = this.#numbers, of = policy * NUMBERS, words = this.#words, at = this.#find(keyLo, keyHi, (109696 + policy * 64 + 0) / 4);
    if (at < 0 || words[at + 3] < 0 || units > numbers[of + 32 / 8]) return -1;
    let drain = numbers[of + 8 / 8], newest = 69632 / 4 + 0, ticks = (words[newest] >>> 0) * drain, carry = Math.floor(ticks * PART_32), ticksLo = ticks - carry * TWO_324, ticksHi = (words[newest + 1] >>> 0) * drain + carry, left = (words[at + 3] - ticksHi) * TWO_324 + ((words[at + 2] >>> 0) - ticksLo), before = left > 0 ? left : 0, test = numbers[of + 24 / 8];
    if (before > test) return -1;
    let level = before + units * numbers[of + 16 / 8];
    if (level > test) return this.#tell(of, before, level - test, units, policy);
    let finish = ticksLo + level, finishCarry = Math.floor(finish * PART_32);
    return words[at + 2] = finish - finishCarry * TWO_324, words[at + 3] = ticksHi + finishCarry, this.#tell(of, level, 0, units, policy);
  }
  /** Index of a key's word in the table; -1: it is not there. */
  #find(keyLo, keyHi, tweak) {
    let words = this.#words, lo = keyLo ^ words[tweak], hi = keyHi ^ words[tweak + 1], factor0 = words[76800 / 4], mixedHi = highOf(lo, factor0) + Math.imul(hi, factor0) + Math.imul(lo, words[76800 / 4 + 1]) | 0, folded = Math.imul(lo, factor0) ^ mixedHi, factor1 = words[76800 / 4 + 2], wordLo = Math.imul(folded, factor1), wordHi = highOf(folded, factor1) + Math.imul(mixedHi, factor1) + Math.imul(folded, words[76800 / 4 + 3]) | 0;
    if ((wordLo | wordHi) === 0) return -1;
    let line = this.#base + highOf(wordHi, this.#lines) * LINE_WORDS;
    for (; ; ) {
      let isIn1 = +(words[line + PLACE_WORDS] === wordLo), isIn2 = +(words[line + 2 * PLACE_WORDS] === wordLo), isIn3 = +(words[line + 3 * PLACE_WORDS] === wordLo), at = line + PLACE_WORDS * (isIn1 + 2 * isIn2 + 3 * isIn3 & 3);
      if (words[at] === wordLo && words[at + 1] === wordHi) return at;
      if (!isFull(words, line)) return -1;
      line += LINE_WORDS, line === this.#end && (line = this.#base);
    }
  }
  /** Counts a call and writes what it is told; `excess`: level steps that it was refused for. Answers its color. */
  #tell(of, level, excess, units, policy) {
    let doubles = this.#doubles, numbers = this.#numbers, perUnit = numbers[of + 40 / 8], color = excess > 0 ? RED2 : 0;
    doubles[70144 / 8 + 0] = Math.floor(
      (numbers[of + 24 / 8] - level) / numbers[of + 16 / 8]
    ), doubles[70144 / 8 + 1] = Math.ceil(excess / perUnit), doubles[70144 / 8 + 2] = Math.ceil(level / perUnit);
    let counts = (72704 + policy * 64) / 4 + 2 * color;
    return count2(this.#words, counts + 0 / 4, 1), count2(this.#words, counts + 24 / 4, units), color;
  }
};
function isFull(words, line) {
  for (let at = line; at < line + LINE_WORDS; at += PLACE_WORDS) if ((words[at] | words[at + 1]) === 0) return !1;
  return !0;
}
function highOf(a, b) {
  let aLo = a & 65535, aHi = a >>> 16, bLo = b & 65535, bHi = b >>> 16, middle = Math.imul(aHi, bLo) + (Math.imul(aLo, bLo) >>> 16) | 0, other = Math.imul(aLo, bHi) + (middle & 65535) | 0;
  return Math.imul(aHi, bHi) + (middle >>> 16) + (other >>> 16) | 0;
}
function count2(words, at, amount) {
  let sum2 = (words[at] >>> 0) + amount;
  words[at] = sum2, sum2 >= TWO_324 && (words[at + 1] = words[at + 1] + 1);
}

// src/edge/js/siphash.ts
var v = new Uint32Array(8);
function add(to, from) {
  let lo = v[to] + v[from];
  v[to + 1] = v[to + 1] + v[from + 1] + (lo > 4294967295 ? 1 : 0), v[to] = lo;
}
function rotateXor(at, bits, other) {
  let lo = v[at], hi = v[at + 1];
  v[at] = (lo << bits | hi >>> 32 - bits) ^ v[other], v[at + 1] = (hi << bits | lo >>> 32 - bits) ^ v[other + 1];
}
function swap(at) {
  let lo = v[at];
  v[at] = v[at + 1], v[at + 1] = lo;
}
function round() {
  add(0, 2), add(4, 6), rotateXor(2, 13, 0), rotateXor(6, 16, 4), add(4, 2), swap(0), add(0, 6), rotateXor(2, 17, 4), rotateXor(6, 21, 0), swap(4);
}
function siphash(secret, text, length, out, at) {
  v.set([1886610805, 1936682341, 1852075885, 1685025377, 1852142177, 1819895653, 2037671283, 1952801890]);
  for (let word = 0; word < 8; word += 1) v[word] = v[word] ^ secret[word & 3];
  let whole2 = length & -8;
  for (let from = 0; from <= whole2; from += 8) {
    let isLast = from === whole2, lo = wordAt(text, from, length), hi = wordAt(text, from + 4, length);
    isLast && (hi |= length << 24), v[6] = v[6] ^ lo, v[7] = v[7] ^ hi, round(), v[0] = v[0] ^ lo, v[1] = v[1] ^ hi;
  }
  v[4] ^= 255, round(), round(), round(), out[at] = v[0] ^ v[2] ^ v[4] ^ v[6], out[at + 1] = v[1] ^ v[3] ^ v[5] ^ v[7];
}
function wordAt(text, from, end) {
  let word = 0;
  for (let byte = 0; byte < 4 && from + byte < end; byte += 1) word |= text[from + byte] << 8 * byte;
  return word;
}

// src/engine-js/words.ts
function mulHigh(a, b) {
  let low = (a & 65535) * b, high = (a >>> 16) * b;
  return Math.floor((high + Math.floor(low / 65536)) / 65536);
}
function productHigh(aLo, aHi, bLo, bHi) {
  return mulHigh(aLo, bLo) + Math.imul(aHi, bLo) + Math.imul(aLo, bHi) >>> 0;
}
var UNDERESTIMATE = 1 - 2 ** -50;

// src/edge/js/table.ts
var FLOWS = 69632 / 4 + 8, INSERTED = 69632 / 4 + 10, COMPACT_STRIDE = 4, WIDE_STRIDE = 2, Table = class {
  /** The word of the key asked for last. */
  wordLo = 0;
  wordHi = 0;
  #words;
  #kinds;
  #isCompact;
  #base;
  #end;
  #blocks;
  #blockWords;
  #slots;
  #stride;
  #stateWords;
  constructor(buffer, base, blocks, isCompact, kinds) {
    this.#words = new Uint32Array(buffer), this.#kinds = kinds === 0 ? void 0 : new Uint8Array(buffer, kinds), this.#isCompact = isCompact, this.#blocks = blocks, this.#blockWords = blockBytes(isCompact) / 4, this.#base = base / 4, this.#end = this.#base + blocks * this.#blockWords, this.#slots = slotsPerBlock(isCompact), this.#stride = isCompact ? COMPACT_STRIDE : WIDE_STRIDE, this.#stateWords = isCompact ? 2 : 24 / 4;
  }
  get firstBlock() {
    return this.#base;
  }
  get slotsPerBlock() {
    return this.#slots;
  }
  blockAt(index) {
    return this.#base + index * this.#blockWords;
  }
  blockAfter(block) {
    let next = block + this.#blockWords;
    return next === this.#end ? this.#base : next;
  }
  /** Sets `wordLo` and `wordHi` for a key in slot `slot`. */
  setWord(keyLo, keyHi, slot) {
    let words = this.#words, tweak = 71680 / 4 + 2 * slot, multipliers = 76800 / 4, lo = (keyLo ^ words[tweak]) >>> 0, hi = (keyHi ^ words[tweak + 1]) >>> 0, mixedLo = Math.imul(lo, words[multipliers]) >>> 0, mixedHi = productHigh(lo, hi, words[multipliers], words[multipliers + 1]), foldedLo = (mixedLo ^ mixedHi) >>> 0;
    this.wordLo = Math.imul(foldedLo, words[multipliers + 2]) >>> 0, this.wordHi = productHigh(foldedLo, mixedHi, words[multipliers + 2], words[multipliers + 3]), this.wordLo === 0 && this.wordHi === 0 && (this.wordLo = 1);
  }
  homeBlock(wordHi) {
    return this.#base + mulHigh(wordHi, this.#blocks) * this.#blockWords;
  }
  /** Index of the state of the word set, or 0. */
  find() {
    return this.findWord(this.wordLo, this.wordHi);
  }
  findWord(wordLo, wordHi) {
    let block = this.homeBlock(wordHi);
    for (; ; ) {
      let index = this.#indexOf(block, wordLo, wordHi);
      if (index >= 0) return this.stateAt(block, index);
      if (this.#indexOf(block, 0, 0) >= 0) return 0;
      block = this.blockAfter(block);
    }
  }
  #indexOf(block, wordLo, wordHi) {
    let words = this.#words;
    for (let index = 0; index < this.#slots; index += 1) {
      let at = block + index * this.#stride;
      if (words[at] === wordLo && words[at + 1] === wordHi) return index;
    }
    return -1;
  }
  wordAt(block, index) {
    return block + index * this.#stride;
  }
  stateAt(block, index) {
    return this.#isCompact ? block + index * COMPACT_STRIDE + 2 : block + 64 / 4 + index * this.#stateWords;
  }
  isTaken(block, index) {
    let at = block + index * this.#stride;
    return this.#words[at] !== 0 || this.#words[at + 1] !== 0;
  }
  kindOf(block, index) {
    return this.#kinds === void 0 ? 0 : this.#kinds[this.#placeOf(block, index)];
  }
  #placeOf(block, index) {
    return (block - this.#base) / this.#blockWords * this.#slots + index;
  }
  /** Takes a slot for a word that is not in the table; its state is zero. Answers the state's index. */
  take(wordLo, wordHi, kind) {
    let block = this.homeBlock(wordHi), index = this.#indexOf(block, 0, 0);
    for (; index < 0; )
      block = this.blockAfter(block), index = this.#indexOf(block, 0, 0);
    let at = this.wordAt(block, index);
    return this.#words[at] = wordLo, this.#words[at + 1] = wordHi, this.#kinds !== void 0 && (this.#kinds[this.#placeOf(block, index)] = kind), this.#words[FLOWS] = this.#words[FLOWS] + 1, this.#words[INSERTED] = this.#words[INSERTED] + 1, this.#words[INSERTED] === 0 && (this.#words[INSERTED + 1] = this.#words[INSERTED + 1] + 1), this.stateAt(block, index);
  }
  /** Takes a word out of the table, if it is there. */
  removeWord(wordLo, wordHi) {
    let state = this.findWord(wordLo, wordHi);
    if (state === 0) return;
    let block = state - (state - this.#base) % this.#blockWords;
    this.removeAt(block, this.#indexOf(block, wordLo, wordHi));
  }
  /** Empties a slot; flows that had to pass its block move back, so that each stays reachable. */
  removeAt(block, index) {
    this.#words[FLOWS] = this.#words[FLOWS] - 1;
    let hole = block, at = index, passed = this.#isFull(hole);
    this.#clear(hole, at);
    let next = hole;
    for (; passed; ) {
      next = this.blockAfter(next), passed = this.#isFull(next);
      let mover = this.#moverInto(hole, next);
      mover < 0 || (this.#move(next, mover, hole, at), this.#clear(next, mover), hole = next, at = mover);
    }
  }
  #isFull(block) {
    return this.#indexOf(block, 0, 0) < 0;
  }
  #moverInto(hole, block) {
    let distance = this.#distance(hole, block);
    for (let index = 0; index < this.#slots; index += 1) {
      let home = this.homeBlock(this.#words[this.wordAt(block, index) + 1]);
      if (this.isTaken(block, index) && this.#distance(home, block) >= distance) return index;
    }
    return -1;
  }
  #distance(from, to) {
    return to >= from ? to - from : to + (this.#end - this.#base) - from;
  }
  #move(from, fromIndex, to, toIndex) {
    let words = this.#words, source = this.wordAt(from, fromIndex), target = this.wordAt(to, toIndex);
    words[target] = words[source], words[target + 1] = words[source + 1];
    let sourceState = this.stateAt(from, fromIndex), targetState = this.stateAt(to, toIndex);
    for (let word = 0; word < this.#stateWords; word += 1) words[targetState + word] = words[sourceState + word];
    this.#kinds !== void 0 && (this.#kinds[this.#placeOf(to, toIndex)] = this.kindOf(from, fromIndex));
  }
  #clear(block, index) {
    let at = this.wordAt(block, index);
    this.#words[at] = 0, this.#words[at + 1] = 0;
    let state = this.stateAt(block, index);
    for (let word = 0; word < this.#stateWords; word += 1) this.#words[state + word] = 0;
  }
};

// src/edge/js/engine.ts
function createJsEngine() {
  return new JsEngine();
}
var JsEngine = class {
  name = "js";
  memory = { buffer: new ArrayBuffer(0) };
  #programs = [];
  #words = new Uint32Array(0);
  #doubles = new Float64Array(0);
  #bytes = new Uint8Array(0);
  #table;
  #clock;
  #calls;
  #adjustments;
  #fast;
  #rows;
  /** The nanoseconds of a call's time. */
  #ns = new Uint32Array(2);
  #unitNs = 1;
  get functions() {
    return this;
  }
  layOut(base, blocks, isCompact, kinds, end, onFull) {
    try {
      this.memory = { buffer: new ArrayBuffer(end) };
    } catch {
      return 0;
    }
    let { buffer } = this.memory;
    this.#words = new Uint32Array(buffer), this.#doubles = new Float64Array(buffer), this.#bytes = new Uint8Array(buffer), this.#table = new Table(buffer, base, blocks, isCompact !== 0, kinds), this.#clock = new Clock(this.#words, isCompact !== 0, (newest, time) => this.#adjustments.rebase(newest, time));
    let parts = {
      words: this.#words,
      doubles: this.#doubles,
      bytes: this.#bytes,
      table: this.#table,
      clock: this.#clock,
      isCompact: isCompact !== 0,
      onFull,
      blocks,
      programs: this.#programs
    };
    return this.#calls = new Calls(parts), this.#adjustments = new Adjustments(parts, this.#calls), this.#fast = new FastWay(buffer, base, blocks), this.#rows = new Rows2(buffer, {
      meter: (keyLo, keyHi, nsLo, nsHi, units, call) => this.#meterAt(keyLo, keyHi, nsLo, nsHi, units, call),
      peek: (keyLo, keyHi, nsLo, nsHi, units, call) => this.#peekAt(keyLo, keyHi, nsLo, nsHi, units, call)
    }), 1;
  }
  setProfile(index, profile) {
    this.#programs[index] = programOf(profile);
  }
  refresh() {
    this.#unitNs = this.#words[69632 / 4 + 26], this.#fast.refresh();
  }
  most(policy) {
    return Number(BigInt.asIntN(64, this.#calls.most(policy)));
  }
  decide(keyLo, keyHi, units, policy) {
    return this.decideNow(keyLo, keyHi, units, policy);
  }
  allow(keyLo, keyHi, units, policy) {
    return this.decideNow(keyLo, keyHi, units, policy);
  }
  decideNow(keyLo, keyHi, units, call) {
    return this.#clock.stand(), this.#meterNow(keyLo, keyHi, units, call);
  }
  moves() {
    return putNs(this.#ns, 0, this.#doubles[113800 / 8], this.#unitNs), +this.#clock.moves(this.#ns[0], this.#ns[1]);
  }
  decideNs(units, call) {
    return this.#meterAt(this.#keyLo, this.#keyHi, this.#nsLo, this.#nsHi, units, call);
  }
  #meterAt(keyLo, keyHi, nsLo, nsHi, units, call) {
    return this.#clock.advance(nsLo, nsHi), this.#meterNow(keyLo, keyHi, units, call);
  }
  #meterNow(keyLo, keyHi, units, call) {
    let policy = call & 255;
    if (this.#clock.lagNs === 0n && this.#fast.isOpen(policy)) {
      let color = this.#fast.meter(keyLo, keyHi, units, policy);
      if (color >= 0) return color;
    }
    let answer = this.#calls.meter(keyLo, keyHi, units, policy, call >>> 8), counts = (72704 + policy * 64) / 4 + 2 * (answer & 3);
    return count(this.#words, counts + 0 / 4, 1), count(this.#words, counts + 24 / 4, units), answer;
  }
  peek(units, call) {
    return this.#peekAt(this.#keyLo, this.#keyHi, this.#nsLo, this.#nsHi, units, call);
  }
  #peekAt(keyLo, keyHi, nsLo, nsHi, units, call) {
    return this.#clock.look(nsLo, nsHi), this.#calls.peek(keyLo, keyHi, units, call & 255, call >>> 8);
  }
  charge(units, call) {
    this.#clock.advance(this.#nsLo, this.#nsHi);
    let policy = call & 255;
    return +this.#adjustments.charge(this.#keyLo, this.#keyHi, units, policy, call >>> 8);
  }
  refund(units, call) {
    this.#clock.advance(this.#nsLo, this.#nsHi);
    let policy = call & 255;
    this.#adjustments.refund(this.#keyLo, this.#keyHi, units, policy, call >>> 8);
  }
  block(isForever, policy) {
    let until = isForever === 0 ? BigInt(this.#nsHi) << 32n | BigInt(this.#nsLo) : null;
    return +this.#adjustments.block(this.#keyLo, this.#keyHi, until, policy);
  }
  reset(policy) {
    this.#adjustments.reset(this.#keyLo, this.#keyHi, policy);
  }
  sweep(blocks) {
    return this.#clock.advance(this.#nsLo, this.#nsHi), this.#adjustments.sweep(blocks);
  }
  identify(length) {
    let text = this.#bytes.subarray(113856, 113856 + length);
    siphash(this.#words.subarray(67584 / 4, 67584 / 4 + 4), text, length, this.#words, 70144 / 4 + 6);
  }
  place(wordLo, wordHi, kind) {
    let known = this.#table.findWord(wordLo, wordHi);
    return 4 * (known === 0 ? this.#table.take(wordLo, wordHi, kind) : known);
  }
  wrongRow(rows) {
    return this.#rows.wrongRow(rows);
  }
  run(rows, mode) {
    this.#rows.run(rows, mode, this.#unitNs);
  }
  get #keyLo() {
    return this.#words[113792 / 4];
  }
  get #keyHi() {
    return this.#words[113792 / 4 + 1];
  }
  get #nsLo() {
    return this.#words[113800 / 4];
  }
  get #nsHi() {
    return this.#words[113800 / 4 + 1];
  }
};

// src/edge/wasmengine.ts
function createWasmEngine(module2) {
  let functions = new WebAssembly.Instance(module2, {}).exports;
  if (functions.abiVersion() !== 1)
    throw new Error(`edge core has ABI version ${functions.abiVersion()}, this package needs ${1}`);
  return { name: "wasm", functions, memory: functions.memory, setProfile: () => {
  }, refresh: () => {
  } };
}

// src/edge/entry.node.ts
var module;
function compiled2() {
  return module ??= new WebAssembly.Module(readFileSync(new URL("/tmp/edgespeed/b/v7.wasm", "file:///tmp/x/y/x.js"))), module;
}
var { createMeter, restoreMeter } = libraryOf({
  wasm: () => createWasmEngine(compiled2()),
  js: createJsEngine
});

// bench/limiters/limiter.ts
function byNumber(decide) {
  return {
    play({ ids: ids2, startMs, perMs }, from, to) {
      let allowed2 = 0;
      for (let index = from; index < to; index += 1)
        decide(ids2[index], startMs + Math.floor(index / perMs)) && (allowed2 += 1);
      return allowed2;
    }
  };
}
function byName(decide) {
  return {
    play({ names, startMs, perMs }, from, to) {
      let allowed2 = 0;
      for (let index = from; index < to; index += 1)
        decide(names[index], startMs + Math.floor(index / perMs)) && (allowed2 += 1);
      return allowed2;
    }
  };
}
function byBatch(decide) {
  let verdicts = new Uint8Array(4096), timesMs = new Float64Array(4096);
  return {
    play({ ids: ids2, startMs, perMs }, from, to) {
      let allowed2 = 0;
      for (let first = from; first < to; first += 4096) {
        let count3 = Math.min(4096, to - first);
        for (let index = 0; index < count3; index += 1) timesMs[index] = startMs + Math.floor((first + index) / perMs);
        decide(ids2.subarray(first, first + count3), timesMs, verdicts);
        for (let index = 0; index < count3; index += 1) allowed2 += verdicts[index];
      }
      return allowed2;
    }
  };
}

// bench/random.ts
var Random = class {
  #a;
  #b;
  #c;
  #counter = 1;
  constructor(seed) {
    this.#a = seed | 0, this.#b = -1640531527, this.#c = 608135816;
    for (let round2 = 0; round2 < 12; round2 += 1) this.word();
  }
  /** 32 random bits. */
  word() {
    let sum2 = (this.#a + this.#b | 0) + this.#counter | 0;
    return this.#counter = this.#counter + 1 | 0, this.#a = this.#b ^ this.#b >>> 9, this.#b = this.#c + (this.#c << 3) | 0, this.#c = (this.#c << 21 | this.#c >>> 11) + sum2 | 0, sum2 >>> 0;
  }
  /** Above 0 and below 1. */
  unit() {
    return (this.word() + 0.5) / 4294967296;
  }
  /** A whole number from 0 to `count` - 1. */
  below(count3) {
    return Math.floor(this.unit() * count3);
  }
  /** With mean 1: the gap between arrivals that know nothing of each other. */
  exponential() {
    return -Math.log(this.unit());
  }
};
function flowDrawer(distribution, flows, random) {
  return distribution === "uniform" ? () => random.below(flows) : zipfDrawer(flows, random);
}
function zipfDrawer(flows, random) {
  let from = Math.log(1.5) - 1, to = Math.log(flows + 0.5), sureWithin = 2 - Math.exp(Math.log(2.5) - 0.5);
  return () => {
    for (; ; ) {
      let area = to + random.unit() * (from - to), x = Math.exp(area), rank = Math.min(Math.max(Math.round(x), 1), flows);
      if (rank - x <= sureWithin || area >= Math.log(rank + 0.5) - 1 / rank) return rank - 1;
    }
  };
}
function scramble2(value) {
  let word = Math.imul(value ^ value >>> 16, 2246822507);
  return word = Math.imul(word ^ word >>> 13, 3266489909), (word ^ word >>> 16) >>> 0;
}

// bench/limiters/workload.ts
var LIMIT2 = 100, WINDOW_MS = 6e4, INCREMENT_MS = WINDOW_MS / LIMIT2, START_MS = 17e11, RANK_STEP = 433494437, NAME_LENGTH = 20, HEX = "0123456789abcdef", LimiterWorkload = class {
  shape;
  /** One a key. The number that the seed maps to 0 counts as well: no limiter may reserve a key. */
  ids;
  #salt;
  constructor(shape) {
    this.shape = shape, this.#salt = new Random(shape.seed).word(), this.ids = Uint32Array.from({ length: shape.keys }, (_, index) => scramble2(index ^ this.#salt));
  }
  /** A text of 20 characters for each key, flat and with one byte a character, as parsed from a request. */
  names() {
    let bytes = Buffer.alloc(NAME_LENGTH, "customer-000");
    return Array.from(this.ids, (id) => {
      for (let digit = 0; digit < 8; digit += 1)
        bytes[NAME_LENGTH - 1 - digit] = HEX.charCodeAt(id >>> 4 * digit & 15);
      return bytes.toString("latin1");
    });
  }
  /** Which key each decision of the stream is about, as an index of `ids`. */
  order() {
    let { keys: keys2, decisions, distribution, seed } = this.shape, draw = flowDrawer(distribution, keys2, new Random(seed ^ 1540483477));
    return Uint32Array.from({ length: decisions }, () => draw() * RANK_STEP % keys2);
  }
  /** Decisions of the stream that share a millisecond: its time is START_MS + floor(index / this). */
  get decisionsPerMs() {
    return Math.ceil(this.shape.decisions / WINDOW_MS);
  }
};

// bench/limiters/weir.ts
function workloadMeter(engine, key, maxFlows) {
  return createMeter({
    policies: [{ meter: "token-bucket", cost: "packets", rate: `${LIMIT2} packets/min`, burst: `${LIMIT2} packets` }],
    maxFlows,
    key,
    engine,
    batchRows: 4096,
    seed: [117835012, 50462976, 252579084, 185207048]
  });
}
function perCall(engine, key, keys2) {
  let meter = workloadMeter(engine, key, keys2), out = createDecision(), decide = (id, nowMs) => meter.decideInto(out, id, nowMs).allowed;
  return { ...key === "u32" ? byNumber(decide) : byName(decide), statedBytes: meter.stats().memoryBytes };
}
function inBatches(engine, keys2) {
  let meter = workloadMeter(engine, "u32", keys2), batch = meter.batch(4096);
  return batch.cost.fill(1), batch.policy.fill(0), {
    statedBytes: meter.stats().memoryBytes,
    play({ ids: ids2, startMs, perMs }, from, to) {
      let { time, color } = batch, allowed2 = 0;
      for (let first = from; first < to; first += 4096) {
        let count3 = Math.min(4096, to - first);
        batch.key.set(ids2.subarray(first, first + count3));
        for (let index = 0; index < count3; index += 1) time[index] = startMs + Math.floor((first + index) / perMs);
        meter.run(batch, count3);
        for (let index = 0; index < count3; index += 1) allowed2 += color[index] === 0 ? 1 : 0;
      }
      return allowed2;
    }
  };
}
var ENGINES = [
  { engine: "wasm", text: "Weir" },
  { engine: "js", text: "Weir, pure JavaScript" }
], WEIR = ENGINES.flatMap(({ engine, text }) => [
  {
    name: `${text}, u32 key`,
    key: "u32",
    form: "call",
    kind: "weir",
    isExact: !0,
    create: (keys2) => perCall(engine, "u32", keys2)
  },
  {
    name: `${text}, u32 key, ${4096} a call`,
    key: "u32",
    form: "batch",
    kind: "weir",
    isExact: !0,
    create: (keys2) => inBatches(engine, keys2)
  },
  {
    name: `${text}, string key`,
    key: "string",
    form: "call",
    kind: "weir",
    isExact: !0,
    create: (keys2) => perCall(engine, "string", keys2)
  }
]);

// bench/limiters/maps.ts
var TOLERANCE_MS = WINDOW_MS - INCREMENT_MS;
function gcra(arrivals) {
  return (key, nowMs) => {
    let arrivalMs = arrivals.get(key) ?? 0;
    return arrivalMs - TOLERANCE_MS > nowMs ? !1 : (arrivals.set(key, Math.max(arrivalMs, nowMs) + INCREMENT_MS), !0);
  };
}
var MAPS = [
  {
    name: "GCRA in a Map, string key",
    key: "string",
    form: "call",
    kind: "js",
    isExact: !0,
    create: () => byName(gcra(/* @__PURE__ */ new Map()))
  },
  {
    name: "GCRA in a Map, number key",
    key: "u32",
    form: "call",
    kind: "js",
    isExact: !0,
    create: () => byNumber(gcra(/* @__PURE__ */ new Map()))
  }
];

// bench/limiters/npm.ts
import { MemoryStore } from "express-rate-limit";
import { RateLimiter, TokenBucket } from "limiter";
import { RateLimiterMemory, RateLimiterRes } from "rate-limiter-flexible";
var HOUR_MS = 36e5, HOURLY = 2 * LIMIT2, shared = { key: "string", form: "call", kind: "npm", isExact: !1 }, NPM = [
  {
    ...shared,
    name: "rate-limiter-flexible, memory",
    create() {
      let limiter = new RateLimiterMemory({ points: HOURLY, duration: HOUR_MS / 1e3 });
      return {
        async play({ names }, from, to) {
          let allowed2 = 0;
          for (let index = from; index < to; index += 1)
            try {
              await limiter.consume(names[index]), allowed2 += 1;
            } catch (refusal2) {
              if (!(refusal2 instanceof RateLimiterRes)) throw refusal2;
            }
          return allowed2;
        }
      };
    }
  },
  {
    ...shared,
    name: "limiter, RateLimiter in a Map",
    create() {
      let limiters = /* @__PURE__ */ new Map();
      return byName((name) => {
        let limiter = limiters.get(name);
        return limiter === void 0 && (limiter = new RateLimiter({ tokensPerInterval: HOURLY, interval: HOUR_MS }), limiters.set(name, limiter)), limiter.tryRemoveTokens(1);
      });
    }
  },
  {
    ...shared,
    name: "limiter, TokenBucket in a Map",
    create() {
      let buckets = /* @__PURE__ */ new Map();
      return byName((name) => {
        let bucket = buckets.get(name);
        return bucket === void 0 && (bucket = new TokenBucket({ bucketSize: HOURLY, tokensPerInterval: HOURLY, interval: HOUR_MS }), bucket.content = HOURLY, buckets.set(name, bucket)), bucket.tryRemoveTokens(1);
      });
    }
  },
  {
    ...shared,
    name: "express-rate-limit, memory store",
    create() {
      let store = new MemoryStore();
      return store.init({ windowMs: HOUR_MS }), store.interval?.unref(), {
        async play({ names }, from, to) {
          let allowed2 = 0;
          for (let index = from; index < to; index += 1)
            (await store.increment(names[index])).totalHits <= HOURLY && (allowed2 += 1);
          return allowed2;
        }
      };
    }
  }
];

// bench/limiters/typed.ts
var TOLERANCE_MS2 = WINDOW_MS - INCREMENT_MS, BEGIN_MS = START_MS - 1e3, MULTIPLIER = -1640531535;
function slotBits(keys2) {
  return Math.max(4, Math.ceil(Math.log2(2 * keys2)));
}
function splitTable(keys2) {
  let bits = slotBits(keys2), mask = 2 ** bits - 1, shift = 32 - bits, slotKeys = new Int32Array(2 ** bits + 1), arrivals = new Float64Array(2 ** bits + 1);
  return (id, nowMs) => {
    let key = id | 0, slot = Math.imul(key, MULTIPLIER) >>> shift;
    if (key === 0) slot = mask + 1;
    else for (; slotKeys[slot] !== key && slotKeys[slot] !== 0; ) slot = slot + 1 & mask;
    slotKeys[slot] = key;
    let arrivalMs = arrivals[slot];
    return arrivalMs - TOLERANCE_MS2 > nowMs ? !1 : (arrivals[slot] = (arrivalMs > nowMs ? arrivalMs : nowMs) + INCREMENT_MS, !0);
  };
}
function pairedTable(keys2) {
  let bits = slotBits(keys2), mask = 2 ** bits - 1, shift = 32 - bits, slots = new Int32Array(2 * (2 ** bits + 1));
  return (id, nowMs) => {
    let key = id | 0, now = nowMs - BEGIN_MS | 0, slot = Math.imul(key, MULTIPLIER) >>> shift;
    if (key === 0) slot = mask + 1;
    else for (; slots[2 * slot] !== key && slots[2 * slot] !== 0; ) slot = slot + 1 & mask;
    slots[2 * slot] = key;
    let arrival = slots[2 * slot + 1];
    return arrival - TOLERANCE_MS2 > now ? !1 : (slots[2 * slot + 1] = (arrival > now ? arrival : now) + INCREMENT_MS, !0);
  };
}
function splitBatch(keys2) {
  let bits = slotBits(keys2), mask = 2 ** bits - 1, shift = 32 - bits, slotKeys = new Int32Array(2 ** bits + 1), arrivals = new Float64Array(2 ** bits + 1);
  return byBatch((ids2, timesMs, allowed2) => {
    for (let index = 0; index < ids2.length; index += 1) {
      let key = ids2[index] | 0, nowMs = timesMs[index], slot = Math.imul(key, MULTIPLIER) >>> shift;
      if (key === 0) slot = mask + 1;
      else for (; slotKeys[slot] !== key && slotKeys[slot] !== 0; ) slot = slot + 1 & mask;
      slotKeys[slot] = key;
      let arrivalMs = arrivals[slot], conforms = arrivalMs - TOLERANCE_MS2 <= nowMs;
      conforms && (arrivals[slot] = (arrivalMs > nowMs ? arrivalMs : nowMs) + INCREMENT_MS), allowed2[index] = conforms ? 1 : 0;
    }
  });
}
var shared2 = { key: "u32", kind: "js", isExact: !0 }, TYPED = [
  {
    ...shared2,
    name: "typed arrays, key and time apart",
    form: "call",
    create: (keys2) => byNumber(splitTable(keys2))
  },
  { ...shared2, name: "typed arrays, pairs", form: "call", create: (keys2) => byNumber(pairedTable(keys2)) },
  { ...shared2, name: `typed arrays, ${4096} a call`, form: "batch", create: splitBatch }
];

// bench/limiters/contestants.ts
var CONTESTANTS = [...WEIR, ...TYPED, ...MAPS, ...NPM];

// ../../../tmp/edgespeed/one.mts
var subject = process.argv[2], keys = Number(process.argv[3] ?? 1e6), turns = Number(process.argv[4] ?? 10), workload = new LimiterWorkload({ keys, decisions: 5e6, distribution: process.argv[5] ?? "uniform", seed: 1 }), ids = workload.ids, order = workload.order(), stream = { ids: Uint32Array.from(order, (k) => ids[k]), names: [], startMs: START_MS, perMs: workload.decisionsPerMs };
function make() {
  if (subject === "allows") {
    let m = workloadMeter("wasm", "u32", keys);
    return byNumber((id, now) => m.allows(id, now));
  }
  if (subject === "allowsjs") {
    let m = workloadMeter("js", "u32", keys);
    return byNumber((id, now) => m.allows(id, now));
  }
  if (subject === "peek") {
    let m = workloadMeter("wasm", "u32", keys), o = createDecision();
    return byNumber((id, now) => m.peekInto(o, id, now).allowed);
  }
  return CONTESTANTS.find(({ name }) => name === subject).create(keys);
}
var l = make(), allowed = await l.play({ ids, names: [], startMs: START_MS - 1, perMs: 1 / 0 }, 0, keys), times = [];
for (let t = 0; t < turns; t++) {
  let c = process.cpuUsage();
  allowed += await l.play(stream, t * 5e5, (t + 1) * 5e5);
  let e = process.cpuUsage(c);
  times.push((e.user + e.system) / 500);
}
process.env.ALL && console.log(times.map((x) => x.toFixed(0)).join(" "));
times.sort((a, b) => a - b);
console.log(subject.padEnd(36), "median ns", times[turns >> 1].toFixed(1), "min", times[0].toFixed(1), allowed);
