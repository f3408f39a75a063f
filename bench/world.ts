import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import postgres from "postgres";
import type { Load } from "./http-load.ts";
import { type Process, start } from "./process.ts";

/** A service under measurement, on a database of its own, with an admin, people and resources. */
export type World = {
  url: string;
  databaseUrl: string;
  /** Of 32 people. */
  tokens: string[];
  adminToken: string;
  resources: string[];
  server: Process;
  close(): Promise<void>;
};

const admin = { email: "bench@example.com", password: "password123" };
const postgresUrl = process.env.TEST_DATABASE_URL ?? "postgres://postgres@127.0.0.1:5432/postgres";
const people = 32;

/** What every service under measurement is set to. */
export const commonSettings = {
  RATE_LIMIT_SCALE: "1000000",
  // Whoever signed in before a million bookings were made still is.
  ACCESS_TOKEN_MINUTES: "1440",
  ADMIN_EMAIL: admin.email,
  ADMIN_PASSWORD: admin.password,
};

type Options = {
  resources?: number;
  /** Bookings of demo data, beside the rest. */
  seeded?: number;
  env?: Record<string, string>;
};

export async function openWorld(
  engine: "postgres" | "sqlite",
  { resources = 0, seeded = 0, env = {} }: Options = {},
): Promise<World> {
  const database = engine === "postgres" ? await postgresDatabase() : sqliteDatabase();
  const settings = { DATABASE_URL: database.url, PORT: "0", ...commonSettings, ...env };
  if (seeded > 0) {
    await start(["src/main.ts", "migrate"], { env: settings }).ended;
    const seed = start(["src/main.ts", "seed", "--bookings", String(seeded), "--password", admin.password], {
      env: settings,
    });
    await seed.printed(/Created (\d+) bookings/);
  }
  const server = start(["src/main.ts", "serve"], { env: settings });
  const url = await server.printed(/Health +(\S+)\/health/);
  const email = seeded > 0 ? "admin@demo.localhost" : admin.email;
  const populated = await populate(url, { email, resources });
  return {
    url,
    databaseUrl: database.url,
    ...populated,
    server,
    close: async () => {
      server.kill();
      await server.ended;
      await database.drop();
    },
  };
}

/** Makes resources and people in a service that has only its admin. */
export async function populate(
  url: string,
  { email = admin.email, resources = 0 }: { email?: string; resources?: number },
): Promise<Pick<World, "tokens" | "adminToken" | "resources">> {
  const { accessToken: adminToken = "" } = await ask(url, "POST", "/api/auth/login", { ...admin, email });
  const made: string[] = [];
  for (let n = 0; n < resources; n++)
    made.push((await ask(url, "POST", "/api/resources", { name: `Room ${n}` }, adminToken)).id ?? "");
  const tokens: string[] = [];
  for (let n = 0; n < people; n++) {
    const person = await ask(
      url,
      "POST",
      "/api/users",
      { email: `p${n}@bench.example`, name: "P" },
      adminToken,
    );
    tokens.push((await ask(url, "POST", `/api/users/${person.id}/tokens`, {}, adminToken)).accessToken ?? "");
  }
  return { tokens, adminToken, resources: made };
}

/** Asks once; what is no success is a fault of the bench. */
export async function ask(
  url: string,
  method: string,
  path: string,
  body?: object,
  token?: string,
): Promise<Record<string, string>> {
  const response = await fetch(`${url}${path}`, {
    method,
    // workerd closes a connection whose body it has not read.
    keepalive: false,
    headers: { "Content-Type": "application/json", ...(token ? { Authorization: `Bearer ${token}` } : {}) },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${path}: ${response.status} ${text}`);
  return text ? JSON.parse(text) : {};
}

export type LoadResult = { rate: number; p50: number; p99: number; statuses: Record<string, number> };

/** Runs a load in a process of its own. Where `wanted` is given, every answer must have that status. */
export async function load(input: Load, wanted?: number): Promise<LoadResult> {
  const child = start(["bench/http-load.ts"], { input });
  const line = await child.printed(/(rate .*)\n/);
  const match = /rate (\S+) p50 (\S+) p99 (\S+) statuses (.*)/.exec(line);
  const [rate = 0, p50 = 0, p99 = 0] = (match?.slice(1, 4) ?? []).map(Number);
  const statuses = JSON.parse(match?.[4] ?? "{}");
  if (wanted && Object.keys(statuses).some((status) => status !== String(wanted)))
    throw new Error(`Not all were ${wanted}: ${JSON.stringify(statuses)}`);
  return { rate, p50, p99, statuses };
}

async function postgresDatabase() {
  const name = `booking_bench_${crypto.randomUUID().replaceAll("-", "")}`;
  const sql = postgres(postgresUrl, { max: 1, onnotice: () => {} });
  await sql.unsafe(`create database ${name}`);
  const url = new URL(postgresUrl);
  url.pathname = `/${name}`;
  const drop = async () => {
    await sql.unsafe(`drop database ${name} with (force)`);
    await sql.end({ timeout: 5 });
  };
  return { url: url.href, drop };
}

function sqliteDatabase() {
  const folder = mkdtempSync(join(tmpdir(), "booking-bench-"));
  return {
    url: `sqlite:${join(folder, "booking.db")}`,
    drop: async () => rmSync(folder, { recursive: true, force: true }),
  };
}
