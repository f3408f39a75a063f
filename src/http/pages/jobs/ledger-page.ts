import { html } from "hono/html";
import type { Task } from "../../../domain/tasks/task.ts";
import type { JobMetrics } from "../../../operations/jobs/metrics.ts";

export const style = `
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #1c2024; background: #fff; }
h1 { line-height: 1.2; } h2 { margin-top: 2rem; } code { font-family: ui-monospace, monospace; font-size: .85em; }
.wide { overflow-x: auto; } table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: .4rem .8rem .4rem 0; border-bottom: 1px solid #d9dde3; vertical-align: top; }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; } p.note { color: #5b6470; }
@media (prefers-color-scheme: dark) { body { background: #16181c; color: #e6e8eb; } th, td { border-color: #343942; } p.note { color: #9aa4b0; } }
`;

const columns = ["failed", "waiting", "active", "delayed", "completed"] as const;

/** Pending and failed tasks, from the ledger itself; a page to look at, without actions. */
export function ledgerPage(metrics: JobMetrics, failed: Task[], retryJobs: string) {
  const { reminders, queues, timestamp } = metrics;
  const { p50, p95, p99 } = reminders.latenessMs;
  const lateness =
    reminders.sent === 0
      ? "None has been sent yet"
      : `Late by ${p50} ms in the median, ${p95} ms at the 95th percentile, ${p99} ms at the 99th`;
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta http-equiv="refresh" content="5" />
        <title>Jobs · Booking</title>
        <link rel="icon" href="data:," />
        <link rel="stylesheet" href="/jobs/style.css" />
      </head>
      <body>
        <h1>Jobs</h1>
        <p class="note">From the ledger at ${timestamp.toISOString()}; the page reads it again every five seconds.</p>
        <div class="wide"><table>
          <thead><tr><th>Queue</th>${columns.map((column) => html`<th class="number">${column}</th>`)}</tr></thead>
          <tbody>
            ${Object.entries(queues).map(
              ([name, counts]) =>
                html`<tr><td>${name}</td>${columns.map((column) => html`<td class="number">${counts[column]}</td>`)}</tr>`,
            )}
          </tbody>
        </table></div>
        <p>
          Reminders: ${reminders.sent} sent, ${reminders.skipped} skipped, ${reminders.overdue} overdue.
          ${lateness}.
        </p>
        <h2>Failed</h2>
        ${failed.length === 0 ? html`<p>Nothing has failed.</p>` : failedTable(failed)}
        <p class="note">To retry failed jobs, ${retryJobs}.</p>
      </body>
    </html>`;
}

function failedTable(failed: Task[]) {
  return html`<div class="wide"><table>
    <thead><tr><th>Queue</th><th>Id</th><th>Due</th><th class="number">Attempts</th><th>Reason</th></tr></thead>
    <tbody>
      ${failed.map(
        ({ kind, id, dueAt, attempts, reason }) =>
          html`<tr><td>${kind}</td><td><code>${id}</code></td><td>${dueAt.toISOString()}</td><td class="number">${attempts}</td><td>${reason}</td></tr>`,
      )}
    </tbody>
  </table></div>`;
}
