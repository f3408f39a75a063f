import { check } from "k6";
import { call, freeSlot, setUp } from "./client.js";

/** Bookings that can all be made, half of them with an idempotency key, and each cancelled again. */
export const options = {
  scenarios: { book: { executor: "constant-vus", vus: 32, duration: "30s" } },
  thresholds: { checks: ["rate==1"], http_req_failed: ["rate==0"] },
};

export const setup = () => setUp(10);

export default function book({ token, rooms }) {
  const body = { ...freeSlot(__VU, __ITER), resourceId: rooms[__VU % rooms.length] };
  const headers = __ITER % 2 ? { "Idempotency-Key": `k6-${__VU}-${__ITER}` } : {};
  const made = call("createBooking", { token, body, headers, expected: [201] });
  check(made, { "is booked": ({ status }) => status === 201 });
  const cancelled = call("cancelBooking", { token, id: made.json("id") });
  check(cancelled, { "is cancelled": ({ status }) => status === 200 });
}
