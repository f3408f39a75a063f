import type { Trigger } from "../../../db/backup/sqlite-rows.ts";
import { migrations } from "../../../db/migrations/catalogue.ts";
import { Refusal } from "../../domain/refusal.ts";
import type { EdgeStorage } from "../runtime.ts";

/** A backup in progress: until then, in milliseconds since 1970, nothing may be written. */
type Freeze = { backup: string; until: number; schema: string };

/** A restore in progress. Chunks are numbered from 1, and `digest` is that of the last one, which may come twice. */
export type Restoring = {
  restore: string;
  since: string;
  schema: string;
  chunks: number;
  digest: string;
  /** The claims of the resources up to this id are summed up. */
  summedUpTo: string;
  /** What has to be put back at the end. */
  triggers: Trigger[];
};

const freezeKey = "backup";
const restoringKey = "restore";
const restoredKey = "restored";

/** What the rows of this program look like. Another version may be deployed while an installation moves. */
export const schema = migrations.map(({ name }) => name).join(" ");

/** A client that asks for nothing this long has died, and its backup with it. */
const freezeMs = 60_000;

export type MovingState = ReturnType<typeof movingState>;

/**
 * Whether an installation is being backed up or restored: kept in the object's storage, so that a restart changes
 * nothing.
 */
export function movingState({ storage, nowMs }: { storage: EdgeStorage; nowMs: () => number }) {
  const { kv } = storage;
  let freeze = kv.get<Freeze>(freezeKey) ?? null;
  let restoring = kv.get<Restoring>(restoringKey) ?? null;
  const thaw = () => {
    freeze = null;
    kv.delete(freezeKey);
  };
  // This program is about to migrate what the backup was reading.
  if (freeze && freeze.schema !== schema) thaw();
  return {
    /** The backup in progress. One whose time is over has ended for good, whatever the clock says later. */
    backup: (): Freeze | null => {
      if (freeze && freeze.until <= nowMs()) thaw();
      return freeze;
    },
    /** Begins a backup, or gives it time for another chunk. */
    freeze: (backup: string) => {
      freeze = { backup, until: nowMs() + freezeMs, schema };
      kv.put(freezeKey, freeze);
    },
    thaw,
    restoring: () => restoring,
    /** Within the transaction that writes what it says; `kept` after that. */
    keep: (next: Restoring) => kv.put(restoringKey, next),
    kept: (next: Restoring) => {
      restoring = next;
    },
    /** Within the transaction that ends a restore; `reread` after that. */
    finish: (restore: string) => {
      kv.delete(restoringKey);
      kv.put(restoredKey, restore);
    },
    /** The restore that this installation comes from. */
    restored: () => kv.get<string>(restoredKey),
    reread: () => {
      freeze = kv.get<Freeze>(freezeKey) ?? null;
      restoring = kv.get<Restoring>(restoringKey) ?? null;
    },
  };
}

export function beingBackedUp({ until }: Freeze, nowMs: number): Refusal {
  const retryAfterSeconds = Math.max(1, Math.ceil((until - nowMs) / 1000));
  const detail = "This installation is being backed up: it can be read, and changed again once that is done.";
  return new Refusal("unavailable", detail, { retryAfterSeconds });
}

export const restoringDetail =
  "This installation is being restored. It answers again once that is done, or the operator has thrown the restore away (DELETE /platform/restore).";
