import { expect, test } from "bun:test";
import { as } from "../support/client.ts";
import { onEveryEngine } from "../support/databases.ts";
import { type Harness, useHarness, withContext } from "../support/harness.ts";
import { measured, sized } from "../support/measured.ts";

const families = sized("FAMILIES", 5);
const atOnce = 20;

/** Families of tokens of which one is copied: how each came out. */
async function stealFrom(harness: Harness, probed = harness) {
  const call = as(probed);
  const outcomes: { successors: number; replayed: number; ownerAfter: number }[] = [];
  for (let n = 0; n < families; n++) {
    const person = { email: `${crypto.randomUUID()}@example.com`, password: "password123", name: "Ada" };
    const { body: first } = await call("POST", "/api/auth/register", person);
    const refresh = (refreshToken: string) => call("POST", "/api/auth/refresh", { refreshToken });
    const twins = await Promise.all(Array.from({ length: atOnce }, () => refresh(first.refreshToken)));
    const successors = new Set(twins.map(({ body }) => body.refreshToken));
    harness.clock.advance(10_001);
    const replayed = (await refresh(first.refreshToken)).status;
    const ownerAfter = (await refresh([...successors][0])).status;
    outcomes.push({ successors: successors.size, replayed, ownerAfter });
  }
  return outcomes;
}

onEveryEngine("a refresh token that is stolen", (engine) => {
  const harness = useHarness(engine);
  const ended = { successors: 1, replayed: 401, ownerAfter: 401 };

  test("gives one successor to all who hold it at once, and used late ends the family (G18)", async () => {
    expect(await stealFrom(harness())).toEqual(Array(families).fill(ended));
    measured(
      "G18",
      `${engine}: ${families} families, ${atOnce} at once: one successor each, ended by a late replay`,
    );
  }, 600_000);

  test("is good for ever where the time of its exchange is not kept (G18, mutant)", async () => {
    const { store, clock } = harness().context;
    const withUser: typeof store.sessions.withUser = async (id) => {
      const found = await store.sessions.withUser(id);
      return found && { ...found, session: { ...found.session, rotatedAt: clock.now() } };
    };
    const mutant = withContext(harness(), { store: { ...store, sessions: { ...store.sessions, withUser } } });
    expect(await stealFrom(harness(), mutant)).not.toContainEqual(ended);
  });
});
