import { RestoreRequest } from "../../../db/backup/edge-protocol.ts";
import { backupTables, UnfitRows } from "../../../db/backup/format.ts";
import { dropTriggers, finishLoad, insertRows, type RunSql } from "../../../db/backup/sqlite-rows.ts";
import { applyPending } from "../../../db/migrations/apply.ts";
import { durableObjectSession } from "../../../db/migrations/durable-object-session.ts";
import { Refusal } from "../../domain/refusal.ts";
import type { ObjectState } from "../runtime.ts";
import { invalid, parseChunk, readChunk, requireLogOrder, tableOf } from "./chunks.ts";
import { type MovingState, type Restoring, schema } from "./state.ts";
import { sumUpSome } from "./sum-up.ts";
import { usedTables } from "./used.ts";

type Options = {
  ctx: Pick<ObjectState, "storage" | "blockConcurrencyWhile">;
  state: MovingState;
  nowMs(): number;
  /** Stops the program of the installation, if one runs. */
  close(): Promise<void>;
};

const conflict = (detail: string) => new Refusal("invalid_transition", detail, {});

/** A restore into an object, chunk by chunk. Until its end the object is no installation, and answers nobody else. */
export function edgeRestore({ ctx, state, nowMs, close }: Options) {
  const { storage } = ctx;
  const sql: RunSql = (text, ...values) => storage.sql.exec(text, ...values).toArray();
  const current = (restore: string | null): Restoring => {
    const found = state.restoring();
    if (found?.restore === restore && found.schema !== schema) throw conflict(outdated);
    if (found && found.restore === restore) return found;
    throw conflict(found ? inProgress(found) : "This restore is not in progress. Begin it again.");
  };
  return {
    begin: async (body: unknown): Promise<Response> => {
      const asked = RestoreRequest.safeParse(body);
      if (!asked.success)
        throw invalid('Send {"restore": "<a new UUID>", "migrations": [the names in the manifest]}.');
      const { restore, migrations } = asked.data;
      if (state.restoring()) current(restore);
      else {
        await applyPending(durableObjectSession(storage));
        begin(restore, migrations);
      }
      await close();
      await storage.deleteAlarm();
      return Response.json({ restore }, { status: 201 });
    },
    chunk: (name: string, restore: string | null, number: string | null, text: string): Response => {
      const table = tableOf(name);
      const found = current(restore);
      if (found.summedUpTo !== "") throw conflict("This restore is being finished: it takes no more rows.");
      const { rows, digest } = parseChunk(table, text);
      const isRepeated = Number(number) === found.chunks && digest === found.digest;
      if (!isRepeated) {
        if (number !== String(found.chunks + 1)) throw conflict(`Send chunk ${found.chunks + 1} next.`);
        if (name === "events")
          requireLogOrder(rows, Number(sql("select max(seq) as seq from events")[0]?.seq));
        const next = { ...found, chunks: found.chunks + 1, digest };
        storage.transactionSync(() => {
          refusingMisfits(name, () => insertRows(sql, table, rows));
          state.keep(next);
        });
        state.kept(next);
      }
      return Response.json({ rows: rows.length });
    },
    read: (name: string, restore: string | null, after: string | null): Response => {
      current(restore);
      return readChunk(storage, tableOf(name), after);
    },
    /**
     * Makes an installation of it. Answers 202 as long as there is more to sum up: then it has to be asked again. Safe
     * to repeat.
     */
    finish: async (restore: string | null): Promise<Response> => {
      if (!state.restoring() && restore !== null && state.restored() === restore)
        return Response.json({ restored: restore });
      const found = current(restore);
      const summedUpTo = sumUpSome(storage, found.summedUpTo, (upTo) =>
        state.keep({ ...found, summedUpTo: upTo }),
      );
      if (summedUpTo !== null) {
        state.kept({ ...found, summedUpTo });
        return Response.json({ summedUpTo }, { status: 202 });
      }
      storage.transactionSync(() => {
        refusingMisfits("all tables", () => finishLoad(sql, found.triggers));
        state.finish(found.restore);
      });
      // In the same turn, so that both are written or neither is: what is due is done at once.
      const ringing = storage.setAlarm(nowMs());
      state.reread();
      await ringing;
      return Response.json({ restored: restore });
    },
    /** Throws away all that the restore has written. The object is new after that. */
    abandon: async (restore: string | null): Promise<Response> => {
      if (!state.restoring()) throw new Refusal("not_found", "No restore is in progress.", {});
      if (restore !== null && state.restoring()?.restore !== restore) current(restore);
      await ctx.blockConcurrencyWhile(async () => {
        await storage.deleteAll();
        await storage.deleteAlarm();
        state.reread();
      });
      return new Response(null, { status: 204 });
    },
  };

  /** In one turn: nothing comes between the look at what is there and its removal. */
  function begin(restore: string, migrations: string[]): void {
    if (state.restoring()) current(restore);
    if (state.backup()) throw conflict("This installation is being backed up. Restore into a new one.");
    requireSameSchema(sql, migrations);
    const used = usedTables(sql);
    if (used.length > 0) {
      throw conflict(
        `This installation has been used (${used.join(", ")}), and a restore overwrites nothing. Restore into a new one: under another host name, or on your own machine after deleting data/edge.`,
      );
    }
    const since = new Date(nowMs()).toISOString();
    const began = storage.transactionSync(() => {
      const next: Restoring = {
        restore,
        since,
        schema,
        chunks: 0,
        digest: "",
        summedUpTo: "",
        triggers: dropTriggers(sql),
      };
      for (const { name } of backupTables().reverse()) sql(`delete from ${name}`);
      state.keep(next);
      return next;
    });
    state.kept(began);
  }
}

const outdated =
  "Another version, with another schema, was deployed during this restore. Throw away what it has written with `DELETE /platform/restore`, and begin again.";

function inProgress({ since }: Restoring): string {
  return `Another restore has been in progress since ${since}. Let it end, or throw away what it has written with \`DELETE /platform/restore\` and the platform key, then try again.`;
}

function requireSameSchema(sql: RunSql, wanted: string[]): void {
  const applied = sql("select name from schema_migrations order by name").map(({ name }) => name);
  if (JSON.stringify(applied) === JSON.stringify(wanted)) return;
  throw conflict(
    "The backup has the schema of another version than this installation. Restore it into a new SQLite file with `booking restore` of this version, which migrates it, then back up that and restore the backup here.",
  );
}

/** Rows of the right kinds that the schema still refuses: a reference to nothing, nothing where something must be. */
function refusingMisfits(table: string, write: () => void): void {
  try {
    write();
  } catch (error) {
    const text = String((error as Error).message);
    if (error instanceof UnfitRows) throw invalid(`${text} Nothing was restored. Use another backup.`);
    if (!/SQLITE_(CONSTRAINT|MISMATCH|RANGE|TOOBIG)/.test(text)) throw error;
    throw invalid(
      `The database refuses the backup's rows of ${table} (${text.slice(0, 200)}). Nothing of them was written. Use another backup.`,
    );
  }
}
