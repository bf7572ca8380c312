/** Several contracts at once: a packet is charged to all buckets or to none. */
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
import { asGreen, asRed, type Definition, type FlowMeter } from "./flowmeter.ts";
import { latest } from "./time.ts";

/** One state a bucket, in the order of the definition. */
export type MultiState = readonly BucketState[];

/** Green when the packet fits every bucket; else red because of the first that it does not fit. */
export function createMulti({ buckets }: Definition<"multi">): FlowMeter<MultiState> {
  return {
    fresh: (nowNs) => buckets.map((bucket) => freshBucket(bucket, nowNs)),
    drained: (nowNs) => buckets.map(() => drainedBucket(nowNs)),
    offer(states, packet, nowNs) {
      const refusing = buckets.findIndex((bucket, index) => !hasRoom(bucket, states[index]!, packet, nowNs));
      if (refusing >= 0) {
        const next = buckets.map((bucket, index) => rested(bucket, states[index]!, nowNs));
        return asRed(refusing, next);
      }
      return asGreen(buckets.map((bucket, index) => filled(bucket, states[index]!, packet, nowNs)));
    },
    delayNs: (states, packet, nowNs) =>
      latest(buckets.map((bucket, index) => untilRoomNs(bucket, states[index]!, packet, nowNs))),
    levels: (states, nowNs) => buckets.map((bucket, index) => levelAt(bucket, states[index]!, nowNs)),
  };
}
