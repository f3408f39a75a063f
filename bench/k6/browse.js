import { check } from "k6";
import { call, freeSlot, setUp } from "./client.js";

/** Pages of an interval, and a booking of each page. */
export const options = {
  scenarios: {
    browse: {
      executor: "ramping-vus",
      stages: [
        { duration: "10s", target: 32 },
        { duration: "20s", target: 32 },
      ],
    },
  },
  thresholds: { checks: ["rate==1"], http_req_duration: ["p(99)<500"] },
};

export function setup() {
  const world = setUp(1);
  for (let n = 0; n < 50; n++) {
    const body = { ...freeSlot(0, n), resourceId: world.rooms[0] };
    call("createBooking", { token: world.token, body, expected: [201] });
  }
  return world;
}

export default function browse({ token, rooms: [resourceId] }) {
  const query = { from: "2031-01-01T00:00:00Z", to: "2031-01-08T00:00:00Z", resourceId };
  const page = call("listBookings", { token, query });
  check(page, { "is a page": ({ status }) => status === 200 && page.json("data").length > 0 });
  const one = call("getBooking", { token, id: page.json("data.0.id") });
  check(one, { "is the booking": ({ status }) => status === 200 });
}
