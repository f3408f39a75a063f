import { expect, test } from "bun:test";
import { as } from "../support/client.ts";
import { onEveryEngine } from "../support/databases.ts";
import { addOrganization, addPerson, type Harness, useHarness, withContext } from "../support/harness.ts";
import { serveLive } from "../support/live.ts";
import { TestSocket } from "../support/socket.ts";

let hour = 0;
function slot() {
  const start = Date.UTC(2027, 7, 1) + hour++ * 3_600_000;
  return {
    title: "Canary",
    startTime: new Date(start).toISOString(),
    endTime: new Date(start + 60_000).toISOString(),
  };
}

/** What an admin hears of another organization: the answers to each join, and every frame that names a room. */
async function eavesdrop(harness: Harness): Promise<{ answers: string[]; heard: number }> {
  const away = await addOrganization(harness);
  const spy = await addPerson(harness, "admin", away.id);
  const victim = await addPerson(harness);
  const live = await serveLive(harness);
  const boss = as(harness, await addPerson(harness, "admin"));
  const { body: room } = await boss("POST", "/api/resources", { name: "Room" });
  await as(harness, victim)("POST", "/api/bookings", { ...slot(), resourceId: room.id });
  const { body: start } = await as(harness, spy)("GET", "/api/events");
  const socket = await TestSocket.open(live.url, { token: spy.token });
  const witness = await TestSocket.open(live.url, { token: victim.token });
  await witness.ask("join-user-room", { userId: victim.id }, "joined-room");
  const joins: [string, object][] = [
    ["join-user-room", { userId: victim.id }],
    ["join-user-room", { userId: victim.id, after: start.pagination.nextCursor }],
    ["join-resource-room", { resourceId: room.id }],
    ["join-resource-room", { resourceId: victim.calendarId }],
  ];
  const answers: string[] = [];
  for (const [event, data] of joins) {
    const answer = await socket.answer(event, data);
    answers.push(answer.event === "error" ? answer.data.code : "joined");
  }
  await as(harness, victim)("POST", "/api/bookings", { ...slot(), resourceId: room.id });
  live.announce();
  await witness.next("booking.created");
  // Frames come in order: what this socket would have heard came before the answer.
  await socket.ask("ping", {}, "pong");
  const heard = socket.frames.filter(({ id }) => id !== undefined).length;
  await live.stop();
  return { answers, heard };
}

onEveryEngine("a room of another organization", (engine) => {
  const harness = useHarness(engine);

  test("can't be joined or heard, not even by an admin (G42)", async () => {
    const forbidden = Array.from({ length: 4 }, () => "forbidden");
    expect(await eavesdrop(harness())).toEqual({ answers: forbidden, heard: 0 });
  });

  test("can be joined where people are looked up whatever their organization (G42, mutant)", async () => {
    const { store } = harness().context;
    const anywhere = async (_: string, id: string) => {
      for (const slug of [...slugs]) {
        const home = (await store.organizations.bySlug(slug))?.id ?? "";
        const found = await store.users.byId(home, id);
        if (found) return found;
      }
      return null;
    };
    const slugs = ["default"];
    const mutated = withContext(harness(), {
      store: { ...store, users: { ...store.users, byId: anywhere } },
    });
    const { answers, heard } = await eavesdrop(mutated);
    expect(answers).toContain("joined");
    // Topics are an organization's own: even then nothing is heard.
    expect(heard).toBe(0);
  });
});
