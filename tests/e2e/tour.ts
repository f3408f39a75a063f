import { expect } from "bun:test";
import { callAs } from "../support/client.ts";

/** The README's tour: health, an account, a sign-in, a booking, and the same booking again. */
export async function takeTour(url: string): Promise<void> {
  const open = callAs((path, init) => fetch(`${url}${path}`, init));
  expect((await open("GET", "/health")).body.status).toBe("ok");
  const credentials = { email: "test@example.com", password: "password123" };
  expect((await open("POST", "/api/auth/register", { ...credentials, name: "Test User" })).status).toBe(201);
  const signedIn = await open("POST", "/api/auth/login", credentials);
  expect(signedIn.status).toBe(200);
  const call = callAs((path, init) => fetch(`${url}${path}`, init), signedIn.body.accessToken);
  const booking = {
    title: "Test Booking",
    startTime: "2024-12-25T10:00:00Z",
    endTime: "2024-12-25T11:00:00Z",
  };
  const made = await call("POST", "/api/booking", booking);
  expect(made.status).toBe(201);
  const again = await call("POST", "/api/booking", booking);
  expect([again.status, again.body.code]).toEqual([409, "slot_taken"]);
  expect(again.body.conflicts).toEqual([
    {
      resourceId: made.body.resourceId,
      startTime: "2024-12-25T10:00:00.000Z",
      endTime: "2024-12-25T11:00:00.000Z",
      bookingId: made.body.id,
      title: "Test Booking",
    },
  ]);
  // All of the nearby time is past.
  expect(again.body.alternatives).toEqual([]);
  const ahead = { ...booking, startTime: "2100-01-01T10:00:00Z", endTime: "2100-01-01T11:00:00Z" };
  await call("POST", "/api/booking", ahead);
  expect((await call("POST", "/api/booking", ahead)).body.alternatives).toHaveLength(3);
}
