import { expect, test } from "bun:test";
import { pino } from "pino";
import { createApp, createWorkerApp } from "../../src/http/app.ts";
import { change } from "../../src/operations/users/change.ts";
import { createAdmin } from "../../src/operations/users/create-admin.ts";
import { bunRuntime } from "../../src/process/bun-runtime.ts";
import { catalogue } from "../../worker/processors/catalogue.ts";
import { embeddedBroker } from "../../worker/queues/embedded.ts";
import { as } from "../support/client.ts";
import { onEveryEngine } from "../support/databases.ts";
import { addPerson, useHarness } from "../support/harness.ts";

const password = "password123";
const basic = (email: string, given = password) => `Basic ${btoa(`${email}:${given}`)}`;

onEveryEngine("the job page", (engine) => {
  const harness = useHarness(engine, { rateLimitScale: 1 });
  const page = (headers: Record<string, string>, init: RequestInit = {}) =>
    harness().app.request("/jobs/", { ...init, headers: { Host: "booking.test", ...headers } });
  const admin = () =>
    createAdmin(harness().context, { email: `${crypto.randomUUID()}@example.com`, name: "Root", password });

  test("asks for a password, and gives one answer to a wrong one, an unknown one and a user's", async () => {
    const open = as(harness());
    const user = `${crypto.randomUUID()}@example.com`;
    await open("POST", "/api/auth/register", { email: user, password, name: "U" });
    const answers = await Promise.all([
      page({}),
      page({ Authorization: basic((await admin()).email, "wrong-password") }),
      page({ Authorization: basic("nobody@example.com") }),
      page({ Authorization: basic(user) }),
      page({ Cookie: "booking_jobs=x" }),
    ]);
    const told = await Promise.all(
      answers.map(async (a) => [a.status, a.headers.get("set-cookie"), await a.text()]),
    );
    expect(new Set(told.map((each) => JSON.stringify(each))).size).toBe(1);
    expect(answers[0]?.status).toBe(401);
    expect(answers[0]?.headers.get("www-authenticate")).toStartWith("Basic ");
  });

  test("exchanges an admin's password for a session that ends with the role", async () => {
    const { id, email } = await admin();
    const first = await page({ Authorization: basic(email) });
    expect(first.status).toBe(200);
    expect(await first.text()).toContain("<h1>Jobs</h1>");
    expect(first.headers.get("content-security-policy")).toContain("default-src 'none'");
    const cookie = first.headers.get("set-cookie") ?? "";
    expect(cookie).toMatch(/^booking_jobs=[^;]+; Max-Age=900; Path=\/jobs; HttpOnly; SameSite=Strict$/);
    const session = { Cookie: cookie.split(";")[0] ?? "" };
    const again = await page(session);
    expect([again.status, again.headers.get("set-cookie")]).toEqual([200, null]);
    const boss = await addPerson(harness(), "admin");
    const actor = { ...boss, userId: boss.id, role: "admin" as const, sessionId: "" };
    await change(harness().context, actor, id, { role: "user" });
    expect((await page(session)).status).toBe(401);
  });

  test("takes an admin's access token, and no one else's", async () => {
    const [boss, user] = [await addPerson(harness(), "admin"), await addPerson(harness())];
    expect((await page({ Authorization: `Bearer ${boss.token}` })).status).toBe(200);
    expect((await page({ Authorization: `Bearer ${user.token}` })).status).toBe(401);
  });

  test("takes changes from the page itself alone, whatever the browser sends along", async () => {
    const { email } = await admin();
    const cookie =
      (await page({ Authorization: basic(email) })).headers.get("set-cookie")?.split(";")[0] ?? "";
    const change = async (headers: Record<string, string>) => (await page(headers, { method: "PUT" })).status;
    expect(await change({ Cookie: cookie, Origin: "https://evil.example" })).toBe(403);
    expect(await change({ Cookie: cookie })).toBe(403);
    expect(await change({ Authorization: basic(email), Origin: "https://evil.example" })).toBe(403);
    // Let through: there is nothing to change on this page.
    expect(await change({ Cookie: cookie, Origin: "http://booking.test" })).toBe(405);
  });

  test("limits guesses for an account, and not the requests of those who are in", async () => {
    const { email } = await admin();
    const cookie =
      (await page({ Authorization: basic(email) })).headers.get("set-cookie")?.split(";")[0] ?? "";
    const guess = async () => (await page({ Authorization: basic(email, "wrong-password") })).status;
    const answers: number[] = [];
    for (let n = 0; n < 11; n++) answers.push(await guess());
    expect([answers[0], answers.at(-1)]).toEqual([401, 429]);
    for (let n = 0; n < 20; n++) {
      expect((await page({ Cookie: cookie, Authorization: basic(email) })).status).toBe(200);
    }
  });

  test("its numbers are for everyone, the metrics for private addresses or for who has the token", async () => {
    const numbers = await as(harness())("GET", "/jobs/metrics");
    expect(numbers.body).toMatchObject({
      broker: "embedded",
      stats: { active: 0, failed: 0 },
      reminders: { overdue: 0 },
    });
    const metrics = async (ip: string, headers = {}, app = harness().app, hidden = false) => {
      const answer = await app.request("/metrics", { headers }, { ip, hidden });
      return [answer.status, (await answer.text()).includes("\nbooking_jobs_readable 1")];
    };
    // No address is private at the edge.
    const local = engine === "object" ? [403, false] : [200, true];
    expect(await metrics("127.0.0.1")).toEqual(local);
    expect(await metrics("::ffff:10.1.2.3")).toEqual(local);
    for (const ip of ["8.8.8.8", "2001:4860::1", "unknown"]) expect(await metrics(ip)).toEqual([403, false]);
    const log = pino({ level: "silent" });
    const { context, clock } = harness();
    const jobs = embeddedBroker({ kinds: Object.keys(catalogue), tasks: context.store.tasks, clock, log });
    const options = { log, jobs, runtime: bunRuntime, channelsOn: [], metricsToken: "a-token-of-16-chars" };
    for (const app of [createApp(context, options), createWorkerApp(context, options) as never]) {
      expect(await metrics("127.0.0.1", {}, app)).toEqual([403, false]);
      expect(await metrics("8.8.8.8", { Authorization: "Bearer a-token-of-16-chars" }, app)).toEqual([
        200,
        true,
      ]);
    }
  });
});
