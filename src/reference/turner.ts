/** Turner's counter: every arrival is added, refused ones too, so that a flow has to fall silent to be forgiven. */
import { drainedBucket, filled, freshBucket, hasRoom, levelAt, untilRoomNs, type BucketState } from "./bucket.ts";
import { asGreen, asRed, type Definition, type FlowMeter } from "./flowmeter.ts";
import { smaller } from "./rational.ts";

/** y = max(0, x - r (t - last)); ok = y + s <= threshold; x = min(y + s, cap), ok or not. */
export function createTurner({ bucket, cap }: Definition<"turner">): FlowMeter<BucketState> {
  return {
    fresh: (nowNs) => freshBucket(bucket, nowNs),
    drained: drainedBucket,
    offer(state, packet, nowNs) {
      const { level, lastNs } = filled(bucket, state, packet, nowNs);
      const next = { level: smaller(level, cap), lastNs };
      return hasRoom(bucket, state, packet, nowNs) ? asGreen(next) : asRed(0, next);
    },
    delayNs: (state, packet, nowNs) => untilRoomNs(bucket, state, packet, nowNs),
    levels: (state, nowNs) => [levelAt(bucket, state, nowNs)],
  };
}
