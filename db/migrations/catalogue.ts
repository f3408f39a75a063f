// Written by `bun run migration:generate`; the order is that of the names.
import pg0001Down from "./postgres/0001_core.down.sql" with { type: "text" };
import pg0001Up from "./postgres/0001_core.up.sql" with { type: "text" };
import pg0002Down from "./postgres/0002_reminders.down.sql" with { type: "text" };
import pg0002Up from "./postgres/0002_reminders.up.sql" with { type: "text" };
import pg0003Down from "./postgres/0003_api_keys.down.sql" with { type: "text" };
import pg0003Up from "./postgres/0003_api_keys.up.sql" with { type: "text" };
import pg0004Down from "./postgres/0004_audit.down.sql" with { type: "text" };
import pg0004Up from "./postgres/0004_audit.up.sql" with { type: "text" };
import pg0005Down from "./postgres/0005_operations.down.sql" with { type: "text" };
import pg0005Up from "./postgres/0005_operations.up.sql" with { type: "text" };
import pg0006Down from "./postgres/0006_growth.down.sql" with { type: "text" };
import pg0006Up from "./postgres/0006_growth.up.sql" with { type: "text" };
import pg0007Down from "./postgres/0007_log.down.sql" with { type: "text" };
import pg0007Up from "./postgres/0007_log.up.sql" with { type: "text" };
import pg0008Down from "./postgres/0008_credentials.down.sql" with { type: "text" };
import pg0008Up from "./postgres/0008_credentials.up.sql" with { type: "text" };
import pg0009Down from "./postgres/0009_erasure.down.sql" with { type: "text" };
import pg0009Up from "./postgres/0009_erasure.up.sql" with { type: "text" };
import pg0010Down from "./postgres/0010_claims.down.sql" with { type: "text" };
import pg0010Up from "./postgres/0010_claims.up.sql" with { type: "text" };
import pg0011Down from "./postgres/0011_lists.down.sql" with { type: "text" };
import pg0011Up from "./postgres/0011_lists.up.sql" with { type: "text" };
import pg0012Down from "./postgres/0012_events.down.sql" with { type: "text" };
import pg0012Up from "./postgres/0012_events.up.sql" with { type: "text" };
import lite0001Down from "./sqlite/0001_core.down.sql" with { type: "text" };
import lite0001Up from "./sqlite/0001_core.up.sql" with { type: "text" };
import lite0002Down from "./sqlite/0002_reminders.down.sql" with { type: "text" };
import lite0002Up from "./sqlite/0002_reminders.up.sql" with { type: "text" };
import lite0003Down from "./sqlite/0003_api_keys.down.sql" with { type: "text" };
import lite0003Up from "./sqlite/0003_api_keys.up.sql" with { type: "text" };
import lite0004Down from "./sqlite/0004_audit.down.sql" with { type: "text" };
import lite0004Up from "./sqlite/0004_audit.up.sql" with { type: "text" };
import lite0005Down from "./sqlite/0005_operations.down.sql" with { type: "text" };
import lite0005Up from "./sqlite/0005_operations.up.sql" with { type: "text" };
import lite0006Down from "./sqlite/0006_growth.down.sql" with { type: "text" };
import lite0006Up from "./sqlite/0006_growth.up.sql" with { type: "text" };
import lite0007Down from "./sqlite/0007_log.down.sql" with { type: "text" };
import lite0007Up from "./sqlite/0007_log.up.sql" with { type: "text" };
import lite0008Down from "./sqlite/0008_credentials.down.sql" with { type: "text" };
import lite0008Up from "./sqlite/0008_credentials.up.sql" with { type: "text" };
import lite0009Down from "./sqlite/0009_erasure.down.sql" with { type: "text" };
import lite0009Up from "./sqlite/0009_erasure.up.sql" with { type: "text" };
import lite0010Down from "./sqlite/0010_claims.down.sql" with { type: "text" };
import lite0010Up from "./sqlite/0010_claims.up.sql" with { type: "text" };
import lite0011Down from "./sqlite/0011_lists.down.sql" with { type: "text" };
import lite0011Up from "./sqlite/0011_lists.up.sql" with { type: "text" };
import lite0012Down from "./sqlite/0012_events.down.sql" with { type: "text" };
import lite0012Up from "./sqlite/0012_events.up.sql" with { type: "text" };

/** One step of the schema, for both engines, with the way back. */
export type Migration = {
  name: string;
  postgres: { up: string; down: string };
  sqlite: { up: string; down: string };
};

export const migrations: Migration[] = [
  {
    name: "0001_core",
    postgres: { up: pg0001Up, down: pg0001Down },
    sqlite: { up: lite0001Up, down: lite0001Down },
  },
  {
    name: "0002_reminders",
    postgres: { up: pg0002Up, down: pg0002Down },
    sqlite: { up: lite0002Up, down: lite0002Down },
  },
  {
    name: "0003_api_keys",
    postgres: { up: pg0003Up, down: pg0003Down },
    sqlite: { up: lite0003Up, down: lite0003Down },
  },
  {
    name: "0004_audit",
    postgres: { up: pg0004Up, down: pg0004Down },
    sqlite: { up: lite0004Up, down: lite0004Down },
  },
  {
    name: "0005_operations",
    postgres: { up: pg0005Up, down: pg0005Down },
    sqlite: { up: lite0005Up, down: lite0005Down },
  },
  {
    name: "0006_growth",
    postgres: { up: pg0006Up, down: pg0006Down },
    sqlite: { up: lite0006Up, down: lite0006Down },
  },
  {
    name: "0007_log",
    postgres: { up: pg0007Up, down: pg0007Down },
    sqlite: { up: lite0007Up, down: lite0007Down },
  },
  {
    name: "0008_credentials",
    postgres: { up: pg0008Up, down: pg0008Down },
    sqlite: { up: lite0008Up, down: lite0008Down },
  },
  {
    name: "0009_erasure",
    postgres: { up: pg0009Up, down: pg0009Down },
    sqlite: { up: lite0009Up, down: lite0009Down },
  },
  {
    name: "0010_claims",
    postgres: { up: pg0010Up, down: pg0010Down },
    sqlite: { up: lite0010Up, down: lite0010Down },
  },
  {
    name: "0011_lists",
    postgres: { up: pg0011Up, down: pg0011Down },
    sqlite: { up: lite0011Up, down: lite0011Down },
  },
  {
    name: "0012_events",
    postgres: { up: pg0012Up, down: pg0012Down },
    sqlite: { up: lite0012Up, down: lite0012Down },
  },
];
