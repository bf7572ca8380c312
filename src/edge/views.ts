/** An engine's memory in the widths that the library reads and writes it in; addresses are those of assembly/edge/abi.ts. */
export interface Views {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly words: Uint32Array<ArrayBuffer>;
  /** 64-bit words. */
  readonly wides: BigUint64Array<ArrayBuffer>;
  readonly doubles: Float64Array<ArrayBuffer>;
}

/** Of memory that has been laid out: its size is a multiple of 8 and never changes again. */
export function viewsOf(buffer: ArrayBuffer): Views {
  return {
    bytes: new Uint8Array(buffer),
    words: new Uint32Array(buffer),
    wides: new BigUint64Array(buffer),
    doubles: new Float64Array(buffer),
  };
}
