/** Writes the JSON Schema of policy files, made from the tables of the policies, to the file that is named. */
import { writeFileSync } from "node:fs";
import { policySchema } from "./policyschema.ts";

const [file = "dist/policy.schema.json"] = process.argv.slice(2);
writeFileSync(file, `${JSON.stringify(policySchema(), null, 2)}\n`);
