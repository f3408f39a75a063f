/**
 * A booking whose reminder is due in `dueInMs`. It lasts long enough not to be over when the machine is slow. Several of one
 * person start `hoursLater` than that, each by another number, so as not to overlap.
 */
export function reminded({
  title = "Stand-up",
  channel,
  dueInMs,
  hoursLater = 0,
}: {
  title?: string;
  channel: "websocket" | "email";
  dueInMs: number;
  hoursLater?: number;
}) {
  const start = Date.now() + dueInMs + hoursLater * 3_600_000;
  return {
    title,
    startTime: new Date(start).toISOString(),
    endTime: new Date(start + 50 * 60_000).toISOString(),
    reminders: [{ minutesBefore: hoursLater * 60, channel }],
  };
}
