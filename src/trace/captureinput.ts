/** Bytes of one capture, decompressed. Nothing of it is thread-safe, and one read runs at a time. */
export interface CaptureInput {
  /** As given; "-" is shown as "stdin". */
  readonly name: string;
  /** Size on disk (compressed, when it is compressed), or null for a pipe. */
  readonly sizeBytes: number | null;
  /** Bytes taken from the file so far (compressed ones, when it is compressed). */
  readonly consumedBytes: number;
  /** One line on what was found wrong with the compression; what was readable is delivered all the same. */
  readonly damage: string | null;
  /**
   * Fills `target` with the next bytes, as many as are there; 0 is the end. `target` is asked for at the very moment
   * of the copy, so it may be a view over memory that grows. Throws CaptureError when reading fails.
   */
  read(target: () => Uint8Array): number | Promise<number>;
  close(): Promise<void> | void;
}
