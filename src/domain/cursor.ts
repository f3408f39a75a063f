/** A place in the event log that clients keep: opaque to them, and validated when it comes back. */
export type Cursor = { position: string; time: Date };

export function encodeCursor({ position, time }: Cursor): string {
  return Buffer.from(`${time.getTime()} ${position}`).toString("base64url");
}

/** Null for a text that no log's cursor can be. Whether this log issued the position is up to the store. */
export function decodeCursor(text: string): Cursor | null {
  const match = /^(\d{1,15}) (\d{1,20}(?::\d{1,20}:\d{1,20})?)$/.exec(
    Buffer.from(text, "base64url").toString(),
  );
  if (!match?.[1] || !match[2]) return null;
  return { time: new Date(Number(match[1])), position: match[2] };
}
