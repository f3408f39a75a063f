import { describe } from "bun:test";
import { createDatabase, describeOnPostgres, type EngineName } from "../support/databases.ts";
import { startServer, stopServer } from "../support/server.ts";
import { admin, type Running, walkthroughs } from "./walkthroughs.ts";

async function startAlone(engine: EngineName, env = {}): Promise<Running> {
  const database = await createDatabase(engine, { migrate: false });
  const server = await startServer({ env: { DATABASE_URL: database.url, ...admin, ...env } });
  const stop = async () => {
    await stopServer(server);
    await database.drop();
  };
  return { url: server.url, stop };
}

describe("one process on SQLite", () => walkthroughs((env) => startAlone("sqlite", env)));
describeOnPostgres("one process", () => walkthroughs((env) => startAlone("postgres", env)));
