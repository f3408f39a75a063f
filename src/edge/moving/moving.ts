import { paths } from "../../../db/backup/edge-protocol.ts";
import type { RefuseWrites } from "../../../db/engines/sqlite/durable-object.ts";
import { Refusal } from "../../domain/refusal.ts";
import { refusePlatform } from "../platform-key.ts";
import { problemOf } from "../problem.ts";
import type { ObjectState } from "../runtime.ts";
import { edgeBackup } from "./backup.ts";
import { edgeRestore } from "./restore.ts";
import { aboutMoving, routes } from "./routes.ts";
import { beingBackedUp, movingState, restoringDetail } from "./state.ts";

type Options = {
  ctx: ObjectState;
  platformKey: string | undefined;
  nowMs(): number;
  /** Opens the installation; null while its settings don't allow it. */
  open(): Promise<{ planPurge(): void; idle(): Promise<void> } | null>;
  /** Stops the program of the installation, if one runs; the next request opens it again. */
  close(): Promise<void>;
};

/** How an installation leaves an object as a backup, and comes to one. */
export function openMoving(options: Options) {
  const { ctx, platformKey, nowMs, open } = options;
  const { storage } = ctx;
  const state = movingState({ storage, nowMs });
  let programs = 0;
  const close = async () => {
    // What the program still has to write is of an installation that is gone.
    programs += 1;
    await options.close();
  };
  const route = routes({
    backup: edgeBackup({ storage, state, nowMs }),
    restore: edgeRestore({ ctx, state, nowMs, close }),
    open,
  });
  return {
    /** The answer to what is about moving, and to everything while a restore is in progress; null for the rest. */
    answer: async (request: Request): Promise<Response | null> => {
      const about = aboutMoving(request);
      if (state.restoring() && about !== paths.restore) return notNow();
      if (about === null) return null;
      try {
        return refusePlatform(request, platformKey) ?? (await route(request));
      } catch (error) {
        if (error instanceof Refusal) return problemBy(error);
        throw error;
      }
    },
    isRestoring: () => state.restoring() !== null,
    /** Until when what is due has to wait. */
    waitsUntil: () => state.backup()?.until ?? null,
    /** For the program that is opened next. */
    refuseWrites: (): RefuseWrites => {
      const program = programs;
      return () => {
        if (program !== programs)
          return new Refusal("unavailable", restoringDetail, { retryAfterSeconds: 60 });
        const found = state.backup();
        return found && beingBackedUp(found, nowMs());
      };
    },
  };
}

function notNow(): Response {
  return problemOf("unavailable", restoringDetail, { "Retry-After": "60" });
}

function problemBy(refusal: Refusal): Response {
  const { code, detail, details } = refusal;
  const headers: Record<string, string> = "allow" in details ? { Allow: details.allow } : {};
  return problemOf(code, detail, headers);
}
