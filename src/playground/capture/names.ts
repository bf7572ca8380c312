/** Flow keys as text, written by the core as it writes them for the command. */
import { KEY_BYTES } from "../../../assembly/abi.ts";
import type { CoreExports } from "../../core/instance.ts";
import { viewsOf } from "../../core/views.ts";
import { compilePolicy } from "../../policy/compile.ts";
import { CaptureMeter } from "../../trace/meter.ts";

/** Belongs to no flow, so its key is free to be written to. */
const RECORD = 0;

export class FlowNames {
  readonly #core: CoreExports;
  readonly #decoder = new TextDecoder();

  constructor(module: WebAssembly.Module) {
    const policy = compilePolicy({ meter: "token-bucket", rate: "1 B/s", burst: "1 B" });
    const options = { maxFlows: 1, secret: [0, 0, 0, 0], records: true, delays: false, skipOther: false } as const;
    this.#core = new CaptureMeter(module, { ...options, policy, keying: { by: "all" }, captureCount: 0 }).core;
  }

  /** The name of the flow of that index. */
  nameOf(keys: Uint8Array, flow: number): string {
    const { bytes, text } = viewsOf(this.#core.memory);
    bytes.set(keys.subarray(flow * KEY_BYTES, (flow + 1) * KEY_BYTES), this.#core.keyAt(RECORD) >>> 0);
    this.#core.writeFlowName(RECORD);
    return this.#decoder.decode(text.subarray(0, this.#core.textBytes()));
  }
}
