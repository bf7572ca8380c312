/** The rules of all classes of a policy: the first that holds gives a packet its class. */

import { RULES_MAX } from "../../../assembly/abi/classifier.ts";
import type { MatchRule } from "../../types.ts";
import type { Context } from "./context.ts";
import { MatchReader } from "./match.ts";
import type { Section } from "./section.ts";

export interface Rules {
  readonly matches: readonly MatchRule[];
  /** The first class that takes every packet; undefined when some packets match nothing. */
  readonly catchAll: Section | undefined;
}

function isCatchAll(rule: MatchRule): boolean {
  return Object.keys(rule).length === 1;
}

/**
 * Reads the matches of classes, in their order; `rest` needs none, for it gets what no rule takes. Warns of classes that
 * can never match. Throws ConfigError.
 */
export function readRules(sections: readonly Section[], context: Context, rest?: Section): Rules {
  const { warnings } = context;
  const reader = new MatchReader(context);
  const matches: MatchRule[] = [];
  let catchAll: Section | undefined;
  for (const [index, section] of sections.entries()) {
    if (section === rest && !section.has("match")) continue;
    const rules = reader.rulesOf(section, index);
    for (const rule of rules) matches.push(rule);
    if (matches.length > RULES_MAX) {
      const detail = `makes more than ${RULES_MAX} rules in the policy; give one match several values`;
      throw section.fail("RANGE", "match", detail);
    }
    if (catchAll !== undefined) {
      warnings.push(`${section.title}: can never match; ${catchAll.title} before it takes every packet`);
    }
    if (rules.some(isCatchAll)) catchAll ??= section;
  }
  if (rest?.has("match") === false && catchAll !== undefined) {
    warnings.push(`${rest.title}: gets no packet; ${catchAll.title} takes every one`);
  }
  return { matches, catchAll };
}
