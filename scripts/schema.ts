/** Writes schema/policy.schema.json from the tables of the policies: `npx tsx scripts/schema.ts`. */
import { writeFileSync } from "node:fs";
import { format } from "prettier";
import { policySchema } from "./policyschema.ts";

const text = await format(JSON.stringify(policySchema()), { parser: "json", printWidth: 120 });
writeFileSync(new URL("../schema/policy.schema.json", import.meta.url), text);
