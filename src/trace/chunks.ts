/** An input whose bytes are made elsewhere, in chunks, by a decompressor. */
import type { FileSource } from "./file.ts";
import type { CaptureInput } from "./captureinput.ts";

const NOTHING = new Uint8Array(0);

/** What was found wrong. The first finding explains the others, so it is the one that stays. */
export class Damage {
  line: string | null = null;

  note(line: string): void {
    this.line ??= line;
  }
}

export interface Decoding {
  readonly chunks: AsyncGenerator<Uint8Array, void>;
  /** Ends what runs outside of the generator. */
  readonly stop?: () => void;
}

export class ChunkedInput implements CaptureInput {
  readonly #source: FileSource;
  readonly #decoding: Decoding;
  readonly #damage: Damage;
  #chunk: Uint8Array = NOTHING;
  #isClosed = false;

  constructor(source: FileSource, decoding: Decoding, damage: Damage) {
    this.#source = source;
    this.#decoding = decoding;
    this.#damage = damage;
  }

  get name(): string {
    return this.#source.name;
  }

  get sizeBytes(): number | null {
    return this.#source.sizeBytes;
  }

  get consumedBytes(): number {
    return this.#source.consumedBytes;
  }

  get damage(): string | null {
    return this.#damage.line;
  }

  read(target: () => Uint8Array): number | Promise<number> {
    return this.#chunk.length > 0 ? this.#copy(target()) : this.#refill(target);
  }

  #copy(target: Uint8Array): number {
    const part = this.#chunk.subarray(0, target.length);
    target.set(part);
    this.#chunk = this.#chunk.subarray(part.length);
    return part.length;
  }

  async #refill(target: () => Uint8Array): Promise<number> {
    while (this.#chunk.length === 0) {
      const next = await this.#decoding.chunks.next();
      if (next.done === true) return 0;
      this.#chunk = next.value;
    }
    return this.#copy(target());
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#chunk = NOTHING;
    this.#decoding.stop?.();
    // A decoder that waits for bytes goes on, and can end, once its source has closed.
    await this.#source.close();
    await this.#decoding.chunks.return();
  }
}
