import { describe } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startDevEdge } from "../support/dev-edge.ts";
import { stopServer } from "../support/server.ts";
import { admin, walkthroughs } from "./walkthroughs.ts";

describe("the edge on this machine", () =>
  walkthroughs(async (env) => {
    const folder = mkdtempSync(join(tmpdir(), "booking-edge-"));
    const server = await startDevEdge(folder, { PORT: "0", RATE_LIMIT_SCALE: "100000", ...admin, ...env });
    const stop = async () => {
      await stopServer(server);
      rmSync(folder, { recursive: true });
    };
    return { url: server.url, stop };
  }));
