import { describe, expect, test } from "bun:test";
import { OpenAPIHono } from "@hono/zod-openapi";
import { createConfig, lintFromString } from "@redocly/openapi-core";
import type { Env } from "../../src/http/kit/env.ts";
import { requireDeclarations } from "../../src/http/kit/openapi.ts";
import { problems } from "../../src/http/kit/problem.ts";
import { as } from "../support/client.ts";
import { everyOperation } from "../support/every-operation.ts";
import { addPerson, useHarness } from "../support/harness.ts";

type Body = { content: { "application/json": { schema: { $ref: string } } } };
type Examples = Record<string, { $ref: string }>;
type Operation = {
  operationId: string;
  summary?: string;
  requestBody?: Body;
  parameters?: Parameter[];
  responses: Record<string, { content?: Record<string, { examples?: Examples }> }>;
};
type Parameter = {
  name: string;
  in: string;
  required?: boolean;
  schema?: { example?: unknown };
  example?: unknown;
};

const harness = useHarness("sqlite");

async function readDocument() {
  return (await as(harness())("GET", "/api/openapi.json")).body;
}

function operationsOf(document: { paths: Record<string, Record<string, Operation>> }) {
  return Object.entries(document.paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, operation]) => ({
      path,
      method: method.toUpperCase(),
      operation,
    })),
  );
}

describe("the OpenAPI document", () => {
  test("passes Redocly's recommended rules without a finding", async () => {
    const source = JSON.stringify(await readDocument());
    const config = await createConfig({ extends: ["recommended"] });
    const findings = await lintFromString({ source, config });
    expect(findings.map((f) => `${f.ruleId}: ${f.message} at ${f.location[0]?.pointer}`)).toEqual([]);
  });

  test("names and sums up each operation, once", async () => {
    const operations = operationsOf(await readDocument());
    const ids = operations.map(({ operation }) => operation.operationId);
    expect(ids.sort()).toEqual(Object.keys(everyOperation).sort());
    for (const { operation } of operations) expect(operation.summary).toBeTruthy();
  });

  test("shows each refusal of an operation by an example with its own code and status", async () => {
    const document = await readDocument();
    const { examples } = document.components;
    let shown = 0;
    for (const { operation } of operationsOf(document)) {
      for (const [status, { content }] of Object.entries(operation.responses)) {
        for (const [code, { $ref }] of Object.entries(
          content?.["application/problem+json"]?.examples ?? {},
        )) {
          expect([operation.operationId, $ref]).toEqual([
            operation.operationId,
            `#/components/examples/${code}`,
          ]);
          expect(examples[code].value).toMatchObject({ code, status: Number(status) });
          shown += 1;
        }
      }
    }
    expect(shown).toBeGreaterThan(200);
  });

  test("holds an example of each body, and none is refused as invalid", async () => {
    const document = await readDocument();
    const admin = as(harness(), await addPerson(harness(), "admin"));
    const person = await addPerson(harness());
    const { body: room } = await admin("POST", "/api/resources", { name: "Room" });
    const slot = { title: "B", startTime: "2030-01-01T10:00:00Z", endTime: "2030-01-01T11:00:00Z" };
    const { body: booking } = await admin("POST", "/api/bookings", slot);
    const idFor = (path: string) =>
      path.includes("/users/") ? person.id : path.includes("/resources/") ? room.id : booking.id;
    for (const { path, method, operation } of operationsOf(document)) {
      const reference = operation.requestBody?.content["application/json"].schema.$ref;
      const schema = reference && document.components.schemas[reference.split("/").at(-1) ?? ""];
      if (reference)
        expect([operation.operationId, typeof schema.example]).toEqual([operation.operationId, "object"]);
      const query = (operation.parameters ?? [])
        .filter(
          (parameter) =>
            parameter.in === "query" && (parameter.required || exampleOf(parameter) !== undefined),
        )
        .map((parameter) => `${parameter.name}=${encodeURIComponent(String(exampleOf(parameter)))}`);
      const url = `${path.replace("{id}", idFor(path))}${query.length ? `?${query.join("&")}` : ""}`;
      const answer = await admin(method, url, schema?.example);
      // 401, and 400 of a token, is for examples that stand for a secret, 409 for things deleted or cancelled by an earlier example.
      const secret = answer.status === 400 && answer.body.errors[0].pointer === "/token";
      const fine = secret || [200, 201, 202, 204, 401, 404, 409].includes(answer.status);
      expect([operation.operationId, fine]).toEqual([operation.operationId, true]);
    }
  });
});

describe("the page of a problem", () => {
  test.each(Object.keys(problems))(
    "%s says what it means and what to do, without anything from outside",
    async (code) => {
      const response = await harness().app.request(`/problems/${code}`);
      const text = await response.text();
      expect(response.status).toBe(200);
      for (const part of [code, "Why it happens", "What to do", "Example"]) expect(text).toContain(part);
      expect(text).not.toMatch(/(src|href)="https?:/);
      expect(response.headers.get("content-security-policy")).toContain("default-src 'none'");
    },
  );

  test("is linked from a list, and there is none for other words", async () => {
    const list = await (await harness().app.request("/problems/")).text();
    for (const code of Object.keys(problems)) expect(list).toContain(`/problems/${code}`);
    for (const word of ["nothing", "__proto__", "toString"]) {
      expect((await harness().app.request(`/problems/${word}`)).status).toBe(404);
    }
  });
});

function exampleOf(parameter: Parameter): unknown {
  return parameter.example ?? parameter.schema?.example;
}

test("an operation that does not say who may call it does not start", () => {
  const app = new OpenAPIHono<Env>();
  app.openapi({ method: "get", path: "/open", responses: { 200: { description: "Anyone." } } }, (c) =>
    c.body(null),
  );
  expect(() => requireDeclarations(app)).toThrow("get /open does not declare who may call it.");
});
