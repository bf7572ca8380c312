/** A part of a capture's time, in ns after its first packet. */
import { ConfigError } from "../errors.ts";
import { floor } from "../rational.ts";
import { parseDurationNs } from "../units.ts";

export interface TimeWindow {
  readonly fromNs: number;
  readonly toNs: number;
}

export const ALL_TIME: TimeWindow = { fromNs: 0, toNs: Infinity };

/** Whether a time lies in the window; its end does. */
export function isWithin({ fromNs, toNs }: TimeWindow, timeNs: number): boolean {
  return timeNs >= fromNs && timeNs <= toNs;
}

/** The window that `--from` and `--to` state; undefined without either. Throws ConfigError. */
export function windowOf(from: string | undefined, to: string | undefined): TimeWindow | undefined {
  if (from === undefined && to === undefined) return undefined;
  const [fromNs, toNs] = [timeNsOf("from", from, ALL_TIME.fromNs), timeNsOf("to", to, ALL_TIME.toNs)];
  if (toNs > fromNs) return { fromNs, toNs };
  const detail = from === undefined ? "must be above 0" : `must be after the beginning, from ${from}`;
  throw new ConfigError("RANGE", "to", to, detail);
}

/** The part of the window that lies in a capture of so long. Throws ConfigError when none does. */
export function windowIn({ fromNs, toNs }: TimeWindow, spanNs: number, spanText: string): TimeWindow {
  if (fromNs < spanNs) return { fromNs, toNs: Math.min(toNs, spanNs) };
  throw new ConfigError("RANGE", "from", undefined, `must lie in the capture, which is ${spanText} long`);
}

function timeNsOf(parameter: string, text: string | undefined, fallback: number): number {
  if (text === undefined) return fallback;
  return Number(floor(parseDurationNs(parameter, text)));
}
