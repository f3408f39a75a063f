import type { World } from "../faults/world.ts";
import type { Sender } from "./send.ts";

/** Who acts, and on what. Clients share it, so that several change the same bookings at once. */
export type Stage = Sender & {
  users: string[];
  /** All the admins there are. Any may be demoted at any time, but never the last. */
  council: string[];
  /** The admin who acts at the moment. */
  admin: string;
  /** Reads the log and the bookings of everyone. */
  readerKey: string;
  calendars: Map<string, string>;
  /** Capacities that stay, for what begins during the run; and some that change. */
  steadyRooms: string[];
  rooms: string[];
  own: Map<string, { id: string; version: number }[]>;
  /** Requests with a key that succeeded. */
  keyed: { key: string; actorId: string; body: Record<string, unknown> }[];
  setToken(personId: string, token: string): void;
  signIn(councillor: string): Promise<boolean>;
};

export const capacities = { steady: [50, 50], changing: [1, 1, 1, 5, 5, 50] };
const password = "a long password";

/** Makes the councillors and gives everyone a token that outlives the run. */
export async function setStage(world: World, sender: Omit<Sender, "tokenOf">): Promise<Stage> {
  const tokens = new Map(world.people.map(({ id, token }) => [id, token]));
  const [founder, ...users] = world.people as [World["people"][number], ...World["people"]];
  const emails = new Map<string, string>();
  const post = async (path: string, body: object, token?: string, method = "POST") => {
    const response = await fetch(`${sender.urls[0]}${path}`, {
      method,
      headers: { "Content-Type": "application/json", ...(token ? { Authorization: `Bearer ${token}` } : {}) },
      body: JSON.stringify(body),
    });
    // biome-ignore lint/suspicious/noExplicitAny: what a helper of the test reads
    return { status: response.status, body: (await response.json()) as any };
  };
  const signIn = async (id: string) => {
    for (let n = 0; n < 100; n++, await Bun.sleep(100)) {
      const answer = await post("/api/auth/login", { email: emails.get(id), password }).catch(() => null);
      if (answer?.status === 200) tokens.set(id, answer.body.accessToken);
      if (answer && answer.status !== 503) return answer.status === 200;
    }
    return false;
  };
  const council: string[] = [];
  for (const name of ["Ada", "Barbara", "Grace"]) {
    const email = `${name.toLowerCase()}.${crypto.randomUUID().slice(0, 8)}@example.com`;
    const { user } = (await post("/api/auth/register", { email, password, name })).body;
    emails.set(user.id, email);
    council.push(user.id);
    await post(`/api/users/${user.id}`, { role: "admin" }, founder.token, "PATCH");
    await signIn(user.id);
  }
  const [admin] = council as [string];
  // Sees everything whoever is an admin at the moment: a cursor that somebody else moved would pass events by.
  const scopes = ["events:read", "bookings:read"];
  const made = await post("/api/api-keys", { name: "Reader", scopes }, tokens.get(admin));
  await post(`/api/users/${founder.id}`, { role: "user" }, tokens.get(admin), "PATCH");
  for (const { id } of users) {
    const issued = await post(`/api/users/${id}/tokens`, {}, tokens.get(admin));
    tokens.set(id, issued.body.accessToken);
  }
  return {
    ...sender,
    users: users.map(({ id }) => id),
    council,
    admin,
    readerKey: made.body.key,
    calendars: new Map(world.people.map(({ id, calendarId }) => [id, calendarId])),
    steadyRooms: world.rooms.slice(0, capacities.steady.length),
    rooms: world.rooms.slice(capacities.steady.length),
    own: new Map(users.map(({ id }) => [id, []])),
    keyed: [],
    tokenOf: (id) => tokens.get(id) ?? "",
    setToken: (id, token) => void tokens.set(id, token),
    signIn,
  };
}
