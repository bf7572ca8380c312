/** Policies as the command and the library for captures read them, whose errors say what to write instead. */
import { ConfigError } from "../errors.ts";
import { readPolicy } from "../policy/compile.ts";
import type { PolicyReading } from "../policy/compile.ts";
import { ownProfilesOf } from "../policy/profile.ts";
import { rational } from "../rational.ts";
import type { PolicyReader, ReadPolicy } from "./profiles.ts";

export const readInFull: PolicyReader = (input, parts) => profilesOfReading(readPolicy(input), parts);

/** What a policy's slots run. Throws ConfigError where exact arithmetic has no room for it. */
export function profilesOfReading(
  { meter, definition, sources }: Required<Pick<PolicyReading, "meter" | "definition" | "sources">>,
  parts: number,
): ReadPolicy {
  if (definition.kind === "weighted") {
    const detail = "shares one rate among its keys, which one decision at a time cannot; use any other meter";
    throw new ConfigError("CHOICE", "meter", meter, detail);
  }
  return { meter, profiles: ownProfilesOf(definition, sources, [rational(1n, BigInt(parts))]) };
}
