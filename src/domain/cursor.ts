/**
 * A place in the event log that clients keep: opaque to them, and validated when it comes back. The event is the latest
 * of the organization's bookings at that place, null before the first one. It names the place in any copy of the log;
 * the position only in the log that issued it.
 */
export type Cursor = { organizationId: string; time: Date; eventId: string | null; position: string };

/** As base64url without padding. What it is made of encodes to letters that base64 has in common with it. */
export function encodeCursor({ organizationId, time, eventId, position }: Cursor): string {
  return btoa([organizationId, time.getTime(), eventId ?? "", position].join(" ")).replaceAll("=", "");
}

const uuid = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}";
const form = new RegExp(`^(${uuid}) (\\d{1,15}) (${uuid})? (\\d{1,20}(?::\\d{1,20}:\\d{1,20})?)$`);

/** Null for a text that can't be the cursor of any log. */
export function decodeCursor(text: string): Cursor | null {
  const [, organizationId, time, eventId, position] = form.exec(fromBase64(text)) ?? [];
  if (!organizationId || !time || !position) return null;
  return { organizationId, time: new Date(Number(time)), eventId: eventId ?? null, position };
}

/** The cursor of an event of a booking. */
export function cursorOf(event: {
  id: string;
  organizationId: string;
  time: Date;
  position: string;
}): Cursor {
  const { id: eventId, organizationId, time, position } = event;
  return { organizationId, time, eventId, position };
}

/** The empty text for what is not base64. */
function fromBase64(text: string): string {
  try {
    return atob(text);
  } catch {
    return "";
  }
}
