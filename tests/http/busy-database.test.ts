import { Database } from "bun:sqlite";
import { describe, expect, test } from "bun:test";
import postgres from "postgres";
import { purgeReceipts } from "../../worker/processors/purge-receipts.ts";
import { type Answer, as, type Call } from "../support/client.ts";
import { describeOnPostgres } from "../support/databases.ts";
import { addPerson, type Harness, useHarness } from "../support/harness.ts";

const times = (day: number) => ({
  title: "B",
  startTime: new Date(Date.UTC(2028, 0, day, 10)).toISOString(),
  endTime: new Date(Date.UTC(2028, 0, day, 11)).toISOString(),
});

const expectUnavailable = ({ status, body, headers }: Answer) => {
  expect([status, body.code]).toEqual([503, "unavailable"]);
  expect(Number(headers.get("retry-after"))).toBeGreaterThan(0);
};

/** Everything that writes without a commit of its own. */
const otherWrites = ({ context }: Harness): (() => Promise<unknown>)[] => {
  const { store } = context;
  const claim = { now: context.clock.now(), until: context.clock.now() };
  return [
    () => purgeReceipts(context),
    () => store.apiKeys.touch(context.newId(), context.clock.now()),
    () => store.tasks.leaseDue("websocket-reminder", 1, claim),
    () => store.tasks.markQueued([context.newId()], context.clock.now()),
    () => store.settingOnce(`x${context.newId()}`, "x"),
    () => store.removeDemo(context.newId()),
  ];
};

describe("another program that writes into the SQLite file", () => {
  const harness = useHarness("sqlite");
  const person = async () => as(harness(), await addPerson(harness()));
  /** Holds the file as a program at a prompt would, while `work` runs. */
  const held = async <T>(work: (release: () => void) => Promise<T>): Promise<T> => {
    const stranger = new Database(harness().database.url.slice("sqlite:".length));
    stranger.run("begin immediate");
    const release = () => stranger.inTransaction && stranger.run("rollback");
    try {
      return await work(release);
    } finally {
      release();
      stranger.close();
    }
  };
  /** What answers while the file is held, many times over. */
  const goesOn = async (call: Call) => {
    for (let n = 0; n < 20; n++) {
      expect((await call("GET", "/health/live")).status).toBe(200);
      expect((await call("GET", "/api/bookings")).status).toBe(200);
      await new Promise((done) => setTimeout(done, 1));
    }
  };

  test("is waited for, while everything else goes on", async () => {
    const call = await person();
    await held(async (release) => {
      let answered = false;
      const writing = Promise.all([1, 2, 3].map((day) => call("POST", "/api/bookings", times(day)))).then(
        (all) => {
          answered = true;
          return all;
        },
      );
      await goesOn(call);
      expect(answered).toBe(false);
      release();
      expect((await writing).map(({ status }) => status)).toEqual([201, 201, 201]);
    });
  });

  test("for too long is 503 with the time to wait, for every write, and nothing is written", async () => {
    const call = await person();
    const before = (await call("GET", "/api/bookings")).body;
    await held(async () => {
      const commits = Array.from({ length: 150 }, (_, n) => call("POST", "/api/bookings", times(40 + n)));
      const others = otherWrites(harness()).map((write) =>
        write().then(
          () => "done",
          (error) => error.code,
        ),
      );
      await goesOn(call);
      for (const answer of await Promise.all(commits)) expectUnavailable(answer);
      // A delete that finds nothing needs no lock.
      expect(new Set(await Promise.all(others))).toEqual(new Set(["unavailable"]));
      expect((await call("GET", "/health")).body.checks.database).toMatchObject({ status: "degraded" });
    });
    expect((await call("GET", "/api/bookings")).body).toEqual(before);
    expect((await call("POST", "/api/bookings", times(39))).status).toBe(201);
    expect((await call("GET", "/health")).body.checks.database.status).toBe("ok");
  }, 60_000);
});

