/** Magic numbers of pcap: microseconds, nanoseconds, and the "modified" one of 1999. */
export const MAGIC_MICRO: u32 = 0xa1b2c3d4;
export const MAGIC_NANO: u32 = 0xa1b23c4d;
export const MAGIC_MODIFIED: u32 = 0xa1b2cd34;
