import { Database } from "bun:sqlite";
import postgres from "postgres";
import { median } from "./process.ts";
import { quick, report } from "./report.ts";
import { ask, openWorld } from "./world.ts";

/** P19: ending all other sessions, and signing in, of a person with 10,000 sessions, against one with a single other one. */
const many = quick ? 1_000 : 10_000;
const rounds = quick ? 5 : 15;
const password = "password123";

type Sql = { run(text: string): Promise<void>; close(): Promise<void> };

function openSql(url: string): Sql {
  if (url.startsWith("sqlite:")) {
    const database = new Database(url.slice("sqlite:".length));
    database.run("pragma busy_timeout = 5000");
    return { run: async (text) => void database.run(text), close: async () => database.close() };
  }
  const sql = postgres(url, { max: 1, onnotice: () => {} });
  return { run: async (text) => void (await sql.unsafe(text)), close: () => sql.end() };
}

/** Gives a person `count` more sessions: copies of one of theirs. */
function copies(engine: "postgres" | "sqlite", userId: string, count: number): string {
  const [series, id] =
    engine === "postgres"
      ? [`generate_series(1, ${count}) as n`, "gen_random_uuid()"]
      : [
          `(with recursive n (i) as (select 1 union all select i + 1 from n where i < ${count}) select i from n)`,
          "lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-' || hex(randomblob(2)) || '-' || hex(randomblob(2)) || '-' || hex(randomblob(6)))",
        ];
  const kept = "organization_id, user_id, credential_generation, generation, rotated_at, version, created_at";
  return `insert into sessions (id, ${kept}) select ${id}, ${kept} from
    (select * from sessions where user_id = '${userId}' order by created_at desc limit 1) as one, ${series}`;
}

async function measure(engine: "postgres" | "sqlite") {
  const world = await openWorld(engine);
  const sql = openSql(world.databaseUrl);
  const person = async (count: number) => {
    const email = `${crypto.randomUUID()}@bench.example`;
    await ask(world.url, "POST", "/api/auth/register", { email, password, name: "P" });
    const login = () => ask(world.url, "POST", "/api/auth/login", { email, password });
    const first = await login();
    const id = (first.user as unknown as { id: string }).id;
    await sql.run(copies(engine, id, count));
    /** What a generation has ended is given back for the next round. */
    const revive = `update sessions set credential_generation =
      (select credential_generation from users where id = '${id}') where user_id = '${id}'`;
    return async () => {
      await sql.run(revive);
      const timed = async <T>(work: () => Promise<T>) => {
        const began = performance.now();
        const result = await work();
        return { result, ms: performance.now() - began };
      };
      const signIn = await timed(login);
      const end = await timed(() =>
        ask(world.url, "DELETE", "/api/auth/sessions", undefined, signIn.result.accessToken),
      );
      return { signIn: signIn.ms, end: end.ms };
    };
  };
  const [few, lots] = [await person(1), await person(many)];
  const found = { few: [await few()], lots: [await lots()] };
  for (let n = 0; n < rounds; n++) {
    found.lots.push(await lots());
    found.few.push(await few());
  }
  await sql.close();
  await world.close();
  return (["end", "signIn"] as const).map((what) => ({
    id: "P19",
    what: `${what === "end" ? "end all others" : "sign in"}, ${engine}: ${many.toLocaleString("en")} sessions, to one`,
    ours: median(found.lots.map((round) => round[what])),
    limit: median(found.few.map((round) => round[what])),
    unit: "ms",
    target: { most: 1.5 },
  }));
}

report([...(await measure("postgres")), ...(await measure("sqlite"))]);
process.exit(0);
