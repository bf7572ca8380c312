/** One pcapng interface: link type, snap length, and the clock that its time stamps count. */

@unmanaged
export class Interface {
  /** Seconds added to every time stamp (if_tsoffset). */
  offsetSec: i64;
  link: u32;
  snapBytes: u32;
  /** Units a second are 10^exponent, or 2^exponent when binary (if_tsresol). */
  exponent: u32;
  isBinary: u32;
  /** Among the interfaces of the run (faces.ts). */
  face: u32;
}

export const INTERFACE_BYTES: u32 = 32;

if (offsetof<Interface>() > INTERFACE_BYTES) ERROR("Interface outgrew INTERFACE_BYTES");
