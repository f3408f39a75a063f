import { existsSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { createBullBoard } from "@bull-board/api";
import { BullMQAdapter } from "@bull-board/api/bullMQAdapter";
import { HonoAdapter } from "@bull-board/hono";
import type { Queue } from "bullmq";
import { Hono, type MiddlewareHandler } from "hono";

/** Bull Board over the queues, as the handler of everything under `/jobs/`; 503 until there are queues. */
export function bullBoard(queues: () => Queue[] | null): (request: Request) => Response | Promise<Response> {
  let board: Hono | null = null;
  return (request) => {
    const found = queues();
    if (!board && found) board = createBoard(found);
    return board?.fetch(request) ?? new Response("Redis can't be reached.", { status: 503 });
  };
}

function createBoard(queues: Queue[]): Hono {
  const uiBasePath = pageFolder();
  const serverAdapter = new HonoAdapter((() => staticFiles(join(uiBasePath, "dist/static"))) as never);
  createBullBoard({
    queues: queues.map((queue) => new BullMQAdapter(queue)),
    serverAdapter: serverAdapter.setBasePath("/jobs"),
    options: { uiBasePath, uiConfig: { boardTitle: "Booking" } },
  });
  return new Hono({ strict: false }).route("/jobs", serverAdapter.registerPlugin());
}

/** Where the page's files are: next to the program when it is compiled, otherwise in their package. */
function pageFolder(): string {
  if (existsSync(join(import.meta.dir, "dist/index.ejs"))) return import.meta.dir;
  return dirname(Bun.resolveSync("@bull-board/ui/package.json", import.meta.dir));
}

function staticFiles(folder: string): MiddlewareHandler {
  return async (c, next) => {
    const name = normalize(c.req.path.replace(/^\/jobs\/static\//, ""));
    const file = Bun.file(join(folder, name));
    if (name.startsWith("..") || !(await file.exists())) return next();
    return c.body(await file.arrayBuffer(), 200, { "Content-Type": file.type });
  };
}
