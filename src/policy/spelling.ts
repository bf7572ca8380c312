/**
 * What to write instead of a unit that Weir does not take. Common spellings mean different things to different tools
 * (tc(8) reads "kb" as 1024 bytes and "mbps" as megabytes a second), so each is answered with its possible readings.
 * Each function returns undefined when it knows nothing of the unit.
 */

/** k M G T as written for thousands, whatever the case; "" for no prefix. */
function prefixOf(letter: string): string {
  return letter.toLowerCase() === "k" ? "k" : letter.toUpperCase();
}

/** A capital B is bytes; a small one is bits to most, and bytes to tc. */
const CAPITAL_B = /^([kmgtKMGT]?)B(?:ps|PS|\/s|\/sec)?$/u;
const BITS_OR_BYTES = /^([kmgt]?)b(?:ps|\/s|\/sec)?$/iu;
const BITS = /^([kmgt]?)(?:bits?)(?:\/?s|\/sec|ps)?$/iu;
const BYTES = /^([kmgt]?)bytes?(?:\/?s|\/sec|ps)?$/iu;
const KIBIBYTES = /^([kmgt])ib(?:\/?s|\/sec|ps)?$/iu;
const PACKETS = /^(?:p|packets?|pkts?|r|reqs?|requests?|cells?)(?:(?:\/|p)(s|m|h)(?:[a-z]*))?$/iu;
const PER_TIME = /^\/(s|m|h)[a-z]*$/iu;

/** Who writes a capital K may mean 1000 or 1024. */
function bytesOffer(letter: string, number: string, per: "" | "/s"): string {
  const thousands = `write ${number} ${prefixOf(letter)}B${per}`;
  if (letter !== "K") return thousands;
  return `${thousands} for 1000 bytes each or ${number} KiB${per} for 1024`;
}

export function explainRate(unitName: string, number: string): string | undefined {
  const capital = CAPITAL_B.exec(unitName);
  if (capital !== null) return bytesOffer(capital[1] ?? "", number, "/s");
  const either = BITS_OR_BYTES.exec(unitName);
  if (either !== null) {
    const prefix = prefixOf(either[1] ?? "");
    return `write ${number} ${prefix}bit/s for bits or ${number} ${prefix}B/s for bytes`;
  }
  const bits = BITS.exec(unitName);
  if (bits !== null) return `write ${number} ${prefixOf(bits[1] ?? "")}bit/s`;
  const bytes = BYTES.exec(unitName);
  if (bytes !== null) return `write ${number} ${prefixOf(bytes[1] ?? "")}B/s`;
  const kibibytes = KIBIBYTES.exec(unitName);
  if (kibibytes !== null) return `write ${number} ${(kibibytes[1] ?? "").toUpperCase()}iB/s`;
  const packets = PACKETS.exec(unitName) ?? PER_TIME.exec(unitName);
  if (packets === null) return undefined;
  const time = (packets[1] ?? "s").toLowerCase();
  return `write ${number} packets/${time === "m" ? "min" : time}`;
}

export function explainBurst(unitName: string, number: string): string | undefined {
  const time = explainDuration(unitName, number);
  if (time !== undefined) return time;
  const bits = BITS.exec(unitName);
  if (bits !== null) return `a burst is in bytes, packets or a time: divide by 8 and write ${prefixOf(bits[1] ?? "")}B`;
  return explainAmount(unitName, number);
}

export function explainAmount(unitName: string, number: string): string | undefined {
  if (/^(?:ns|us|ms|s|min|h)$/u.test(unitName)) return "an amount is in bytes or packets, not a time";
  const bits = BITS.exec(unitName);
  if (bits !== null) return `an amount is in bytes or packets: divide by 8 and write ${prefixOf(bits[1] ?? "")}B`;
  const bytes = /^([kmgt])(?:b|bytes?)?$/iu.exec(unitName);
  if (bytes !== null) {
    const letter = bytes[1] ?? "";
    const binary = `${number} ${letter.toUpperCase()}iB (powers of 1024, what tc calls ${letter.toLowerCase()}b)`;
    return `write ${number} ${prefixOf(letter)}B (powers of 1000) or ${binary}`;
  }
  const kibibytes = KIBIBYTES.exec(unitName);
  if (kibibytes !== null) return `write ${number} ${(kibibytes[1] ?? "").toUpperCase()}iB`;
  if (PACKETS.test(unitName)) return `write ${number} packets`;
  return unitName === "b" ? `write ${number} B` : undefined;
}

export function explainDuration(unitName: string, number: string): string | undefined {
  if (/^(?:sec|secs|seconds?)$/iu.test(unitName)) return `write ${number} s`;
  if (unitName === "m") return `write ${number} min or ${number} ms`;
  if (/^(?:mins|minutes?)$/iu.test(unitName)) return `write ${number} min`;
  if (/^(?:hr|hrs|hours?)$/iu.test(unitName)) return `write ${number} h`;
  return undefined;
}
