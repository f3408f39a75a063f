import { expect, test } from "bun:test";
import { createHmac } from "node:crypto";
import { jwtTokens } from "../../src/security/jwt.ts";

const secret = "a".repeat(64);
const tokens = jwtTokens({
  accessSecrets: [secret],
  refreshSecrets: ["r".repeat(64)],
  accessMinutes: 15,
  refreshDays: 30,
});
const now = new Date("2027-01-01T00:00:00Z");
const [user, session] = [{ id: Bun.randomUUIDv7() }, { id: Bun.randomUUIDv7() }] as never[];
const signed = () => tokens.signAccess(user as never, session as never, now);

const base64Url = (text: string) => Buffer.from(text).toString("base64url");

/** A token of ours with another header, signed with our own secret. */
async function withHeader(header: string): Promise<string> {
  const [, payload] = (await signed()).split(".");
  const text = `${base64Url(header)}.${payload}`;
  return `${text}.${createHmac("sha256", secret).update(text).digest("base64url")}`;
}

/** Whether a token is taken; whatever is thrown instead of a refusal fails the test. */
async function accepts(token: string): Promise<boolean> {
  try {
    await tokens.verifyAccess(token, now);
    return true;
  } catch (error) {
    expect(error).toMatchObject({ code: "unauthenticated" });
    return false;
  }
}

test("a token is taken with the header that we write", async () => {
  expect(await accepts(await signed())).toBe(true);
  expect(await accepts(await withHeader('{"alg":"HS256","typ":"JWT"}'))).toBe(true);
});

test.each([
  '{"typ":"JWT","alg":"HS256"}',
  '{"alg":"HS256"}',
  '{"alg":"HS256","typ":"jwt"}',
  '{"alg":"HS256","typ":"application/JWT"}',
  '{"alg":"HS256","typ":"JWT","kid":"1"}',
  '{"alg":"HS256","typ":"JWT","crit":[]}',
  '{"alg":"none","alg":"HS256","typ":"JWT"}',
  '{"alg":"HS256","alg":"HS256","typ":"JWT"}',
  '{ "alg": "HS256", "typ": "JWT" }',
  '{"alg":"HS256","typ":"JWT"}\n',
])("the header %j is refused, though our secret signed it", async (header) => {
  expect(await accepts(await withHeader(header))).toBe(false);
});

test("the same token in another spelling is refused", async () => {
  const token = await signed();
  const [header = "", payload = "", signature = ""] = token.split(".");
  // The last of 43 letters has two bits that decoders ignore.
  const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  const last = letters[letters.indexOf(signature.at(-1) ?? "") + 1];
  const spellings = [
    `${token}=`,
    `${token}==`,
    `${header}=.${payload}.${signature}`,
    `${header}.${payload}=.${signature}`,
    `${header}.${payload}.${signature.slice(0, -1)}${last}`,
    `${header}.${payload}.${signature}.`,
    `${header}.${payload}.${Buffer.from(signature, "base64url").toString("base64")}`,
    ` ${token}`,
    `${token}\n`,
  ];
  for (const spelling of spellings) expect([spelling, await accepts(spelling)]).toEqual([spelling, false]);
});
