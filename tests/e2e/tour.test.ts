import { test } from "bun:test";
import { createDatabase, onEachEngine } from "../support/databases.ts";
import { startServer, stopServer } from "../support/server.ts";
import { takeTour } from "./tour.ts";

onEachEngine("the tour of the README", (engine) => {
  test("answers as it says", async () => {
    const database = await createDatabase(engine, { migrate: false });
    const env = {
      DATABASE_URL: database.url,
      ADMIN_EMAIL: "root@example.com",
      ADMIN_PASSWORD: "password123",
    };
    const server = await startServer({ env });
    await takeTour(server.url);
    await stopServer(server);
    await database.drop();
  });
});
