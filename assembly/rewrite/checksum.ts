/** The checksum of the IPv4 header, RFC 1071, kept right when one of its words changes. */

/**
 * RFC 1624, equation 3: HC' = ~(~HC + ~m + m') in ones' complement, where the word m becomes m'. A checksum that was
 * wrong stays wrong by the same amount.
 */
export function updatedChecksum(checksum: u32, word: u32, newWord: u32): u32 {
  let sum = (~checksum & 0xffff) + (~word & 0xffff) + newWord;
  sum = (sum & 0xffff) + (sum >>> 16);
  sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}
