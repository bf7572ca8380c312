/** What is known of a packet whose class is being found. */

/** One of a run that lies PACKET_BYTES apart. */
@unmanaged
export class Packet {
  /** Set numbers of fields 0 to 3, 16 bits each; of fields 4 to 6. */
  low: u64;
  high: u64;
  /** Addresses as numbers: of IPv6 the upper halves, with the lower halves behind them. */
  source: u64;
  sourceLower: u64;
  destination: u64;
  destinationLower: u64;
  /** Of the first rule that one field alone has decided so far. */
  rank: u32;
  /** Where the class goes. */
  place: usize;
  /** The memo's entry for it. */
  entry: usize;
  /** The window of an address that is being looked up. */
  window: u32;
}

/** A cache line. */
export const PACKET_BYTES: usize = 64;

/** Packets that are looked up at a time: enough to fill the pipeline, few enough to stay in the L1 cache. */
export const PACKETS_MAX: u32 = 64;
