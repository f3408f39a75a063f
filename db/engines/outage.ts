import { Refusal } from "../../src/domain/refusal.ts";
import type { StoreObserver } from "../../src/ports/store-observer.ts";

type Kind = "unwritable" | "busy" | "away";

/**
 * Faults that pass by themselves, or that an operator can end: by SQLSTATE, SQLite's code, or the code of the system
 * and the driver, followed by the message.
 */
const outages: [faults: RegExp, kind: Kind, detail: string][] = [
  [
    /^57P03 a prepared transaction/,
    "unwritable",
    "A prepared transaction holds the event log: no change can be written until it ends.",
  ],
  [
    /^(53100|SQLITE_FULL|ENOSPC|EDQUOT)/,
    "unwritable",
    "The database's disk is full: no change can be written.",
  ],
  [/^(58030|SQLITE_IOERR|EIO)/, "unwritable", "The database's disk reports errors."],
  [
    /^(25006|SQLITE_READONLY|SQLITE_PERM|EROFS)/,
    "unwritable",
    "The database is read-only: no change can be written.",
  ],
  [/^(SQLITE_CANTOPEN|EACCES)/, "unwritable", "The database's files can't be opened."],
  [
    /^(SQLITE_BUSY|SQLITE_LOCKED|SQLITE_PROTOCOL|40001|40P01|55006|55P03|57014)/,
    "busy",
    "Another program has locked what this needs in the database.",
  ],
  [/^(53|SQLITE_NOMEM)/, "away", "The database is overloaded."],
  [
    /^(CONNECT|CONNECTION_|ECONN|ENOTFOUND|EAI_|EHOST|ENETUNREACH|ETIMEDOUT|EPIPE|08|25P0|28|3D000|57P)/,
    "away",
    "The database can't be reached.",
  ],
];

/** The code and the message of an error, or of the first of its causes that has a code. */
export function codedFault(error: unknown): { code: string; message: string } {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    const { code } = cause as { code?: unknown };
    if (typeof code === "string" && !(cause instanceof Refusal)) return { code, message: cause.message };
  }
  return { code: "", message: "" };
}

/** The code of an error, or of the first of its causes that has one. */
export const codeOf = (error: unknown): string => codedFault(error).code;

function outageBehind(error: unknown): { kind: Kind; code: string; detail: string } | null {
  const { code, message } = codedFault(error);
  const [, kind, detail] = outages.find(([faults]) => faults.test(`${code} ${message}`)) ?? [];
  return kind && detail ? { kind, code, detail } : null;
}

export function unavailable(detail: string, cause?: unknown): Refusal<"unavailable"> {
  return new Refusal("unavailable", `${detail} Try again shortly.`, { retryAfterSeconds: 2 }, { cause });
}

/** A fault is not checked again sooner than this. */
const probeAfterMs = 1_000;

export type Outages = {
  /** The error to throw instead: `Refusal` `unavailable` for a fault of the database; otherwise the error itself. */
  explain(error: unknown, during?: "commit"): unknown;
  /** Writes work again. */
  committed(): void;
  /** Why writes fail now, in a sentence; null when writes work, as far as is known. */
  notWritable(): Promise<string | null>;
};

/**
 * Remembers what went wrong with the database of one process. After a fault, `probe`, a small write, finds out whether
 * it is over, so that health is correct even where nobody else writes.
 */
export function watchOutages(observer: StoreObserver, probe: () => Promise<void>): Outages {
  let failed: { detail: string; at: number } | null = null;
  let probing: Promise<void> | null = null;
  const explain = (error: unknown, during?: "commit") => {
    const outage = outageBehind(error);
    if (!outage) return error;
    const { kind, code, detail } = outage;
    observer.fault?.(code, error, detail);
    if (kind === "unwritable" || (kind === "busy" && during)) failed = { detail, at: performance.now() };
    return unavailable(detail, error);
  };
  return {
    explain,
    committed: () => {
      failed = null;
    },
    notWritable: async () => {
      const known = failed;
      if (!known || performance.now() - known.at < probeAfterMs) return known?.detail ?? null;
      probing ??= probe()
        .then(
          () => {
            if (failed === known) failed = null;
          },
          (error) => void explain(error, "commit"),
        )
        .finally(() => {
          probing = null;
        });
      await probing;
      return (failed as typeof known | null)?.detail ?? null;
    },
  };
}

/** A write that changes nothing, on a table with a few rows. */
export const probeSql = "update settings set value = value";
