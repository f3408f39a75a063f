import { check } from "k6";
import { Counter } from "k6/metrics";
import { call, setUp } from "./client.js";

/** Everybody wants the same slots: each is won once. */
const slots = 10;
const won = new Counter("slots_won");

export const options = {
  scenarios: { hot: { executor: "constant-vus", vus: 48, duration: "30s" } },
  thresholds: { checks: ["rate==1"], http_req_failed: ["rate==0"], slots_won: [`count<=${slots}`] },
};

export const setup = () => setUp(1);

export default function want({ token, rooms: [resourceId] }) {
  const start = Date.UTC(2031, 0, 1) + (__ITER % slots) * 3_600_000;
  const times = {
    startTime: new Date(start).toISOString(),
    endTime: new Date(start + 3_600_000).toISOString(),
  };
  const answer = call("createBooking", { token, body: { resourceId, ...times }, expected: [201, 409] });
  if (answer.status === 201) won.add(1);
  check(answer, {
    "is won, or refused with a reason": ({ status }) =>
      status === 201 || (status === 409 && answer.json("conflicts").length > 0),
  });
}
