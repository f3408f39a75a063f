import { createBullBoard } from "@bull-board/api";
import { BullMQAdapter } from "@bull-board/api/bullMQAdapter";
import { HonoAdapter } from "@bull-board/hono";
import type { Queue } from "bullmq";
import { Hono } from "hono";
import { serveStatic } from "hono/bun";

/** Bull Board over the queues, as what answers everything under `/jobs/`; 503 until there are queues. */
export function bullBoard(queues: () => Queue[] | null): (request: Request) => Response | Promise<Response> {
  let board: Hono | null = null;
  return (request) => {
    const found = queues();
    if (!board && found) board = createBoard(found);
    return board?.fetch(request) ?? new Response("Redis can't be reached.", { status: 503 });
  };
}

function createBoard(queues: Queue[]): Hono {
  const serverAdapter = new HonoAdapter(serveStatic).setBasePath("/jobs");
  createBullBoard({
    queues: queues.map((queue) => new BullMQAdapter(queue)),
    serverAdapter,
    options: { uiConfig: { boardTitle: "Booking" } },
  });
  return new Hono({ strict: false }).route("/jobs", serverAdapter.registerPlugin());
}
