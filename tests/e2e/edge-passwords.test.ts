import { expect, test } from "bun:test";
import { bunHasher } from "../../src/security/argon2.ts";
import { callAs } from "../support/client.ts";
import { openTestStore } from "../support/databases.ts";
import { newObject } from "../support/edge/new-object.ts";
import { askObject } from "../support/edge/runtime.ts";

const passwords = ["password123", "пароль12", "pässwörd", "密码密码密码密码", "🔑🔑🔑🔑🔑🔑🔑🔑"];

test.each(passwords)("%s is the same password on Bun and in an object", async (password) => {
  const url = await newObject();
  const call = callAs((path, init) => fetch(url + path, { ...init, keepalive: false }));
  const email = `${crypto.randomUUID()}@example.com`;
  expect((await call("POST", "/api/auth/register", { email, password, name: "A" })).status).toBe(201);
  const made = await (await openTestStore(`object:${url}`)).users.byEmail(email);
  expect(made?.passwordHash).toStartWith("$argon2id$v=19$m=19456,t=2,p=1$");
  expect(await bunHasher.verify(password, made?.passwordHash ?? "")).toBe(true);
  // The same to whoever counts characters, and another to whoever reads them all.
  const alike = `${Array.from(password).slice(0, -1).join("")}Ж`;
  const signIn = async (tried: string) =>
    (await call("POST", "/api/auth/login", { email, password: tried })).status;
  expect([await signIn(password), await signIn(alike)]).toEqual([200, 401]);
  const asWell = await bunHasher.hash(password);
  const verify = (tried: string) => askObject(url, "verify", [tried, asWell]);
  expect([await verify(password), await verify(alike)]).toEqual([true, false]);
});
