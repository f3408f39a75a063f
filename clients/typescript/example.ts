import { createBookingClient } from "./src/client.ts";

// Books an hour; if it is taken, books the nearest free one instead. Run: BOOKING_URL=http://localhost:5000
// BOOKING_EMAIL=… BOOKING_PASSWORD=… bun clients/typescript/example.ts

const { BOOKING_URL = "http://localhost:5000", BOOKING_EMAIL = "", BOOKING_PASSWORD = "" } = process.env;
let accessToken: string | undefined;
const booking = createBookingClient({ baseUrl: BOOKING_URL, token: () => accessToken });

const signedIn = await booking.POST("/api/auth/login", {
  body: { email: BOOKING_EMAIL, password: BOOKING_PASSWORD },
});
if (!signedIn.data) throw new Error(signedIn.error.detail);
accessToken = signedIn.data.accessToken;

const wanted = { startTime: "2099-03-01T10:00:00Z", endTime: "2099-03-01T11:00:00Z" };
const first = await booking.POST("/api/bookings", { body: { title: "Design review", ...wanted } });
if (first.data) console.log(`booked ${first.data.startTime}`);

const second = await booking.POST("/api/bookings", { body: { title: "Another review", ...wanted } });
const [nearest] = second.error?.alternatives ?? [];
if (second.error) console.log(`${second.error.code}: ${second.error.detail}`);
if (nearest) {
  // The key makes it safe to send this again when the answer is lost.
  const headers = { "Idempotency-Key": crypto.randomUUID() };
  const instead = await booking.POST("/api/bookings", {
    body: { title: "Another review", ...nearest },
    headers,
  });
  console.log(`booked ${instead.data?.startTime} instead`);
}
