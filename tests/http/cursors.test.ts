import { expect, test } from "bun:test";
import fc from "fast-check";
import { as } from "../support/client.ts";
import { onEveryEngine } from "../support/databases.ts";
import { addPerson, useHarness } from "../support/harness.ts";

const id = "0199c6a0-5b7e-7c31-9d54-6a1f0c2b3d4e";
const slot = { title: "B", startTime: "2027-06-01T10:00:00Z", endTime: "2027-06-01T11:00:00Z" };

function cursor(content: unknown): string {
  return Buffer.from(JSON.stringify(content)).toString("base64url");
}

const instant = "2038-01-01T00:00:00.000Z";
/** Values that no instant and no version can be, in any list. */
const neither: unknown[] = [
  "0000-01-01T00:00:00.000Z",
  "0999-01-01T00:00:00.000Z",
  "+012345-01-01T00:00:00.000Z",
  "-000001-01-01T00:00:00.000Z",
  "2038-02-30T00:00:00.000Z",
  "2038-01-01T00:00:00.000+01:00",
  "2038-01-01",
  "infinity",
  "-infinity",
  "now",
  "",
  null,
  true,
  [],
  {},
  2 ** 31,
  2 ** 53,
  0,
  -1,
  1.5,
  1e300,
];

onEveryEngine("cursors", (engine) => {
  const harness = useHarness(engine);

  const lists = async () => {
    const call = as(harness(), await addPerson(harness(), "admin"));
    const { body: booking } = await call("POST", "/api/bookings", slot);
    const paths: [string, string][] = [
      ...["startTime", "-startTime", "createdAt", "-createdAt"].map((sort): [string, string] => [
        `/api/bookings?sort=${sort}`,
        sort,
      ]),
      ["/api/resources?", "createdAt"],
      ["/api/users?", "createdAt"],
      ["/api/api-keys?", "createdAt"],
      ["/api/audit?", "-time"],
      [`/api/bookings/${booking.id}/history?`, "version"],
      [`/api/bookings/${booking.id}/reminders?`, "dueAt"],
    ];
    return paths.map(([path, sort]) => ({
      sort,
      ask: (content: unknown) => call("GET", `${path}&cursor=${cursor(content)}`),
    }));
  };

  test("hold a value of the kind that the list is sorted by, in its range; anything else is 400", async () => {
    for (const { sort, ask } of await lists()) {
      const [good, other] = sort === "version" ? [1, instant] : [instant, 5];
      expect([sort, (await ask([sort, good, id])).status]).toEqual([sort, 200]);
      const off = [
        ...[...neither, other].map((value) => [sort, value, id]),
        [sort, good, "1"],
        [sort, good, `{${id}}`],
        [sort, good, `urn:uuid:${id}`],
        [sort, good, 5],
        [sort, good],
        [sort, good, id, id],
        [`${sort}x`, good, id],
        ["__proto__", good, id],
        { 0: sort, 1: good, 2: id },
      ];
      for (const content of off) {
        const { status, body } = await ask(content);
        expect([sort, content, status, body.errors?.[0].parameter]).toEqual([sort, content, 400, "cursor"]);
      }
    }
  });

  test("that are generated are 200 or 400, in every list", async () => {
    const all = await lists();
    const value = fc.oneof(
      fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
      fc.integer(),
      fc.double(),
      fc.constantFrom(...neither),
    );
    const sent = fc.tuple(fc.nat(all.length - 1), value, fc.oneof(fc.uuid(), fc.constant(id.toUpperCase())));
    await fc.assert(
      fc.asyncProperty(sent, async ([n, sorted, row]) => {
        const list = all[n] as (typeof all)[number];
        expect([200, 400]).toContain((await list.ask([list.sort, sorted, row])).status);
      }),
      { numRuns: 150 },
    );
  });
});
