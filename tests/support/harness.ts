import { afterAll, beforeAll } from "bun:test";
import { pino } from "pino";
import { openStore } from "../../db/open.ts";
import { nobody } from "../../src/domain/actor.ts";
import { mergeChanges } from "../../src/domain/change.ts";
import type { Organization } from "../../src/domain/people/organization.ts";
import { startSession } from "../../src/domain/people/session.ts";
import { createUser, type Role } from "../../src/domain/people/user.ts";
import { type AppOptions, createApp } from "../../src/http/app.ts";
import { memoryLimits } from "../../src/limits/flexible.ts";
import { createRefusalLog } from "../../src/operations/audit/refusal-log.ts";
import { hotSlots } from "../../src/operations/bookings/hot-slots.ts";
import { byOf } from "../../src/operations/by.ts";
import type { Context } from "../../src/operations/context.ts";
import { install } from "../../src/operations/install.ts";
import type { Clock } from "../../src/ports/clock.ts";
import type { Store } from "../../src/ports/store.ts";
import { background } from "../../src/process/background.ts";
import { bunRuntime } from "../../src/process/bun-runtime.ts";
import { apiKeys } from "../../src/security/api-keys.ts";
import { bunHasher } from "../../src/security/argon2.ts";
import { jwtTokens } from "../../src/security/jwt.ts";
import { boundedPasswords } from "../../src/security/passwords.ts";
import { catalogue } from "../../worker/processors/catalogue.ts";
import { embeddedBroker } from "../../worker/queues/embedded.ts";
import { type TestClock, testClock } from "./clock.ts";
import { createDatabase, type Encoding, type EngineName, type TestDatabase } from "./databases.ts";
import { newObject } from "./edge/new-object.ts";
import { remoteApp } from "./edge/remote-app.ts";
import { remoteStore } from "./edge/remote-store.ts";
import { askObject } from "./edge/runtime.ts";
import { secrets } from "./secrets.ts";

/** The program without a server: a database of its own, a clock that is turned by hand, and the HTTP interface. */
export type Harness = {
  database: TestDatabase;
  context: Context;
  clock: TestClock;
  app: ReturnType<typeof createApp>;
  close(): Promise<void>;
};

/** What operations work with, over a store of the test's. */
export function testContext(
  store: Store,
  clock: Clock,
  { rateLimitScale = 1000, later = background(() => {}).run } = {},
): Context {
  // As in production, where ids carry the time of the same clock.
  const newId = () => Bun.randomUUIDv7("hex", clock.now());
  return {
    logAgeMs: () => 0,
    refusalLog: createRefusalLog({ store, clock, newId }),
    hotSlots: hotSlots(clock),
    store,
    clock,
    newId,
    passwords: boundedPasswords(bunHasher),
    tokens: jwtTokens({
      accessSecrets: [secrets.accessSecret],
      refreshSecrets: [secrets.refreshSecret],
      accessMinutes: 15,
      refreshDays: 30,
    }),
    keys: apiKeys,
    limits: memoryLimits(),
    ownLimits: memoryLimits(),
    limitScale: rateLimitScale,
    registration: "open",
    defaultReminders: [{ minutesBefore: 10, channel: "websocket" }],
    sendsMail: true,
    later,
    eventRetentionDays: 30,
    onPasswordSignIn: () => {},
  };
}

export async function openHarness(
  engine: EngineName,
  options: {
    rateLimitScale?: number;
    server?: string;
    maxLookedAt?: number;
    cLocale?: Encoding | undefined;
  } = {},
): Promise<Harness> {
  const { server, cLocale } = options;
  if (engine === "object") return openObjectHarness(options);
  const database = await createDatabase(engine, { server, cLocale });
  const store = await openStore(database.url, { pool: 5, maxLookedAt: options.maxLookedAt });
  const clock = testClock();
  const later = background(() => {});
  const context = testContext(store, clock, { ...options, later: later.run });
  await install(context);
  const app = appOver(context);
  return {
    database,
    context,
    clock,
    app,
    close: async () => {
      await later.finished();
      await store.close();
      await database.drop();
    },
  };
}

