/** All that a policy can be copied as. */
import type { ExportTarget } from "./exported.ts";
import { nginxLimit } from "./nginx.ts";
import { tcPolice, tcTbf } from "./tc.ts";
import { weirCommand, weirPolicy } from "./weir.ts";

export const EXPORTS: readonly ExportTarget[] = [
  { id: "policy", label: "Weir policy", make: weirPolicy },
  { id: "command", label: "weir meter", make: weirCommand },
  { id: "police", label: "tc police", make: tcPolice },
  { id: "tbf", label: "tc tbf", make: tcTbf },
  { id: "nginx", label: "nginx", make: nginxLimit },
];
