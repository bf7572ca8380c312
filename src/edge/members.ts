/** Which policies may be one of several limits on a key. */
import { ConfigError } from "../errors.ts";
import type { EdgePolicy } from "./profiles.ts";

/** Throws ConfigError when a policy cannot be one of the limits of the group. */
export function checkMember({ slots, meter }: EdgePolicy, group: string): void {
  if (!slots.some(chargesRefused)) return;
  const detail = "charges what it refuses: it cannot be one of several limits";
  throw new ConfigError("CONFLICT", "all", meter, detail, group);
}

function chargesRefused({ profile }: EdgePolicy["slots"][number]): boolean {
  if (profile.kernel === "one-bucket") return false;
  if (profile.kernel !== "two-buckets") return true;
  return profile.rules.some(({ color, charges }) => color === 2 && (charges[0] || charges[1]));
}
