import { describe, expect, test } from "bun:test";
import type { Change } from "../../src/domain/change.ts";
import { mergeChanges } from "../../src/domain/change.ts";
import { planLink } from "../../src/domain/people/link.ts";
import { startSession } from "../../src/domain/people/session.ts";
import type { Store } from "../../src/ports/store.ts";
import { purgeSessions } from "../../worker/processors/purge-sessions.ts";
import { as, callAs } from "../support/client.ts";
import { onEveryEngine } from "../support/databases.ts";
import { addPerson, type Harness, type Person, useHarness, withContext } from "../support/harness.ts";

const day = 24 * 3_600_000;

/** The same installation, where `between` happens once between a decision that matches and its commit. */
function interrupted(
  harness: Harness,
  matches: (change: Change) => boolean,
  between: () => Promise<unknown>,
  mutate = (change: Change) => change,
): Harness {
  const { store } = harness.context;
  let done = false;
  const commit: Store["commit"] = async (change) => {
    if (!done && matches(change)) {
      done = true;
      await between();
    }
    return store.commit(mutate(change));
  };
  return withContext(harness, { store: { ...store, commit } });
}

const startsSession = ({ insert }: Change) => (insert?.sessions?.length ?? 0) > 0;
const withoutStanding = ({ requires: _, ...change }: Change) => change;
/** Takes every session for one of the present credentials. */
const withoutComparison = ({ sessions }: Store): Store["sessions"] => ({
  ...sessions,
  withUser: async (id) => {
    const found = await sessions.withUser(id);
    if (!found) return null;
    const { credentialGeneration } = found.user;
    return { ...found, session: { ...found.session, credentialGeneration } };
  },
});

onEveryEngine("a person's credentials", (engine) => {
  const harness = useHarness(engine);
  const bearer = (token: string, on = harness()) => callAs((path, init) => on.app.request(path, init), token);
  const tokenFor = async (on: Harness, admin: Person, id: string) =>
    as(on, admin)("POST", `/api/users/${id}/tokens`);
  const register = async () => {
    const person = { email: `${crypto.randomUUID()}@example.com`, password: "password123" };
    const { body } = await as(harness())("POST", "/api/auth/register", { ...person, name: "Ada" });
    return { ...person, ...body } as typeof person & { accessToken: string; refreshToken: string };
  };
  const login = async ({ email, password }: { email: string; password: string }) =>
    (await as(harness())("POST", "/api/auth/login", { email, password })).body;
  const changePassword = (token: string, currentPassword: string, newPassword: string) =>
    bearer(token)("POST", "/api/auth/password", { currentPassword, newPassword });

  describe("that change while somebody signs in", () => {
    const overtaken = async (mutate?: (change: Change) => Change) => {
      const person = await register();
      const change = () => changePassword(person.accessToken, person.password, "password456");
      const there = interrupted(harness(), startsSession, change, mutate);
      const { email, password } = person;
      return (await as(there)("POST", "/api/auth/login", { email, password })).status;
    };

    test("refuse the old password, though it was verified before", async () => {
      expect(await overtaken()).toBe(401);
    });

    test("let the answer be a token that is dead, without a look at the commit (mutant)", async () => {
      expect(await overtaken(withoutStanding)).toBe(200);
    });

    test("refuse the refresh that was decided before", async () => {
      const person = await register();
      const elsewhere = await login(person);
      const change = () => changePassword(person.accessToken, person.password, "password456");
      const rotates = ({ update }: Change) => update?.sessions !== undefined && update.users === undefined;
      const there = interrupted(harness(), rotates, change);
      const { refreshToken } = elsewhere;
      expect((await as(there)("POST", "/api/auth/refresh", { refreshToken })).status).toBe(401);
    });
  });

  describe("that are a new password", () => {
    test("are set once by two who knew the old one", async () => {
      const person = await register();
      const answers = await Promise.all(
        ["password456", "password789"].map((next) =>
          changePassword(person.accessToken, person.password, next),
        ),
      );
      expect(answers.map(({ status }) => status).sort()).toEqual([204, 401]);
      expect(answers.find(({ status }) => status === 401)?.body.code).toBe("invalid_credentials");
      expect((await bearer(person.accessToken)("GET", "/api/auth/me")).status).toBe(200);
    });

    test("leave no refresh token but the caller's", async () => {
      const person = await register();
      const elsewhere = await login(person);
      await changePassword(person.accessToken, person.password, "password456");
      const refresh = async (refreshToken: string) =>
        (await as(harness())("POST", "/api/auth/refresh", { refreshToken })).status;
      expect([await refresh(elsewhere.refreshToken), await refresh(person.refreshToken)]).toEqual([401, 200]);
    });

    test("are not set by the link of an account that is disabled between the look and the decision", async () => {
      const { context } = harness();
      const { store, newId, clock, tokens } = context;
      const person = await addPerson(harness());
      const user = await store.users.byId(person.organizationId, person.id);
      const planned =
        user && planLink({ now: clock.now(), newId }, user, { purpose: "reset_password", unused: [] });
      if (!planned) throw new Error("missing");
      await store.commit(planned.change);
      const boss = as(harness(), await addPerson(harness(), "admin"));
      const there = interrupted(
        harness(),
        ({ update }) => update?.links !== undefined,
        () => boss("PATCH", `/api/users/${person.id}`, { status: "disabled" }),
      );
      const body = { token: await tokens.signLink(planned.link), newPassword: "password456" };
      expect((await as(there)("POST", "/api/auth/reset-password", body)).status).toBe(400);
      expect((await store.users.byEmail(person.email))?.passwordHash).toBeNull();
    });
  });

  describe("that are another role", () => {
    const promote = async (id: string) =>
      (
        await as(harness(), await addPerson(harness(), "admin"))("PATCH", `/api/users/${id}`, {
          role: "admin",
        })
      ).status;

    test("end the tokens that were issued for the one before", async () => {
      const [boss, person] = [await addPerson(harness(), "admin"), await addPerson(harness())];
      const { body } = await tokenFor(harness(), boss, person.id);
      expect(await promote(person.id)).toBe(200);
      expect((await bearer(body.accessToken)("GET", "/api/users")).status).toBe(401);
      const sessions = withoutComparison(harness().context.store);
      const mutant = withContext(harness(), { store: { ...harness().context.store, sessions } });
      expect((await bearer(body.accessToken, mutant)("GET", "/api/users")).status).toBe(200);
    });

    test("are seen by the token that is issued meanwhile", async () => {
      const boss = await addPerson(harness(), "admin");
      const overtaken = async (mutate?: (change: Change) => Change) => {
        const { id } = await addPerson(harness());
        return tokenFor(
          interrupted(harness(), startsSession, () => promote(id), mutate),
          boss,
          id,
        );
      };
      expect((await overtaken()).status).toBe(403);
      expect((await overtaken(withoutStanding)).status).toBe(201);
    });

    test("stop what a former admin has under way", async () => {
      const boss = as(harness(), await addPerson(harness(), "admin"));
      const target = await addPerson(harness());
      const email = () => `${crypto.randomUUID()}@example.com`;
      const requests: [string, string, () => object][] = [
        ["POST", "/api/api-keys", () => ({ name: "K", scopes: ["users:write"] })],
        ["POST", "/api/users", () => ({ email: email(), name: "N" })],
        ["PATCH", `/api/users/${target.id}`, () => ({ name: crypto.randomUUID() })],
        ["POST", `/api/users/${target.id}/tokens`, () => ({})],
        ["POST", "/api/resources", () => ({ name: "Room" })],
      ];
      const answers = async (mutate?: (change: Change) => Change) => {
        const found: number[] = [];
        for (const [method, path, body] of requests) {
          const admin = await addPerson(harness(), "admin");
          const demote = () => boss("PATCH", `/api/users/${admin.id}`, { role: "user" });
          const there = interrupted(harness(), () => true, demote, mutate);
          const input = path.endsWith("/tokens") ? undefined : body();
          found.push((await as(there, admin)(method, path, input)).status);
        }
        return found;
      };
      expect(await answers()).toEqual(requests.map(() => 401));
      expect((await answers(withoutStanding)).every((status) => status < 300)).toBe(true);
    });
  });
});

