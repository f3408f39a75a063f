import { openPostgresLoad, openPostgresSnapshot } from "./postgres-snapshot.ts";
import type { Load, Snapshot } from "./snapshot.ts";
import { openSqliteLoad, openSqliteSnapshot } from "./sqlite-snapshot.ts";

export function openSnapshot(url: string): Promise<Snapshot> {
  return url.startsWith("sqlite:")
    ? openSqliteSnapshot(url.slice("sqlite:".length))
    : openPostgresSnapshot(url);
}

export function openLoad(url: string): Promise<Load> {
  return url.startsWith("sqlite:") ? openSqliteLoad(url.slice("sqlite:".length)) : openPostgresLoad(url);
}
