import { expect, test } from "bun:test";
import { openSqlite } from "../../db/engines/sqlite/bun.ts";

test("a loop over queries of SQLite lets others have their turn", async () => {
  const engine = openSqlite(":memory:");
  let turns = 0;
  const others = setInterval(() => turns++, 1);
  for (let n = 0; n < 1_000_000 && turns < 3; n++) await engine.ping();
  clearInterval(others);
  expect(turns).toBe(3);
  await engine.close();
});
