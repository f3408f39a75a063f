import { readFileSync } from "node:fs";
import Ajv2020 from "ajv/dist/2020";
import addFormats from "ajv-formats";
import { Glob } from "bun";
import operations from "../bench/k6/operations.json";

/** Checks the k6 scripts against the OpenAPI document: operations, parameters, bodies, and the names they use. */
const document = JSON.parse(readFileSync("docs/openapi.json", "utf8"));
const ajv = addFormats(new Ajv2020({ strict: false }));
ajv.addSchema(document, "openapi");
const faults: string[] = [];

type Asked = { method: string; path: string; body?: object; query?: object };
for (const [name, asked] of Object.entries(operations as Record<string, Asked>)) {
  const pointer = `#/paths/${asked.path.replaceAll("/", "~1")}/${asked.method.toLowerCase()}`;
  const operation = document.paths[asked.path]?.[asked.method.toLowerCase()];
  if (operation?.operationId !== name) {
    faults.push(`${name} is not ${asked.method} ${asked.path} in the document.`);
    continue;
  }
  const parameters = (operation.parameters ?? []).map((p: { name: string }) => p.name);
  for (const parameter of Object.keys(asked.query ?? {}))
    if (!parameters.includes(parameter)) faults.push(`${name} has no parameter ${parameter}.`);
  if (!asked.body) continue;
  const valid = ajv.compile({ $ref: `openapi${pointer}/requestBody/content/application~1json/schema` });
  if (!valid(asked.body)) faults.push(`${name}: ${ajv.errorsText(valid.errors)}`);
}
for (const file of new Glob("bench/k6/*.js").scanSync(".")) {
  for (const [, name = ""] of readFileSync(file, "utf8").matchAll(/\bcall\("(\w+)"/g))
    if (!(name in operations)) faults.push(`${file} calls ${name}, which operations.json does not have.`);
}
for (const fault of faults) console.error(fault);
process.exit(faults.length === 0 ? 0 : 1);
