import type { Operation } from "./record.ts";
import type { Seeded } from "./seeded.ts";
import { once, resultOf, untilAnswered } from "./send.ts";
import type { Stage } from "./stage.ts";

type UserPatch = { role?: "user" | "admin"; status?: "active" | "disabled" };

function changeUser(stage: Stage, actorId: string, id: string, patch: UserPatch): Promise<Operation> {
  const opId = stage.history.newId();
  const body = { ...patch, name: `Person ${opId}` };
  const path = `/api/users/${id}`;
  return untilAnswered(stage, { id: opId, kind: "changeUser", actorId, method: "PATCH", path, body }, 0);
}

/** Lets a person in again: active, and with a new token. */
export async function admit(stage: Stage, id: string): Promise<void> {
  await changeUser(stage, stage.admin, id, { status: "active" });
  const path = `/api/users/${id}/tokens`;
  const wanted = { kind: "other" as const, actorId: stage.admin, method: "POST", path, body: {} };
  const token = resultOf(await untilAnswered(stage, wanted, 1))?.accessToken;
  if (token) stage.setToken(id, token);
}

async function shutOut(stage: Stage, random: Seeded): Promise<void> {
  const id = random.pick(stage.users);
  await changeUser(stage, stage.admin, id, { status: "disabled" });
  await admit(stage, id);
}

/** Every admin demotes or disables another at once, so that all would be gone. Whoever is left restores the others. */
async function overthrow(stage: Stage, random: Seeded): Promise<void> {
  const { council } = stage;
  await Promise.all(
    council.map((actorId, n) => {
      const victim = council[(n + 1 + random.below(council.length)) % council.length] as string;
      return changeUser(
        stage,
        actorId,
        victim,
        random.chance(0.5) ? { role: "user" } : { status: "disabled" },
      );
    }),
  );
  const left = await findAdmin(stage);
  if (!left) throw new Error("No admin is left.");
  stage.admin = left;
  for (const id of council.filter((other) => other !== left)) {
    await changeUser(stage, left, id, { role: "admin", status: "active" });
    await stage.signIn(id);
  }
}

async function findAdmin(stage: Stage): Promise<string | null> {
  for (const actorId of stage.council) {
    const path = "/api/users?role=admin&status=active";
    const wanted = { kind: "other" as const, actorId, method: "GET", path, body: undefined };
    if (resultOf(await untilAnswered(stage, wanted, 0))) return actorId;
    // A change of role may have ended the sessions of one who is an admin.
    if (!(await stage.signIn(actorId))) continue;
    if (resultOf(await untilAnswered(stage, wanted, 0))) return actorId;
  }
  return null;
}

async function changeCapacity(stage: Stage, random: Seeded): Promise<void> {
  const id = random.pick(stage.rooms);
  const opId = stage.history.newId();
  const body = { capacity: random.pick([1, 1, 2, 5, 6, 50]), description: opId };
  const wanted = { id: opId, kind: "changeResource" as const, actorId: stage.admin, method: "PATCH", body };
  await untilAnswered(stage, { ...wanted, path: `/api/resources/${id}` }, random.below(2));
}

/** A room is added and deleted, while others book it. Its place among the rooms is taken by a new one. */
async function replaceRoom(stage: Stage, random: Seeded): Promise<void> {
  const place = random.below(stage.rooms.length);
  const actorId = stage.admin;
  const opId = stage.history.newId();
  const body = { name: "Room", capacity: random.pick([1, 1, 5, 50]), description: opId };
  const wanted = { id: opId, kind: "createResource" as const, actorId, method: "POST", body };
  const made = await untilAnswered(stage, { ...wanted, path: "/api/resources", key: opId }, 0);
  const added = resultOf(made)?.id;
  if (!added) return;
  stage.rooms[place] = added;
  const path = `/api/resources/${added}`;
  const remove = { kind: "deleteResource" as const, actorId, method: "DELETE", path, body: undefined };
  if (random.chance(0.5)) await once(stage, remove, random.below(2));
}

const steps = { changeCapacity, replaceRoom, shutOut, overthrow };

/** What the admins do, one step after the other: each once, however short the run is, and then at random. */
export async function administer(stage: Stage, random: Seeded, more: () => boolean): Promise<void> {
  for (const step of Object.values(steps)) await step(stage, random);
  const weights = { changeCapacity: 50, replaceRoom: 20, shutOut: 20, overthrow: 10 };
  while (more()) await steps[random.weighted(weights)](stage, random);
}
