import { expect, test } from "bun:test";
import postgres from "postgres";
import { callAs, signUp } from "../support/client.ts";
import { startCluster } from "../support/cluster.ts";
import { createDatabase, describeOnPostgres } from "../support/databases.ts";
import { type Server, startServer, stopServer } from "../support/server.ts";
import { TestSocket } from "../support/socket.ts";
import { admin } from "./walkthroughs.ts";

const withinMs = 2_000;
const booking = { title: "x", startTime: "2031-01-01T10:00:00Z", endTime: "2031-01-01T11:00:00Z" };

type Answer = { status: number };

/** Waits until a call on the other instance is refused; it was let through, and so remembered, just before. */
async function refused(call: () => Promise<Answer>, status: number, take: () => Promise<Answer>) {
  expect((await call()).status).toBeLessThan(300);
  expect((await take()).status).toBeLessThan(300);
  const end = Date.now() + withinMs;
  let last = await call();
  while (last.status !== status && Date.now() < end) {
    await Bun.sleep(50);
    last = await call();
  }
  expect(last.status).toBe(status);
}

/** Resolves when a socket is closed or has heard something, and fails when that takes longer than promised. */
async function inTime<T>(what: Promise<T>): Promise<T> {
  const late = Bun.sleep(withinMs).then(() => Promise.reject(new Error("It did not come in time.")));
  return Promise.race([what, late]);
}

/** Takes things from callers on one instance, and looks whether they are gone on the other. */
async function revokeAcross(databaseUrl: string): Promise<void> {
  const env = { DATABASE_URL: databaseUrl, ...admin };
  const [here, there] = [await startServer({ env }), await startServer({ env })] as [Server, Server];
  const at = (server: Server, token?: string) =>
    callAs((path, init) => fetch(`${server.url}${path}`, init), token);
  const login = { email: admin.ADMIN_EMAIL, password: admin.ADMIN_PASSWORD };
  const { body: root } = await at(here)("POST", "/api/auth/login", login);
  const boss = at(here, root.accessToken);
  const change = (id: string, patch: object) => boss("PATCH", `/api/users/${id}`, patch);
  const signIn = async ({ email, password }: { email: string; password: string }) =>
    (await at(here)("POST", "/api/auth/login", { email, password })).body;

  const disabled = await signUp(here.url);
  const ofDisabled = await TestSocket.open(there.url, { token: disabled.token });
  const list = () => at(there, disabled.token)("GET", "/api/bookings");
  await refused(list, 401, () => change(disabled.user.id, { status: "disabled" }));
  expect((await at(there, disabled.token)("POST", "/api/bookings", booking)).status).toBe(401);
  expect((await inTime(ofDisabled.closed)).code).toBe(4401);

  const cut = await signUp(here.url);
  await change(cut.user.id, { role: "admin" });
  const { accessToken: asAdmin } = await signIn(cut);
  const ofCut = await TestSocket.open(there.url, { token: asAdmin });
  const issue = () => at(there, asAdmin)("POST", "/api/api-keys", { name: "K", scopes: ["bookings:read"] });
  await refused(issue, 401, () => change(cut.user.id, { role: "user" }));
  expect((await inTime(ofCut.closed)).code).toBe(4401);

  const { accessToken, refreshToken } = await signIn(cut);
  const ofLeaving = await TestSocket.open(there.url, { token: accessToken });
  const me = () => at(there, accessToken)("GET", "/api/auth/me");
  await refused(me, 401, () => at(here)("POST", "/api/auth/logout", { refreshToken }));
  expect((await inTime(ofLeaving.closed)).code).toBe(4401);

  const { body: room } = await boss("POST", "/api/resources", { name: "Room" });
  const visitor = await signUp(here.url);
  const inRoom = await TestSocket.open(there.url, { token: visitor.token });
  await inRoom.ask("join-resource-room", { resourceId: room.id }, "joined-room");
  const look = () => at(there, visitor.token)("GET", `/api/resources/${room.id}`);
  await refused(look, 404, () => boss("DELETE", `/api/resources/${room.id}`));
  await inTime(inRoom.next("left-room"));
  inRoom.close();

  await Promise.all([here, there].map(stopServer));
}

describeOnPostgres("what was taken from a caller on one instance", () => {
  test("is gone on the other within two seconds, though it remembers callers (G19)", async () => {
    const database = await createDatabase("postgres");
    await revokeAcross(database.url);
    await database.drop();
  }, 180_000);

  test("also while transactions of strangers stay open in the cluster, one of them prepared (G19)", async () => {
    const cluster = await startCluster(["max_prepared_transactions=5"]);
    const [ours, theirs] = [
      await createDatabase("postgres", { server: cluster.url }),
      await createDatabase("postgres", { server: cluster.url, migrate: false }),
    ];
    const strangers = postgres(theirs.url, { max: 1, onnotice: () => {} });
    await strangers.unsafe("create table kept (x int)");
    await strangers.unsafe("begin");
    await strangers.unsafe("insert into kept values (1)");
    await strangers.unsafe("prepare transaction 'forgotten'");
    await strangers.unsafe("begin");
    await strangers.unsafe("create temp table t (x int)");
    await revokeAcross(ours.url);
    await strangers.end({ timeout: 1 });
    await cluster.stop();
  }, 180_000);
});
