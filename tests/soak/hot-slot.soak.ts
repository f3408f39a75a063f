import { expect, test } from "bun:test";
import { join } from "node:path";
import { describeOnPostgres } from "../support/databases.ts";
import { measured } from "../support/measured.ts";

const bench = join(import.meta.dir, "../../bench/hot-slot.ts");

describeOnPostgres("48 clients on one slot (G7)", () => {
  test("wait at p99 for at most 15 times as long as one alone does", async () => {
    const child = Bun.spawn([process.execPath, bench, "--json"], { stdout: "pipe", stderr: "inherit" });
    const [{ ratio }] = JSON.parse((await new Response(child.stdout).text()).trim().split("\n").at(-1) ?? "");
    measured("G7", `p99 is ${ratio.toFixed(1)} × the median of one alone`);
    expect(ratio).toBeLessThanOrEqual(15);
  }, 600_000);
});
