/** What packets belong to a class, from `match`: one map or several, of which any has to hold. */

import { ConfigError } from "../../errors.ts";
import type { MatchRule, Prefix } from "../../types.ts";
import type { Context } from "./context.ts";
import { at } from "./context.ts";
import { parseDscp, parseProtocol, parseRange, PORT_MAX, PROTOCOLS_WITH_PORTS, VLAN_MAX } from "./fields.ts";
import { MATCH_SHAPE } from "./keys.ts";
import { parsePrefix } from "./prefix.ts";
import type { Spot } from "./section.ts";
import { isMap, placed, Section } from "./section.ts";

/** A file of prefixes may be as long as a policy. */
const FILE_LENGTH_MAX = 1 << 24;
/** Prefixes of a whole policy. */
export const PREFIXES_MAX = 1 << 20;

/** Reads the matches of all classes and counts what they hold. */
export class MatchReader {
  readonly #context: Context;
  #prefixCount = 0;

  constructor(context: Context) {
    this.#context = context;
  }

  /** The rules of a class; one that holds always when it has no match. Throws ConfigError. */
  rulesOf(section: Section, classIndex: number): readonly MatchRule[] {
    if (!section.has("match")) return [{ classIndex }];
    const spots = section.spots("match");
    if (spots.length === 0) {
      throw section.fail("MISSING", "match", "is an empty list; without match a class takes every packet");
    }
    return spots.map((spot) => this.#rule(this.#section(section, spot), classIndex));
  }

  #section(owner: Section, { value, where }: Spot): Section {
    if (isMap(value)) return new Section(value, MATCH_SHAPE, owner.title, this.#context.places);
    const detail = "must be a map such as {protocol: udp, dst-port: 5060-5061}, or a list of such maps";
    throw new ConfigError("FILE", "match", typeof value === "string" ? value : undefined, detail, where);
  }

  #rule(section: Section, classIndex: number): MatchRule {
    const range = (name: string, most: number) => values(section, name, (text) => parseRange(name, text, most));
    const sources = this.#prefixes(section, "src");
    const destinations = this.#prefixes(section, "dst");
    const protocols = values(section, "protocol", (text) => parseProtocol("protocol", text));
    const sourcePorts = range("src-port", PORT_MAX);
    const destinationPorts = range("dst-port", PORT_MAX);
    const dscps = values(section, "dscp", (text) => parseDscp("dscp", text));
    const vlans = range("vlan", VLAN_MAX);
    this.#checkPorts(section, protocols);
    return {
      ...(sources === undefined ? {} : { sources }),
      ...(destinations === undefined ? {} : { destinations }),
      ...(protocols === undefined ? {} : { protocols }),
      ...(sourcePorts === undefined ? {} : { sourcePorts }),
      ...(destinationPorts === undefined ? {} : { destinationPorts }),
      ...(dscps === undefined ? {} : { dscps }),
      ...(vlans === undefined ? {} : { vlans }),
      classIndex,
    };
  }

  #checkPorts(section: Section, protocols: readonly number[] | undefined): void {
    const name = ["src-port", "dst-port"].find((port) => section.has(port));
    if (name === undefined || protocols === undefined) return;
    if (protocols.some((protocol) => PROTOCOLS_WITH_PORTS.includes(protocol))) return;
    throw section.fail(
      "CONFLICT",
      name,
      `can never match: packets of protocol ${section
        .spots("protocol")
        .map(({ value }) => String(value))
        .join(", ")} have no ports; leave the ports or the protocol out`,
    );
  }

  #prefixes(section: Section, name: "src" | "dst"): readonly Prefix[] | undefined {
    const listed = values(section, name, (text) => parsePrefix(name, text));
    const files = section.spots(`${name}-file`).map((spot) => this.#file(section, `${name}-file`, spot));
    if (listed === undefined && files.length === 0) return undefined;
    const prefixes = [...(listed ?? []), ...files.flat()];
    this.#prefixCount += prefixes.length;
    if (this.#prefixCount > PREFIXES_MAX) {
      throw section.fail(
        "RANGE",
        section.has(name) ? name : `${name}-file`,
        `a policy holds ${PREFIXES_MAX} prefixes at most; merge neighbors into shorter prefixes`,
      );
    }
    return prefixes;
  }

  /** One prefix a line; what follows "#" is a comment. */
  #file(section: Section, key: string, spot: Spot): readonly Prefix[] {
    const { readFile } = this.#context;
    const fileName = section.textAt(key, spot);
    if (readFile === undefined) {
      const detail = `there is nothing here that reads files; list the prefixes under ${key.slice(0, 3)}`;
      throw new ConfigError("FILE", key, fileName, detail, spot.where);
    }
    const fail = (detail: string) => new ConfigError("FILE", key, fileName, detail, spot.where);
    let text: string;
    try {
      text = readFile(fileName);
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      throw fail(code === "ENOENT" ? "there is no such file; its name is relative to the policy" : message);
    }
    if (text.length > FILE_LENGTH_MAX) {
      throw new ConfigError("FILE", key, fileName, `is longer than ${FILE_LENGTH_MAX} characters`, spot.where);
    }
    const prefixes: Prefix[] = [];
    for (const [index, line] of text.split("\n").entries()) {
      const content = line.replace(/#.*$/su, "").trim();
      if (content === "") continue;
      const where = placed(`${fileName}:${index + 1}`, section.title);
      prefixes.push(at(where, () => parsePrefix(key.slice(0, 3), content)));
    }
    if (prefixes.length === 0) throw new ConfigError("FILE", key, fileName, "holds no prefix", spot.where);
    return prefixes;
  }
}

function values<Value>(section: Section, name: string, parse: (text: string) => Value): readonly Value[] | undefined {
  if (!section.has(name)) return undefined;
  const spots = section.spots(name);
  if (spots.length === 0) throw section.fail("MISSING", name, "is an empty list; leave it out to match any");
  return spots.map((spot) => {
    const text = section.textAt(name, spot);
    return at(spot.where, () => parse(text));
  });
}