/** The program in real workerd, in an object of its own: requests go there, and so does whatever is asked of the store. */
async function openObjectHarness(options: {
  rateLimitScale?: number;
  maxLookedAt?: number;
}): Promise<Harness> {
  const { rateLimitScale = 1000 } = options;
  const url = await newObject({ ...options, rateLimitScale });
  const clock = testClock();
  const nowMs = () => clock.now().getTime();
  const store = await remoteStore(url, nowMs);
  const flush = () => askObject(url, "flush", null, nowMs());
  const later = background(() => {});
  const context = {
    ...testContext(store, clock, { rateLimitScale, later: later.run }),
    refusalLog: { count: () => {}, flush },
  };
  return {
    database: { engine: "object", url: `object:${url}`, drop: async () => {} },
    context,
    clock,
    app: remoteApp(url, nowMs) as unknown as Harness["app"],
    close: later.finished,
  };
}

function appOver(context: Context, options: Partial<AppOptions> = {}): Harness["app"] {
  const log = pino({ level: process.env.TEST_LOG ?? "silent" });
  const jobs = embeddedBroker({
    kinds: Object.keys(catalogue),
    tasks: context.store.tasks,
    clock: context.clock,
    log,
  });
  return createApp(context, {
    log,
    jobs,
    channelsOn: ["websocket"],
    runtime: bunRuntime,
    jobPage: { board: undefined },
    ...options,
  });
}

/** The same installation seen through another context: one with something taken away, or another instance's. */
export function withContext(
  harness: Harness,
  change: Partial<Context>,
  options: Partial<AppOptions> = {},
): Harness {
  const context = { ...harness.context, ...change };
  return { ...harness, context, app: appOver(context, options) };
}

/** A harness for the tests of the surrounding `describe`. */
export function useHarness(
  engine: EngineName,
  options: { rateLimitScale?: number; maxLookedAt?: number; cLocale?: Encoding | undefined } = {},
): () => Harness {
  let harness: Harness;
  beforeAll(async () => {
    harness = await openHarness(engine, options);
  });
  afterAll(() => harness?.close());
  return () => harness;
}

/** An organization beside the default one. */
export async function addOrganization({ context }: Harness): Promise<Organization> {
  const id = context.newId();
  const organization = {
    id,
    slug: `org-${id}`,
    name: "Another",
    demo: false,
    createdAt: context.clock.now(),
  };
  const outcome = await context.store.commit({ insert: { organizations: [organization] } });
  if (outcome !== "committed") throw new Error(`Adding an organization met ${outcome}.`);
  return organization;
}

export type Person = { id: string; organizationId: string; calendarId: string; email: string; token: string };

function randomLetters(count: number): string {
  const bytes = crypto.getRandomValues(new Uint8Array(count));
  return String.fromCharCode(...bytes.map((byte) => 97 + (byte % 26)));
}

/** Someone with an account and a signed-in session, without the cost of a password. */
export async function addPerson(
  { context }: Pick<Harness, "context">,
  role: Role = "user",
  organizationId?: string,
): Promise<Person> {
  const { store, clock, newId, tokens } = context;
  const home = organizationId ?? (await store.organizations.bySlug("default"))?.id ?? "";
  const id = newId();
  const { user, change } = createUser(byOf(context, nobody), {
    id,
    calendarId: newId(),
    organizationId: home,
    // As people's addresses are: nothing in it says which id it has.
    email: `ada.${randomLetters(8)}@example.com`,
    name: "Person",
    role,
    passwordHash: null,
    emailVerified: true,
  });
  const started = startSession(byOf(context, { userId: id }), user);
  const outcome = await store.commit(mergeChanges(change, started.change));
  if (outcome !== "committed") throw new Error(`Adding a person met ${outcome}.`);
  const token = await tokens.signAccess(user, started.session, clock.now());
  return { id, organizationId: home, calendarId: user.calendarId, email: user.email, token };
}
