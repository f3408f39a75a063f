import { expect, test } from "bun:test";
import { freePort } from "../support/cluster.ts";
import { createDatabase } from "../support/databases.ts";
import { sharedSecrets, startServer, stopServer } from "../support/server.ts";

const program = new URL("../../src/main.ts", import.meta.url).pathname;
const requests = 3_000;

async function askMany(url: string): Promise<number> {
  let answered = 0;
  const client = async () => {
    for (let n = 0; n < requests / 20; n++) {
      const { ok } = await fetch(`${url}/health/live`);
      if (ok) answered += 1;
    }
  };
  await Promise.all(Array.from({ length: 20 }, client));
  return answered;
}

test("every request has its line, also those of the last moment", async () => {
  const database = await createDatabase("sqlite");
  const server = await startServer({ env: { DATABASE_URL: database.url, LOG_LEVEL: "info" } });
  expect(await askMany(server.url)).toBe(requests);
  await stopServer(server);
  const lines = server
    .output()
    .split("\n")
    .filter((line) => line.startsWith("{"));
  const told = lines.map((line) => JSON.parse(line)).filter(({ msg }) => msg === "request");
  expect(told).toHaveLength(requests);
  expect(told[0]).toMatchObject({ method: "GET", route: "/health/live", status: 200 });
  await database.drop();
});

test("in production everything on stdout is JSON, and it says where things are", async () => {
  const database = await createDatabase("sqlite");
  const env = { ...sharedSecrets, DATABASE_URL: database.url, NODE_ENV: "production", HOST: "127.0.0.1" };
  const admin = { ADMIN_EMAIL: "root@example.com", ADMIN_PASSWORD: "password123" };
  const server = await startServer({ env: { ...env, ...admin } });
  await fetch(`${server.url}/health`);
  await stopServer(server);
  const lines = server
    .output()
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(lines[0]).toMatchObject({ msg: "Booking is running.", health: `${server.url}/health` });
  await database.drop();
});

test("whoever does not read the log holds no request up, and no end", async () => {
  const database = await createDatabase("sqlite");
  const port = String(await freePort());
  const child = Bun.spawn([process.execPath, program, "serve"], {
    env: { PATH: process.env.PATH ?? "", DATABASE_URL: database.url, PORT: port, LOG_LEVEL: "info" },
    // Nobody reads it: a pipe takes some tens of KiB, and these requests make some hundreds.
    stdout: "pipe",
    stderr: "ignore",
  });
  const url = `http://127.0.0.1:${port}`;
  while (!(await fetch(`${url}/health/live`).catch(() => null))) await Bun.sleep(50);
  expect(await askMany(url)).toBe(requests);
  child.kill("SIGTERM");
  expect(await child.exited).toBe(0);
  await database.drop();
});
