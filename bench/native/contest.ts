/** One row of topic `native` in a process of its own, which waits for its turns as the programs in C do. */
import { writeFileSync } from "node:fs";
import { type Player } from "../contenders.ts";
import { cpuMs } from "../harness.ts";
import type { Columns } from "../workload.ts";
import { type PacketFile, readPackets } from "./packetfile.ts";
import { NODE_ROWS } from "./rows.ts";

export interface ContestInput {
  readonly name: string;
  readonly flows: number;
  readonly file: PacketFile;
  readonly colorsPath: string;
}

/** Meters packets [from, to) of the file, so many nanoseconds later than it says. */
export interface Question {
  /** Keep the colors: the first pass. */
  readonly keeps: boolean;
  readonly from: number;
  readonly to: number;
  readonly laterNs: number;
}

export interface Turn {
  /** Processor time of this process while it metered, all its threads, in milliseconds. */
  readonly ms: number;
}

/** Packets read at once where they come from the file: prologues are long. */
const CHUNK_PACKETS = 2 ** 18;

class Contest {
  readonly #input: ContestInput;
  readonly #player: Player;
  readonly #stream: Columns;
  readonly #colors: Uint8Array;
  readonly #reused = new Uint8Array(CHUNK_PACKETS);
  #laterNs = 0;

  constructor(input: ContestInput) {
    const row = NODE_ROWS.find(({ name }) => name === input.name);
    if (row === undefined) throw new Error(`no row named ${input.name}`);
    this.#input = input;
    this.#player = row.create(input.flows);
    this.#stream = readPackets(input.file, input.file.prologuePackets, input.file.packets);
    this.#colors = new Uint8Array(input.file.packets);
  }

  answer(question: Question): Turn {
    if (!question.keeps) return { ms: this.#turn(question) };
    const ms = this.#keep(question);
    if (question.to === this.#input.file.packets) writeFileSync(this.#input.colorsPath, this.#colors);
    return { ms };
  }

  /** From the file, chunk by chunk; reading is not timed. */
  #keep({ from, to }: Question): number {
    let ms = 0;
    for (let first = from; first < to; first += CHUNK_PACKETS) {
      const end = Math.min(first + CHUNK_PACKETS, to);
      const chunk = readPackets(this.#input.file, first, end);
      const startMs = cpuMs();
      this.#player.meter(chunk, 0, end - first, this.#colors, first);
      ms += cpuMs() - startMs;
    }
    return ms;
  }

  #turn({ from, to, laterNs }: Question): number {
    this.#moveOn(laterNs);
    const { prologuePackets } = this.#input.file;
    const startMs = cpuMs();
    for (let first = from; first < to; first += CHUNK_PACKETS) {
      const end = Math.min(first + CHUNK_PACKETS, to);
      this.#player.meter(this.#stream, first - prologuePackets, end - prologuePackets, this.#reused, 0);
    }
    return cpuMs() - startMs;
  }

  #moveOn(laterNs: number): void {
    if (laterNs === this.#laterNs) return;
    const step = BigInt(laterNs - this.#laterNs);
    const times = new BigUint64Array(this.#stream.time.buffer);
    for (let index = 0; index < times.length; index += 1) times[index]! += step;
    this.#laterNs = laterNs;
  }
}

/** Nothing happens without a parent: the first message makes the contest, each one after it is a turn. */
let contest: Contest | undefined;
process.on("message", (message: ContestInput | Question) => {
  if ("name" in message) contest = new Contest(message);
  else process.send!(contest!.answer(message));
});