onEveryEngine("thousands of sessions of one person", (engine) => {
  const harness = useHarness(engine);
  const many = 5_000;

  const addSessions = async ({ id, organizationId }: Person) => {
    const { store, clock, newId } = harness().context;
    const user = await store.users.byId(organizationId, id);
    if (!user) throw new Error("missing");
    const started = Array.from({ length: many }, () =>
      startSession({ actor: { userId: id }, now: clock.now(), newId }, user),
    );
    for (let n = 0; n < many; n += 1_000)
      await store.commit(mergeChanges(...started.slice(n, n + 1_000).map(({ change }) => change)));
    const { tokens } = harness().context;
    return Promise.all(
      [0, many - 1].map((n) =>
        tokens.signAccess(user, (started[n] as never as (typeof started)[0]).session, clock.now()),
      ),
    );
  };

  test("end at once, by a few rows however many there are", async () => {
    const person = await addPerson(harness());
    const boss = await addPerson(harness(), "admin");
    const { store } = harness().context;
    const written: number[] = [];
    const watched = withContext(harness(), {
      store: {
        ...store,
        commit: (change) => {
          const lists = [...Object.values(change.insert ?? {}), ...Object.values(change.update ?? {})];
          written.push(lists.reduce((sum, rows) => sum + rows.length, 0));
          return store.commit(change);
        },
      },
    });
    const alive = async (tokens: string[]) => {
      const answers = tokens.map((token) =>
        callAs((path, init) => harness().app.request(path, init), token)("GET", "/api/auth/me"),
      );
      return (await Promise.all(answers)).filter(({ status }) => status === 200).length;
    };
    const call = as(watched, person);
    let tokens = await addSessions(person);
    expect((await call("GET", "/api/auth/sessions")).body.data).toHaveLength(100);
    expect(await alive(tokens)).toBe(2);
    expect((await call("DELETE", "/api/auth/sessions")).status).toBe(204);
    expect(await alive(tokens)).toBe(0);
    expect((await call("GET", "/api/auth/sessions")).body.data).toHaveLength(1);
    for (const patch of [{ role: "admin" }, { status: "disabled" }]) {
      tokens = await addSessions(person);
      expect((await as(watched, boss)("PATCH", `/api/users/${person.id}`, patch)).status).toBe(200);
      expect(await alive(tokens)).toBe(0);
    }
    expect([written.length, Math.max(...written)]).toEqual([3, 4]);
  }, 120_000);

  test("are forgotten when no token can bring them back, and no sooner", async () => {
    const { context, clock } = harness();
    const { store } = context;
    const person = await addPerson(harness());
    await addSessions(person);
    const kept = async () =>
      (await store.sessions.ofUser(person.id, { limit: 10_000, sort: "createdAt" })).rows.length;
    const purge = () => purgeSessions({ store, clock, tokens: context.tokens });
    clock.advance(30 * day);
    await purge();
    expect(await kept()).toBe(many + 1);
    const fresh = await addPerson(harness());
    clock.advance(1);
    expect(await store.sessions.purge(new Date(clock.now().getTime() - 30 * day), 10)).toBe(10);
    await purge();
    expect(await kept()).toBe(0);
    expect((await as(harness(), fresh)("GET", "/api/auth/me")).status).toBe(200);
  }, 120_000);
});
