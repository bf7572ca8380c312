/** All that a policy can be copied as. */
import { nginxLimit } from "../../translate/nginx/write.ts";
import { tcPolice } from "../../translate/tc/writepolice.ts";
import { tcTbf } from "../../translate/tc/writetbf.ts";
import type { Writer } from "../../translate/write.ts";
import type { ExportTarget } from "./exported.ts";
import { weirCommand, weirPolicy } from "./weir.ts";

/** The words of another system, which see no more of the page than the flow key. */
function elsewhere(write: Writer): ExportTarget["make"] {
  return ({ policy, state }) => write({ policy, by: state.by });
}

export const EXPORTS: readonly ExportTarget[] = [
  { id: "policy", label: "Weir policy", make: weirPolicy },
  { id: "command", label: "weir meter", make: weirCommand },
  { id: "police", label: "tc police", make: elsewhere(tcPolice) },
  { id: "tbf", label: "tc tbf", make: elsewhere(tcTbf) },
  { id: "nginx", label: "nginx", make: elsewhere(nginxLimit) },
];
