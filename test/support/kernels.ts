/** What other systems do with packets, in their own integer arithmetic. Sources are named at each. */
import type { Packet } from "./run.ts";

const NS_PER_SEC = 1_000_000_000n;
const MS_NS = 1_000_000n;

/** A bucket of tc: bytes a second, and bytes. */
export interface TcBucket {
  readonly rate: bigint;
  readonly burst: bigint;
}

/** Time that so many bytes take at a rate, down to whole ns (psched_l2t_ns). */
function lineNs(bytes: bigint, rate: bigint): bigint {
  return (bytes * NS_PER_SEC) / rate;
}

/** Departure of each packet from tbf (net/sched/sch_tbf.c, bfifo below it), in ns; undefined: dropped. */
export function tbfDepartures(
  buckets: readonly TcBucket[],
  limit: bigint,
  packets: readonly Packet[],
): (bigint | undefined)[] {
  const burstsNs = buckets.map(({ rate, burst }) => lineNs(burst, rate));
  const mostBytes = buckets.reduce((least, { burst }) => (burst < least ? burst : least), buckets[0]!.burst);
  let tokens = [...burstsNs];
  let lastNs = packets[0]?.timeNs ?? 0n;
  let freeNs = 0n;
  const waiting: { readonly bytes: bigint; readonly leavesNs: bigint }[] = [];
  return packets.map(({ timeNs, length }) => {
    const bytes = BigInt(length);
    while (waiting[0] !== undefined && waiting[0].leavesNs <= timeNs) waiting.shift();
    const backlog = waiting.reduce((sum, packet) => sum + packet.bytes, 0n);
    if (bytes > mostBytes || backlog + bytes > limit) return undefined;
    // The head of the queue leaves as soon as every bucket has its tokens; whoever is behind it waits for that.
    let leavesNs = timeNs > freeNs ? timeNs : freeNs;
    for (const [index, { rate }] of buckets.entries()) {
      const missingNs = lineNs(bytes, rate) - tokens[index]!;
      if (lastNs + missingNs > leavesNs) leavesNs = lastNs + missingNs;
    }
    tokens = tokens.map((token, index) => {
      const filled = token + leavesNs - lastNs;
      return (filled < burstsNs[index]! ? filled : burstsNs[index]!) - lineNs(bytes, buckets[index]!.rate);
    });
    [lastNs, freeNs] = [leavesNs, leavesNs];
    waiting.push({ bytes, leavesNs });
    return leavesNs;
  });
}

/** True for each packet within police (net/sched/act_police.c), which sees `headerBytes` less of it at ingress. */
export function policed(buckets: readonly TcBucket[], headerBytes: bigint, packets: readonly Packet[]): boolean[] {
  const burstsNs = buckets.map(({ rate, burst }) => lineNs(burst, rate));
  let tokens = [...burstsNs];
  let lastNs = 0n;
  return packets.map(({ timeNs, length }) => {
    const bytes = BigInt(length) - headerBytes;
    const left = tokens.map((token, index) => {
      const filled = token + timeNs - lastNs;
      return (filled < burstsNs[index]! ? filled : burstsNs[index]!) - lineNs(bytes, buckets[index]!.rate);
    });
    if (left.some((token) => token < 0n)) return false;
    [tokens, lastNs] = [left, timeNs];
    return true;
  });
}

/** When nginx lets each request pass, in ms (ngx_http_limit_req_module.c); undefined: refused. */
export function limitReq(
  perSec: bigint,
  burst: bigint,
  delay: bigint,
  packets: readonly Packet[],
): (bigint | undefined)[] {
  const rate = perSec * 1000n;
  let [excess, lastMs] = [-1n, 0n];
  return packets.map(({ timeNs }) => {
    const nowMs = timeNs / MS_NS;
    let next = excess < 0n ? 0n : excess - (rate * (nowMs - lastMs)) / 1000n + 1000n;
    if (next < 0n) next = 0n;
    if (next > burst * 1000n) return undefined;
    [excess, lastMs] = [next, nowMs];
    return next <= delay * 1000n ? nowMs : nowMs + ((next - delay * 1000n) * 1000n) / rate;
  });
}
