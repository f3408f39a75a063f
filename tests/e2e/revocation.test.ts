import { expect, test } from "bun:test";
import { callAs, signUp } from "../support/client.ts";
import { createDatabase, describeOnPostgres } from "../support/databases.ts";
import { type Server, startServer, stopServer } from "../support/server.ts";
import { admin } from "./walkthroughs.ts";

const withinMs = 2_000;

describeOnPostgres("what was taken from a caller on one instance", () => {
  test("is gone on the other within two seconds, though it remembers callers (G19)", async () => {
    const database = await createDatabase("postgres");
    const env = { DATABASE_URL: database.url, ...admin };
    const [here, there] = [await startServer({ env }), await startServer({ env })] as [Server, Server];
    const at = (server: Server, token?: string) =>
      callAs((path, init) => fetch(`${server.url}${path}`, init), token);
    const login = { email: admin.ADMIN_EMAIL, password: admin.ADMIN_PASSWORD };
    const { body: root } = await at(here)("POST", "/api/auth/login", login);
    const change = (id: string, patch: object) =>
      at(here, root.accessToken)("PATCH", `/api/users/${id}`, patch);
    const booking = { title: "x", startTime: "2031-01-01T10:00:00Z", endTime: "2031-01-01T11:00:00Z" };

    /** Waits until a call on the other instance is refused; it was let through, and so remembered, just before. */
    const refused = async (
      call: () => Promise<{ status: number }>,
      status: number,
      take: () => Promise<unknown>,
    ) => {
      expect((await call()).status).toBeLessThan(300);
      await take();
      const end = Date.now() + withinMs;
      let last = await call();
      while (last.status !== status && Date.now() < end) {
        await Bun.sleep(50);
        last = await call();
      }
      expect(last.status).toBe(status);
    };
    const disabled = await signUp(here.url);
    const list = () => at(there, disabled.token)("GET", "/api/bookings");
    await refused(list, 401, () => change(disabled.user.id, { status: "disabled" }));
    expect((await at(there, disabled.token)("POST", "/api/bookings", booking)).status).toBe(401);

    const cut = await signUp(here.url);
    await change(cut.user.id, { role: "admin" });
    const again = await at(here)("POST", "/api/auth/login", { email: cut.email, password: cut.password });
    const users = () => at(there, again.body.accessToken)("GET", "/api/users");
    await refused(users, 401, () => change(cut.user.id, { role: "user" }));

    const leaving = await at(here)("POST", "/api/auth/login", { email: cut.email, password: cut.password });
    const { accessToken, refreshToken } = leaving.body;
    const me = () => at(there, accessToken)("GET", "/api/auth/me");
    await refused(me, 401, () => at(here)("POST", "/api/auth/logout", { refreshToken }));

    await Promise.all([here, there].map(stopServer));
    await database.drop();
  });
});
