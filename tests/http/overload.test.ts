import { expect, test } from "bun:test";
import { as } from "../support/client.ts";
import { addPerson, useHarness, withContext } from "../support/harness.ts";

const harness = useHarness("sqlite");

test("what is asked beyond the bound is 503 at once, and the rest is answered", async () => {
  const { store } = harness().context;
  const person = await addPerson(harness());
  const gate = Promise.withResolvers<void>();
  const list: typeof store.bookings.list = async (...args) => {
    await gate.promise;
    return store.bookings.list(...args);
  };
  const held = { ...store, bookings: { ...store.bookings, list } };
  const bounded = withContext(harness(), { store: held }, { maxUnderWay: 2 });
  const call = as(bounded, person);
  expect((await call("GET", "/api/auth/me")).status).toBe(200);
  const waiting = [call("GET", "/api/bookings"), call("GET", "/api/bookings")];
  const beyond = await call("GET", "/api/auth/me");
  expect([beyond.status, beyond.body.code, beyond.headers.get("Retry-After")]).toEqual([
    503,
    "unavailable",
    "1",
  ]);
  // Whether the process lives is answered all the same.
  expect((await call("GET", "/health/live")).status).toBe(200);
  gate.resolve();
  expect((await Promise.all(waiting)).map(({ status }) => status)).toEqual([200, 200]);
  expect((await call("GET", "/api/auth/me")).status).toBe(200);
});
