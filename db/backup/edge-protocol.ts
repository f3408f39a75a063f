import { z } from "zod";
import { TableFormat } from "./format.ts";

/** Where an installation at the edge answers its platform key. */
export const paths = { backup: "/platform/backup", restore: "/platform/restore" } as const;

/**
 * Where the next chunk of a table begins, in a header of the answer and then in the query. Opaque to clients; missing
 * after the last chunk.
 */
export const nextHeader = "Booking-Next";

/** A chunk of rows ends with the row that reaches one of these. */
export const chunk = { rows: 1_000, bytes: 1024 * 1024 };

/** In bytes. An object takes rows of 2 MB, which are longer as JSON. */
export const largestBody = 4 * 1024 * 1024;

export const BackupRequest = z.object({ backup: z.uuid() });

/** What a backup begins with. Its rows follow by table. */
export const BackupBegun = BackupRequest.extend({
  format: z.int(),
  version: z.string(),
  engine: z.literal("sqlite"),
  takenAt: z.iso.datetime(),
  migrations: z.array(z.string()),
  tables: z.array(TableFormat.extend({ rows: z.int().min(0) })),
});

/** The names of the migrations that the backup's schema has. */
export const RestoreRequest = z.object({ restore: z.uuid(), migrations: z.array(z.string()).max(10_000) });
