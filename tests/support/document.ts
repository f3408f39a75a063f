import Ajv2020, { type ValidateFunction } from "ajv/dist/2020";
import addFormats from "ajv-formats";
import type { Harness } from "./harness.ts";

type Operation = { operationId: string; responses: Record<string, { content?: Record<string, unknown> }> };
export type Document = { paths: Record<string, Record<string, Operation>> };

/** Checks an answer against the OpenAPI document; throws what is wrong with it. */
export type DocumentCheck = (
  method: string,
  path: string,
  status: number,
  type: string | null,
  body: unknown,
) => void;

const checks = new WeakMap<Harness["app"], Promise<DocumentCheck>>();

export function documentCheck(app: Harness["app"]): Promise<DocumentCheck> {
  const known = checks.get(app) ?? makeCheck(app);
  checks.set(app, known);
  return known;
}

async function makeCheck(app: Harness["app"]): Promise<DocumentCheck> {
  const document = (await (await app.request("/api/openapi.json")).json()) as Document;
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  addFormats(ajv);
  ajv.addSchema(document, "document");
  const compiled = new Map<string, ValidateFunction>();
  const schemaAt = (pointer: string) => {
    const validate = compiled.get(pointer) ?? ajv.compile({ $ref: `document#${pointer}` });
    compiled.set(pointer, validate);
    return validate;
  };
  const templates = Object.keys(document.paths).map((template) => ({
    template,
    pattern: new RegExp(`^${template.replace("{id}", "[^/]+")}$`),
  }));
  return (method, path, status, type, body) => {
    const plain = path.split("?")[0]?.replace(/^\/api\/booking(?=\/|$)/, "/api/bookings") ?? "";
    const template = templates.find(({ pattern }) => pattern.test(plain))?.template;
    const verb = method.toLowerCase();
    const operation = template && document.paths[template]?.[verb];
    if (!operation) return;
    const documented = operation.responses[status];
    if (!documented)
      throw new Error(`${operation.operationId} answers ${status}, which its document does not tell of.`);
    if (!documented.content) return;
    const mediaType = type?.split(";")[0] ?? "";
    if (!(mediaType in documented.content))
      throw new Error(`${operation.operationId} answers ${status} as ${type}.`);
    const escaped = (part: string) => encodeURIComponent(part.replaceAll("~", "~0").replaceAll("/", "~1"));
    const pointer = [
      "paths",
      template,
      verb,
      "responses",
      String(status),
      "content",
      mediaType,
      "schema",
    ].map(escaped);
    const validate = schemaAt(`/${pointer.join("/")}`);
    if (!validate(body)) {
      throw new Error(
        `${operation.operationId} ${status}: ${ajv.errorsText(validate.errors)}\n${JSON.stringify(body)}`,
      );
    }
  };
}
