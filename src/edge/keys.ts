/** Keys of all kinds as the 64-bit identity that an engine takes: two words. */
import { KEY_TEXT, KEY_TEXT_BYTES_MAX, RESULT, RESULT_KEY } from "../../assembly/edge/abi.ts";
import type { EdgeEngine } from "./engine.ts";
import { shown } from "./shown.ts";
import { putTuple } from "./tuple.ts";
import type { FiveTuple, Key, KeyKind } from "./types.ts";
import type { Views } from "./views.ts";
import { outside } from "./whole.ts";

const ASCII_END = 0x80;
const TWO_32 = 2 ** 32;
const UINT64_END = 2n ** 64n;

/** Turns keys into what identifies them: 64 bits. */
export interface Identity {
  /** Writes a key's two words, low first, to `words[at]`. Throws TypeError or RangeError for what is no key of this kind. */
  put(words: Uint32Array | Int32Array, at: number, key: Key): void;
}

/** What identifies the keys of a meter. */
export function identityOf(kind: KeyKind, engine: EdgeEngine, views: Views): Identity {
  return kind === "u32" ? new SmallKeys() : new Keys(kind, engine, views);
}

class SmallKeys implements Identity {
  put(words: Uint32Array | Int32Array, at: number, key: Key): void {
    if (typeof key !== "number" || key >>> 0 !== key) throw outside("key", key, 0, TWO_32 - 1);
    words[at] = key;
  }
}

const NUMBERS = "a whole number from 0 to 2^53 - 1, a bigint below 2^64";
const TEXTS = "a string";
const BYTES = "a Uint8Array";
const EXPECTED: Readonly<Record<Exclude<KeyKind, "u32">, string>> = {
  u64: NUMBERS,
  string: TEXTS,
  bytes: BYTES,
  "5-tuple": "an object of protocol, source, destination, sourcePort and destinationPort",
  any: [NUMBERS, TEXTS, BYTES].join(", "),
};

class Keys implements Identity {
  readonly #kind: Exclude<KeyKind, "u32">;
  readonly #engine: EdgeEngine;
  readonly #text: Uint8Array;
  readonly #result: Uint32Array;
  readonly #takesNumbers: boolean;
  readonly #takesStrings: boolean;
  readonly #takesBytes: boolean;

  constructor(kind: Exclude<KeyKind, "u32">, engine: EdgeEngine, { bytes, words }: Views) {
    this.#kind = kind;
    this.#engine = engine;
    this.#text = bytes.subarray(KEY_TEXT, KEY_TEXT + KEY_TEXT_BYTES_MAX);
    this.#result = words.subarray(RESULT / 4 + 2 * RESULT_KEY);
    this.#takesNumbers = kind === "u64" || kind === "any";
    this.#takesStrings = kind === "string" || kind === "any";
    this.#takesBytes = kind === "bytes" || kind === "any";
  }

  put(words: Uint32Array | Int32Array, at: number, key: Key): void {
    if (typeof key === "string" && this.#takesStrings) this.#hash(words, at, encode(key, this.#text));
    else if (typeof key === "number" && this.#takesNumbers && key >= 0 && Number.isSafeInteger(key)) {
      words[at] = key;
      words[at + 1] = Math.floor(key / TWO_32);
    } else if (typeof key === "bigint" && this.#takesNumbers && key >= 0n && key < UINT64_END) {
      words[at] = Number(key & 0xffff_ffffn);
      words[at + 1] = Number(key >> 32n);
    } else if (key instanceof Uint8Array && this.#takesBytes) this.#hash(words, at, copied(key, this.#text));
    else if (typeof key === "object" && this.#kind === "5-tuple")
      this.#hash(words, at, putTuple(key as FiveTuple, this.#text));
    else throw new TypeError(`key ${shown(key)}: must be ${EXPECTED[this.#kind]}`);
  }

  #hash(words: Uint32Array | Int32Array, at: number, length: number): void {
    this.#engine.functions.identify(length);
    words[at] = this.#result[0]!;
    words[at + 1] = this.#result[1]!;
  }
}

function copied(key: Uint8Array, target: Uint8Array): number {
  if (key.length > target.length) throw tooLong(key.length);
  target.set(key);
  return key.length;
}

const encoder = new TextEncoder();

/** Writes a string as UTF-8 and answers how many bytes that are. A loop: for short ASCII it is 5 times as fast as the encoder. */
export function encode(text: string, target: Uint8Array): number {
  const { length } = text;
  if (length > target.length) throw tooLong(length);
  for (let index = 0; index < length; index += 1) {
    const unit = text.charCodeAt(index);
    if (unit >= ASCII_END) return encodeAny(text, target);
    target[index] = unit;
  }
  return length;
}

function encodeAny(text: string, target: Uint8Array): number {
  const { read, written } = encoder.encodeInto(text, target);
  if (read < text.length) throw tooLong(3 * text.length);
  return written;
}

function tooLong(bytes: number): RangeError {
  return new RangeError(`key of up to ${bytes} bytes: must be at most ${KEY_TEXT_BYTES_MAX}; hash it first`);
}
