/** How many packets wait in the queues of all flows: those that have left, in flows that had no packet since, count too. */
import { BATCH, COLUMN_LENGTH } from "../abi";
import { CONFIG_QUEUED_MAX, STAT_UNQUEUED_BYTES, STAT_UNQUEUED_PACKETS } from "../abi/shaper";
import { setting } from "../config";
import { addStat } from "../stats";

/** Most packets of a block that is shaped: more cost 1 ns at ten thousand flows. */
export const BLOCK_MAX: u32 = 64;

export class Room {
  static packets: u32 = 0;

  @inline static enter(packets: u32): void {
    Room.packets += packets;
  }

  @inline static leave(packets: u32): void {
    Room.packets -= packets;
  }

  /** True when a block of packets has room, whatever it brings. */
  @inline static holdsBlock(): bool {
    return <u64>Room.packets + BLOCK_MAX <= setting(CONFIG_QUEUED_MAX);
  }

  /** Packet `i` is dropped because there is none. */
  static countRefused(i: u32): void {
    addStat(STAT_UNQUEUED_PACKETS, 1);
    addStat(STAT_UNQUEUED_BYTES, load<u32>(i << 2, BATCH + COLUMN_LENGTH));
  }

  /** True when as many wait as may. */
  @inline static isFull(): bool {
    return <u64>Room.packets >= setting(CONFIG_QUEUED_MAX);
  }
}