describeOnPostgres("a stranger's lock", () => {
  const harness = useHarness("postgres");
  /** Runs `work` while somebody holds every table against all others. */
  const held = async <T>(work: () => Promise<T>): Promise<T> => {
    const stranger = postgres(harness().database.url, { max: 1, onnotice: () => {} });
    await stranger`begin`;
    await stranger`lock table bookings, claims, receipts, tasks, settings, api_keys in access exclusive mode`;
    try {
      return await work();
    } finally {
      await stranger`rollback`;
      await stranger.end({ timeout: 5 });
    }
  };
  /** Cancels what waits for the lock, as `statement_timeout` does (57014), until `work` has settled. */
  const cancelling = async <T>(work: Promise<T>): Promise<T> => {
    const admin = postgres(harness().database.url, { max: 1, onnotice: () => {} });
    let open = true;
    void work.finally(() => {
      open = false;
    });
    while (open) {
      await admin`select pg_cancel_backend(pid) from pg_stat_activity
        where datname = current_database() and wait_event_type = 'Lock'`;
    }
    await admin.end({ timeout: 5 });
    return work;
  };

  test("that is waited for too long is 503, for reads and commits", async () => {
    const call = as(harness(), await addPerson(harness()));
    const { body: made } = await call("POST", "/api/bookings", times(1));
    await held(async () => {
      const asked = [
        call("POST", "/api/bookings", times(2)),
        call("GET", "/api/bookings"),
        call("GET", `/api/bookings/${made.id}`),
        call("POST", `/api/bookings/${made.id}/cancel`, {}, { "Idempotency-Key": "x" }),
      ];
      for (const answer of await cancelling(Promise.all(asked))) expectUnavailable(answer);
      for (const write of otherWrites(harness())) {
        const outcome = write().then(
          () => "done",
          (error) => error.code,
        );
        expect(await cancelling(outcome)).toBe("unavailable");
      }
      expect((await call("GET", "/health/live")).status).toBe(200);
    });
    expect((await call("POST", "/api/bookings", times(2))).status).toBe(201);
  }, 60_000);

  test("is 503 where the server has a lock_timeout too (55P03)", async () => {
    const { database } = harness();
    const { pathname } = new URL(database.url);
    const admin = postgres(database.url, { max: 1, onnotice: () => {} });
    await admin.unsafe(`alter database ${pathname.slice(1)} set lock_timeout = '100ms'`);
    // Only new connections have it.
    await admin`select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and pid <> pg_backend_pid()`;
    await admin.end({ timeout: 5 });
    const call = as(harness(), await addPersonAgain(harness()));
    await held(async () => {
      expectUnavailable(await call("POST", "/api/bookings", times(3)));
      expectUnavailable(await call("GET", "/api/bookings"));
    });
  }, 60_000);
});

describeOnPostgres("a stranger's lock on one row", () => {
  const harness = useHarness("postgres");
  const room = async () =>
    (await as(harness(), await addPerson(harness(), "admin"))("POST", "/api/resources", { name: "R" })).body;

  /** While a row is held, thirty changes want it: what others get until the first of the thirty has an answer. */
  const wanted = async (table: string, id: string, want: (n: number) => Promise<Answer>) => {
    const other = as(harness(), await addPerson(harness()));
    const free = await room();
    const stranger = postgres(harness().database.url, { max: 1, onnotice: () => {} });
    await stranger.unsafe(`begin; select 1 from ${table} where id = '${id}' for update`);
    const wanting = Array.from({ length: 30 }, (_, n) => want(n));
    let isAnswered = false;
    const first = Promise.race(wanting).then(({ status }) => {
      isAnswered = true;
      return status;
    });
    const others = new Set<number>();
    for (let n = 0; !isAnswered; n++) {
      const answers = await Promise.all([
        other("GET", "/api/bookings"),
        other("GET", "/health/ready"),
        other("GET", "/health"),
        other("POST", "/api/bookings", { ...times(n), resourceId: free.id }),
      ]);
      for (const { status } of answers) others.add(status);
    }
    await stranger.unsafe("rollback");
    await stranger.end({ timeout: 5 });
    await Promise.all(wanting);
    return { first: await first, others };
  };
  const onlyTheseWait = { first: 503, others: new Set([200, 201]) };

  test("of a resource delays only changes that need it", async () => {
    const { id } = await room();
    const people = await Promise.all(Array.from({ length: 30 }, () => addPerson(harness())));
    const book = (n: number) =>
      as(harness(), people[n])("POST", "/api/bookings", { ...times(n), resourceId: id });
    expect(await wanted("resources", id, book)).toEqual(onlyTheseWait);
  }, 30_000);

  test("of a person delays only changes that need them", async () => {
    const person = await addPerson(harness());
    const rooms = await Promise.all(Array.from({ length: 30 }, room));
    const book = (n: number) =>
      as(harness(), person)("POST", "/api/bookings", { ...times(n), resourceId: rooms[n].id });
    expect(await wanted("users", person.id, book)).toEqual(onlyTheseWait);
  }, 30_000);

  test("of a booking delays only changes that need it", async () => {
    const call = as(harness(), await addPerson(harness()));
    const { id } = (await call("POST", "/api/bookings", times(1))).body;
    const cancel = () => call("POST", `/api/bookings/${id}/cancel`, {});
    expect(await wanted("bookings", id, cancel)).toEqual(onlyTheseWait);
  }, 30_000);
});

/** The first tries meet connections that were ended. */
async function addPersonAgain(harness: Harness) {
  for (;;) {
    const person = await addPerson(harness).catch(() => null);
    if (person) return person;
  }
}
