import { expect, test } from "bun:test";
import { commitStatements } from "../../db/engines/sqlite/commit.ts";
import { runChange, type Statement } from "../../db/engines/sqlite/statement.ts";
import { nobody } from "../../src/domain/actor.ts";
import { type Change, mergeChanges } from "../../src/domain/change.ts";
import { createUser } from "../../src/domain/people/user.ts";

const now = new Date(0);
const id = () => crypto.randomUUID();

/** A change with `n` of everything that it can do, and rows in several tables. */
function changeOf(n: number): Change {
  const one = (): Change => {
    const { user, change } = createUser(
      { actor: nobody, now, newId: id },
      {
        ...{ id: id(), calendarId: id(), organizationId: id(), email: `${id()}@example.com` },
        ...{ name: "Ada", role: "user", passwordHash: null, emailVerified: false },
      },
    );
    const keepDueAt = Array.from({ length: n }, (_, at) => new Date(now.getTime() + at));
    const receipt = { organizationId: user.organizationId, callerId: user.id, key: id(), createdAt: now };
    return mergeChanges(change, {
      insert: {
        receipts: [{ ...receipt, fingerprint: "", status: 201, body: "{}", location: null, etag: null }],
      },
      update: { users: [user] },
      voidTasks: [{ kind: "websocket-reminder", subjectId: id(), keepDueAt, reason: "moved", at: now }],
      requires: [{ userId: user.id, credentialGeneration: 1 }],
      asOf: [{ bookingId: id(), version: 1 }],
    });
  };
  return mergeChanges(...Array.from({ length: n }, one));
}

const textsOf = (statements: Statement[]) => new Set(statements.map(({ text }) => text));

test("a change has the same texts for SQLite however much it writes, and values that any driver can bind", () => {
  const [few, many] = [commitStatements(changeOf(1)), commitStatements(changeOf(30))];
  expect(textsOf(many)).toEqual(textsOf(few));
  for (const { text, values } of many) {
    expect(text.split("?").length - 1).toBe(values.length);
    expect(values.length).toBeLessThanOrEqual(100);
    for (const value of values) expect(value === null ? "null" : typeof value).toMatch(/null|string|number/);
  }
});

test("a change is checked before it writes, and a check that finds no row ends it with its outcome", () => {
  const statements = commitStatements(changeOf(2));
  const outcomeWithout = (table: string) => {
    const run: string[] = [];
    const outcome = runChange(({ text }) => {
      run.push(text);
      return text.includes(`from ${table} `) ? [] : [{}];
    }, statements);
    return { outcome, wrote: run.some((text) => !text.startsWith("select")) };
  };
  expect(outcomeWithout("users")).toEqual({ outcome: "credentials_changed", wrote: false });
  expect(outcomeWithout("bookings")).toEqual({ outcome: "stale", wrote: false });
  expect(outcomeWithout("nothing")).toEqual({ outcome: "committed", wrote: true });
});
