import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import schema from "@asyncapi/specs/schemas/3.0.0.json";
import Ajv from "ajv";
import addFormats from "ajv-formats";
import { decodeCursor } from "../../src/domain/cursor.ts";
import { asyncApiDocument } from "../../src/realtime/asyncapi.ts";
import { ClientFrame, clientFrames } from "../../src/realtime/frames.ts";
import { serverFrames } from "../../src/realtime/server-frames.ts";

const names = [...clientFrames, ...serverFrames].map(({ shape }) => shape.event.value);
const page = readFileSync(new URL("../../docs/live.md", import.meta.url), "utf8");

test("the document is AsyncAPI 3", () => {
  const ajv = new Ajv({ strict: false, meta: false, validateSchema: false });
  addFormats(ajv);
  const validate = ajv.compile(schema);
  expect(validate(asyncApiDocument("1.0.0")) || validate.errors).toBe(true);
});

test("the document names every frame, and each reference leads somewhere", () => {
  const document = asyncApiDocument("1.0.0");
  expect(Object.keys(document.components.messages).sort()).toEqual([...names].sort());
  for (const [, reference = ""] of JSON.stringify(document).matchAll(/"\$ref":"#\/([^"]+)"/g)) {
    const found = reference
      .split("/")
      .reduce<unknown>((at, key) => (at as Record<string, unknown>)?.[key], document);
    expect(found).toBeDefined();
  }
});

test("docs/live.md names every frame, and its examples are frames", () => {
  for (const name of names) expect(page).toMatch(new RegExp(`[\`"]${name}[\`"]`));
  const blocks = [...page.matchAll(/^```json\n([\s\S]*?)^```/gm)].map((match) => JSON.parse(match[1] ?? ""));
  expect(blocks.length).toBeGreaterThan(3);
  for (const block of blocks) {
    const told = serverFrames.find(({ shape }) => shape.event.value === block.event);
    expect((told ?? ClientFrame).safeParse(block).error).toBeUndefined();
    const cursor = block.cursor ?? block.data.cursor ?? block.data.after;
    if (cursor) expect(decodeCursor(cursor)).not.toBeNull();
  }
});
