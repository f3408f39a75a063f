import { describe } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import postgres from "postgres";
import { migrateUp } from "../../db/migrate.ts";
import { openStore } from "../../db/open.ts";
import type { Store } from "../../src/ports/store.ts";
import { newObject } from "./edge/new-object.ts";
import { remoteStore } from "./edge/remote-store.ts";
import { askObject } from "./edge/runtime.ts";

/** A database of a test's own, empty. */
export type TestDatabase = { engine: EngineName; url: string; drop(): Promise<void> };
/** The engines that processes run on. */
export type ProcessEngine = "sqlite" | "postgres";
export type EngineName = ProcessEngine | "object";
/** Of a database with the locale `C`. `SQL_ASCII` is what `initdb --locale=C` gives: texts are bytes to it. */
export type Encoding = "UTF8" | "SQL_ASCII";

const adminUrl = process.env.TEST_DATABASE_URL;

/** Calls `define` once for each engine; one that is missing is skipped by name. */
export function onEachEngine(title: string, define: (engine: ProcessEngine) => void): void {
  describe(`${title} on SQLite`, () => define("sqlite"));
  describe.skipIf(!adminUrl)(`${title} on Postgres`, () => define("postgres"));
}

/** The same, and once more inside of a Durable Object: for tests that need no process and no file. */
export function onEveryEngine(title: string, define: (engine: EngineName) => void): void {
  onEachEngine(title, define);
  describe(`${title} in a Durable Object`, () => define("object"));
}

export function describeOnPostgres(title: string, define: () => void): void {
  describe.skipIf(!adminUrl)(`${title} on Postgres`, define);
}

export async function createDatabase(
  engine: EngineName,
  options: { migrate?: boolean; server?: string | undefined; cLocale?: Encoding | undefined } = {},
) {
  if (engine === "object") {
    const url = await newObject({ server: options.server });
    return { engine, url: `object:${url}`, drop: async () => {} } satisfies TestDatabase;
  }
  const database =
    engine === "sqlite"
      ? sqliteDatabase()
      : await postgresDatabase(options.server ?? adminUrl ?? "", options.cLocale);
  if (options.migrate ?? true) await migrateUp(database.url);
  return database;
}

function sqliteDatabase(): TestDatabase {
  const folder = mkdtempSync(join(tmpdir(), "booking-test-"));
  return {
    engine: "sqlite",
    url: `sqlite:${join(folder, "booking.db")}`,
    drop: async () => rmSync(folder, { recursive: true, force: true }),
  };
}

async function postgresDatabase(server: string, cLocale?: Encoding): Promise<TestDatabase> {
  const name = `booking_test_${crypto.randomUUID().replaceAll("-", "")}`;
  const run = async (statement: string) => {
    const admin = postgres(server, { max: 1, onnotice: () => {} });
    await admin.unsafe(statement);
    await admin.end({ timeout: 5 });
  };
  const locale = cLocale ? `template template0 encoding '${cLocale}' lc_collate 'C' lc_ctype 'C'` : "";
  await run(`create database ${name} ${locale}`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  return {
    engine: "postgres",
    url: url.href,
    drop: () => run(`drop database if exists ${name} with (force)`),
  };
}

/** A store of its own over a test's database. */
export function openTestStore(url: string): Promise<Store> {
  if (url.startsWith("object:")) return remoteStore(url.slice("object:".length));
  return openStore(url, { pool: 2 });
}

/** How an answer with a secret is marked. A platform that compresses by itself must leave it as it is. */
export function unstored(engine: EngineName): string {
  return engine === "object" ? "no-store, no-transform" : "no-store";
}

/** Runs a statement by hand, past the store: what an operator at a prompt could do. */
export async function runSql(url: string, statement: string): Promise<Record<string, unknown>[]> {
  if (url.startsWith("object:"))
    return (await askObject(url.slice("object:".length), "sql", statement)) as Record<string, unknown>[];
  if (url.startsWith("sqlite:")) {
    const { Database } = await import("bun:sqlite");
    const client = new Database(url.slice("sqlite:".length));
    try {
      client.run("pragma busy_timeout = 5000");
      client.run("pragma foreign_keys = on");
      return client.query(statement).all() as Record<string, unknown>[];
    } finally {
      client.close();
    }
  }
  const client = postgres(url, { max: 1, onnotice: () => {} });
  try {
    return [...(await client.unsafe(statement))];
  } finally {
    await client.end({ timeout: 5 });
  }
}
