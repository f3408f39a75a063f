import { BackupRequest } from "../../../db/backup/edge-protocol.ts";
import { backupFormat, backupTables } from "../../../db/backup/format.ts";
import { Refusal } from "../../domain/refusal.ts";
import { version } from "../../process/version.ts";
import type { EdgeStorage } from "../runtime.ts";
import { invalid, readChunk, tableOf } from "./chunks.ts";
import type { MovingState } from "./state.ts";

type Options = { storage: EdgeStorage; state: MovingState; nowMs(): number };

/** A backup, chunk by chunk. Nothing is written between its begin and its end, so the chunks are of one moment. */
export function edgeBackup({ storage, state, nowMs }: Options) {
  const query = (text: string) => storage.sql.exec(text).toArray();
  const current = (backup: string | null) => {
    const found = state.backup();
    if (found && found.backup === backup) return found;
    throw new Refusal(
      "cursor_expired",
      "This backup has ended, and the installation may have changed since. Begin it again.",
      {},
    );
  };
  return {
    begin: (body: unknown): Response => {
      const asked = BackupRequest.safeParse(body);
      if (!asked.success) throw invalid('Send {"backup": "<a new UUID>"}.');
      const { backup } = asked.data;
      const found = state.backup();
      if (found && found.backup !== backup) {
        throw new Refusal(
          "invalid_transition",
          "Another backup is in progress. It ends by itself within a minute of its last request: try again then.",
          {},
        );
      }
      state.freeze(backup);
      return Response.json({
        backup,
        format: backupFormat,
        version,
        engine: "sqlite",
        takenAt: new Date(nowMs()).toISOString(),
        migrations: query("select name from schema_migrations order by name").map(({ name }) => name),
        tables: backupTables().map((table) => ({
          ...table,
          rows: query(`select count(*) as n from ${table.name}`)[0]?.n,
        })),
      });
    },
    chunk: (name: string, backup: string | null, after: string | null): Response => {
      current(backup);
      const answer = readChunk(storage, tableOf(name), after);
      state.freeze(backup ?? "");
      return answer;
    },
    /** Safe to repeat. What was due meanwhile is done now. */
    end: async (backup: string | null): Promise<Response> => {
      if (state.backup() && backup !== null) current(backup);
      state.thaw();
      await storage.setAlarm(nowMs());
      return new Response(null, { status: 204 });
    },
  };
}
