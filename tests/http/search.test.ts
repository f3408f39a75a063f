import { expect, test } from "bun:test";
import { as } from "../support/client.ts";
import { onEveryEngine } from "../support/databases.ts";
import { addOrganization, addPerson, useHarness } from "../support/harness.ts";

onEveryEngine("`q`", (engine) => {
  /** A page looks at so few rows here, where an installation's looks at 10,000. */
  const harness = useHarness(engine, { maxLookedAt: 3 });

  /** Somebody who makes bookings, resources and users of these names, and what shows a name of each. */
  const prepare = async (names: string[]) => {
    const home = await addOrganization(harness());
    const call = as(harness(), await addPerson(harness(), "admin", home.id));
    for (const [n, name] of names.entries()) {
      harness().clock.advance(1_000);
      const [startTime, endTime] = [n, n + 1].map((hour) =>
        new Date(Date.UTC(2027, 6, 1, hour)).toISOString(),
      );
      const answers = [
        await call("POST", "/api/bookings", { title: name, startTime, endTime }),
        await call("POST", "/api/resources", { name }),
        await call("POST", "/api/users", { name, email: `${crypto.randomUUID()}@example.com` }),
      ];
      expect(answers.map(({ status }) => status)).toEqual([201, 201, 201]);
    }
    return call;
  };
  const lists = ["/api/bookings?", "/api/resources?kind=resource&", "/api/users?"];
  type Named = { title?: string; name?: string };
  const namesOf = ({ body }: { body: { data: Named[] } }) =>
    body.data.map(({ title, name }) => title ?? name);

  test("finds a text in any case, and in both forms of an accent", async () => {
    const call = await prepare(["ПРИВЕТ", "Café"]);
    for (const list of lists)
      for (const [q, name] of [
        ["привет", "ПРИВЕТ"],
        ["CAFÉ".normalize("NFD"), "Café"],
      ] as const) {
        const found: (string | undefined)[] = [];
        let cursor: string | null = "";
        while (cursor !== null) {
          const answer = await call(
            "GET",
            `${list}q=${encodeURIComponent(q)}${cursor && `&cursor=${cursor}`}`,
          );
          expect(answer.status).toBe(200);
          found.push(...namesOf(answer));
          cursor = answer.body.pagination.nextCursor;
        }
        expect([list, q, found]).toEqual([list, q, [name]]);
      }
  });

  test("finds each match once, in pages that look at a bounded number of rows", async () => {
    const names = Array.from({ length: 14 }, (_, n) => `${n % 5 === 3 ? "ЙОГА" : "Room"} ${n}`);
    const call = await prepare(names);
    const filtered = ["/api/bookings?status=confirmed&", "/api/users?role=user&status=active&"];
    for (const list of [...lists, ...filtered]) {
      const found: (string | undefined)[] = [];
      let pages = 0;
      for (let cursor: string | null = ""; cursor !== null; pages++) {
        const more: string = cursor && `&cursor=${cursor}`;
        const answer = await call("GET", `${list}q=${encodeURIComponent("йога")}&limit=2${more}`);
        found.push(...namesOf(answer));
        cursor = answer.body.pagination.nextCursor;
      }
      expect([list, found]).toEqual([list, ["ЙОГА 3", "ЙОГА 8", "ЙОГА 13"]]);
      expect(pages).toBeGreaterThanOrEqual(14 / 3);
    }
  });

  test("that is not UTF-8 is refused, as in a body, and a bare percent sign is only a text", async () => {
    const call = await prepare([]);
    for (const list of lists) {
      for (const q of ["%FF", "%ED%A0%80", "a%C3"]) {
        const answer = await call("GET", `${list}q=${q}`);
        expect([answer.status, answer.body.errors[0].parameter]).toEqual([400, "q"]);
      }
      expect((await call("GET", `${list}q=50%`)).status).toBe(200);
    }
  });
});
