import { Redis } from "ioredis";
import { openStore } from "../db/open.ts";
import { cachingStore } from "../src/cache/caching-store.ts";
import { install } from "../src/operations/install.ts";
import { systemClock } from "../src/ports/clock.ts";
import { createDatabase } from "../tests/support/databases.ts";
import { addPerson, testContext } from "../tests/support/harness.ts";
import { median } from "./process.ts";

/**
 * Where to remember whose session a token is: in the process, kept true by the log; in Redis; or nowhere. Look-ups a
 * second, 32 at a time, medians of alternating rounds; run with TEST_DATABASE_URL and TEST_REDIS_URL.
 */
const [rounds, lookups, atOnce] = [5, 8_000, 32];
const database = await createDatabase("postgres", {
  server: process.env.TEST_DATABASE_URL ?? "postgres://postgres@127.0.0.1:5432/postgres",
});
const store = await openStore(database.url, { pool: 10 });
const context = testContext(store, systemClock);
await install(context);
const person = await addPerson({ context });
const session = (await store.sessions.ofUser(person.id, { limit: 1, sort: "createdAt" })).rows[0]?.id ?? "";
const cache = cachingStore(store);
cache.follow({ watchAgeMs: () => 0 });
const redis = new Redis(process.env.TEST_REDIS_URL ?? "redis://127.0.0.1:6379");
const key = `bench:${session}`;
await redis.set(key, JSON.stringify(await store.sessions.withUser(session)), "EX", 60);

const ways: Record<string, () => Promise<unknown>> = {
  "in the process": () => cache.store.sessions.withUser(session),
  "in Redis": async () => JSON.parse((await redis.get(key)) ?? "null"),
  nowhere: () => store.sessions.withUser(session),
};
const rates = Object.fromEntries(Object.keys(ways).map((name) => [name, [] as number[]]));
for (let n = 0; n < rounds; n++) {
  for (const [name, look] of Object.entries(ways)) {
    const began = performance.now();
    const worker = async () => {
      for (let i = 0; i < lookups / atOnce; i++) await look();
    };
    await Promise.all(Array.from({ length: atOnce }, worker));
    rates[name]?.push((lookups * 1000) / (performance.now() - began));
  }
}
const none = median(rates.nowhere ?? []);
for (const [name, all] of Object.entries(rates))
  console.log(
    `${name.padEnd(16)}${median(all).toFixed(0).padStart(10)}/s   ${(median(all) / none).toFixed(1)} × the database`,
  );
redis.disconnect();
await store.close();
await database.drop();
process.exit(0);
