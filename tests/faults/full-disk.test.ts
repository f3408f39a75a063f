import { Database } from "bun:sqlite";
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Call, signUp } from "../support/client.ts";
import { run, type Server, startServer, stopServer } from "../support/server.ts";

/** Mounts a small file system of its own; null where this user may not. */
function mountSmall(mebibytes: number): { folder: string; unmount(): void } | null {
  const folder = mkdtempSync(join(tmpdir(), "booking-disk-"));
  const mounted = Bun.spawnSync(["mount", "-t", "tmpfs", "-o", `size=${mebibytes}m`, "booking-test", folder]);
  if (mounted.exitCode !== 0) {
    rmSync(folder, { recursive: true });
    return null;
  }
  const unmount = () => {
    Bun.spawnSync(["umount", folder]);
    rmSync(folder, { recursive: true });
  };
  return { folder, unmount };
}

const probe = process.platform === "linux" ? mountSmall(1) : null;
probe?.unmount();

/** Needs a small file system, so a user who may mount one, which a runner of workflows may not be. */
const define = probe ? describe : () => console.log("Not run for want of the right to mount: a full disk.");

define("a disk that is full (as root, on SQLite)", () => {
  let disk: NonNullable<ReturnType<typeof mountSmall>>;
  let server: Server;
  let call: Call;
  const ballast = () => join(disk.folder, "ballast");
  const url = () => `sqlite:${join(disk.folder, "booking.db")}`;
  beforeAll(async () => {
    disk = mountSmall(24) as typeof disk;
    server = await startServer({ env: { DATABASE_URL: url() } });
    ({ call } = await signUp(server.url));
  });
  afterAll(async () => {
    await stopServer(server);
    disk.unmount();
  });

  const booking = (n: number) => ({
    title: `Booking ${n}`,
    // Long enough that a few of them need another page.
    description: crypto.randomUUID().repeat(100),
    startTime: new Date(Date.UTC(2030, 0, 1, n)).toISOString(),
    endTime: new Date(Date.UTC(2030, 0, 1, n + 1)).toISOString(),
  });
  const fill = () => {
    const { bavail, bsize } = statfsSync(disk.folder);
    writeFileSync(ballast(), Buffer.alloc(bavail * bsize));
  };

  test("refuses changes with 503, says so in health, loses nothing that was acknowledged, and recovers", async () => {
    const acknowledged: string[] = [];
    let n = 0;
    const book = async () => {
      const answer = await call("POST", "/api/bookings", booking(n++));
      if (answer.status === 201) acknowledged.push(answer.body.id);
      return answer;
    };
    const health = async () => (await call("GET", "/health")).body;
    for (let made = 0; made < 5; made++) expect((await book()).status).toBe(201);
    expect(await health()).toMatchObject({ status: "ok" });

    fill();
    let refused = await book();
    // The file and its log may have some room of their own left.
    for (let tries = 0; refused.status === 201 && tries < 2_000; tries++) refused = await book();
    expect([refused.status, refused.body.code]).toEqual([503, "unavailable"]);
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
    expect(await health()).toMatchObject({
      status: "degraded",
      checks: { database: { status: "degraded", reason: expect.stringContaining("full") } },
    });
    const statuses = (await Promise.all(Array.from({ length: 50 }, book))).map(({ status }) => status);
    expect(statuses.filter((status) => status !== 503 && status !== 201)).toEqual([]);
    expect((await call("GET", `/api/bookings/${acknowledged[0]}`)).status).toBe(200);
    expect((await call("GET", "/health/ready")).status).toBe(200);

    const env = { DATABASE_URL: url() };
    const backup = await run(["backup", join(disk.folder, "backup")], { env });
    expect([backup.code, backup.output]).toEqual([1, expect.stringMatching(/not enough space|is full/)]);
    expect(backup.output).not.toMatch(/\n\s+at /);

    rmSync(ballast());
    while ((await health()).status !== "ok");
    expect((await book()).status).toBe(201);
    for (const id of acknowledged) expect((await call("GET", `/api/bookings/${id}`)).status).toBe(200);
    const file = new Database(join(disk.folder, "booking.db"), { readonly: true });
    expect(file.query("select count(*) as n from bookings").get()).toEqual({ n: acknowledged.length });
    expect(file.query("pragma integrity_check").get()).toEqual({ integrity_check: "ok" });
    file.close();
    const lines = server
      .output()
      .split("\n")
      .filter((line) => line.includes("SQLITE_FULL"));
    // With the cause, and not a line for every request.
    expect(lines.length).toBeGreaterThan(0);
    expect(lines.length).toBeLessThan(10);
  }, 120_000);

  test("has room for a backup elsewhere", async () => {
    const folder = mkdtempSync(join(tmpdir(), "booking-backup-"));
    fill();
    const elsewhere = await run(["backup", join(folder, "backup")], { env: { DATABASE_URL: url() } });
    rmSync(ballast());
    rmSync(folder, { recursive: true });
    expect([elsewhere.code, elsewhere.output]).toEqual([0, expect.stringContaining("all verified")]);
  }, 60_000);
});
