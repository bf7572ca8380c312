/** The parts of a core's memory that packets of shared batches are copied to and from. */
import { Buffer } from "node:buffer";
import { ARENA_BASE } from "../../assembly/abi.ts";
import { SHARD_BYTES } from "../../assembly/abi/shards.ts";

/** Views that are made again when the memory has grown, which detaches them. */
export class CoreParts {
  readonly #memory: WebAssembly.Memory;
  readonly #shardAt: number;
  #fixed = Buffer.alloc(0);
  #shard = Buffer.alloc(0);

  /** `shardAt`: where the columns of pieces and runs lie. */
  constructor(memory: WebAssembly.Memory, shardAt: number) {
    this.#memory = memory;
    this.#shardAt = shardAt;
  }

  /** All that is at fixed addresses, such as the columns of a core's own batch. */
  get fixed(): Buffer {
    this.#renew();
    return this.#fixed;
  }

  /** The columns of pieces and runs (assembly/abi/shards.ts). */
  get shard(): Buffer {
    this.#renew();
    return this.#shard;
  }

  #renew(): void {
    const { buffer } = this.#memory;
    if (this.#shard.buffer === buffer) return;
    this.#fixed = Buffer.from(buffer, 0, ARENA_BASE);
    this.#shard = Buffer.from(buffer, this.#shardAt, SHARD_BYTES);
  }
}
