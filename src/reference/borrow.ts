/** A node of a borrowing tree: its own rate and, if it has one, a ceiling over that and what it borrows. */
import type { BucketDefinition } from "../types.ts";
import {
  drainedBucket,
  filled,
  freshBucket,
  hasRoom,
  levelAt,
  rested,
  untilRoomNs,
  type BucketState,
} from "./bucket.ts";
import { asGreen, asRed, type FlowMeter, type Lending } from "./flowmeter.ts";

export interface BorrowState {
  readonly rate: BucketState;
  /** Not looked at where the node has no ceiling. */
  readonly ceiling: BucketState;
}

/** `ceiling` is null where there is no limit to borrowing. By itself such a node is the meter of its own rate. */
export function createBorrowNode(rate: BucketDefinition, ceiling: BucketDefinition | null): FlowMeter<BorrowState> {
  const lending: Lending<BorrowState> = {
    hasRoom: (state, packet, nowNs) => hasRoom(rate, state.rate, packet, nowNs),
    // The ceiling's threshold is its depth less the rate's: that much is kept for what the node sends by itself.
    mayBorrow: (state, packet, nowNs) => ceiling === null || hasRoom(ceiling, state.ceiling, packet, nowNs),
    charged: (state, packet, nowNs, chargesRate) => ({
      rate: chargesRate ? filled(rate, state.rate, packet, nowNs) : rested(rate, state.rate, nowNs),
      ceiling: ceiling === null ? state.ceiling : filled(ceiling, state.ceiling, packet, nowNs),
    }),
  };

  return {
    lending,
    fresh: (nowNs) => ({
      rate: freshBucket(rate, nowNs),
      ceiling: ceiling === null ? drainedBucket(nowNs) : freshBucket(ceiling, nowNs),
    }),
    drained: (nowNs) => ({ rate: drainedBucket(nowNs), ceiling: drainedBucket(nowNs) }),
    offer(state, packet, nowNs) {
      if (!lending.hasRoom(state, packet, nowNs)) return asRed(0, state);
      return asGreen(lending.charged(state, packet, nowNs, true));
    },
    delayNs: (state, packet, nowNs) => untilRoomNs(rate, state.rate, packet, nowNs),
    levels(state, nowNs) {
      const own = levelAt(rate, state.rate, nowNs);
      return ceiling === null ? [own] : [own, levelAt(ceiling, state.ceiling, nowNs)];
    },
  };
}
