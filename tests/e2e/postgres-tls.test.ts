import { expect, test } from "bun:test";
import { chmodSync, chownSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import postgres from "postgres";
import { explainDatabaseFault } from "../../src/process/database-fault.ts";
import { startCluster } from "../support/cluster.ts";
import { describeOnPostgres } from "../support/databases.ts";
import { run } from "../support/server.ts";

const status = (url: string) => run(["migrate", "status"], { env: { DATABASE_URL: url } });

/** Gives a server that runs a certificate of its own, and from now on it takes no connection without TLS. */
async function demandTls(url: string): Promise<void> {
  const client = postgres(url, { max: 1, onnotice: () => {} });
  const [found] = await client`
    select current_setting('data_directory') as data, current_setting('hba_file') as hba`;
  const { uid, gid } = statSync(found?.data);
  const [key, certificate] = [join(found?.data, "server.key"), join(found?.data, "server.crt")];
  const made = Bun.spawnSync(
    ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost"].concat([
      "-keyout",
      key,
      "-out",
      certificate,
    ]),
  );
  expect(made.exitCode).toBe(0);
  for (const file of [key, certificate]) chownSync(file, uid, gid);
  chmodSync(key, 0o600);
  writeFileSync(found?.hba, "hostssl all all 127.0.0.1/32 trust\n");
  await client`alter system set ssl = on`;
  await client`select pg_reload_conf()`;
  await client.end();
}

describeOnPostgres("TLS that one side demands and the other does not offer", () => {
  test("is named, with what to change in DATABASE_URL", async () => {
    const cluster = await startCluster();
    const { code, output } = await status(`${cluster.url}?sslmode=require`);
    expect([code, output]).toEqual([1, expect.stringContaining("has no TLS, which DATABASE_URL demands")]);

    await demandTls(cluster.url);
    let plain = await status(cluster.url);
    while (plain.code === 0) plain = await status(cluster.url);
    expect(plain.output).toContain("refuses this connection without TLS");
    expect(plain.output).toContain("Add `?sslmode=require` to DATABASE_URL");
    expect((await status(`${cluster.url}?sslmode=require`)).code).toBe(0);
    expect((await status(`${cluster.url}?sslmode=verify-full`)).output).toContain("can't be trusted");
    await cluster.stop();
  }, 120_000);
});

test("btree_gist is named only where the server names it, and otherwise what the server says", () => {
  const explain = (code: string, message: string) =>
    explainDatabaseFault("postgres://u:hunter2@db/booking", Object.assign(new Error(message), { code }))
      .message;
  for (const code of ["0A000", "58P01", "42501"]) {
    expect(explain(code, 'extension "btree_gist" is not there')).toContain("can't load the btree_gist");
    const other = explain(code, "the server's own sentence");
    expect(other).toContain("the server's own sentence");
    expect(other).not.toContain("btree_gist");
  }
  expect(explain("53300", "sorry, too many clients already")).toContain("lower DATABASE_POOL");
  expect(explain("42704", 'unrecognized configuration parameter "x"')).toContain(
    "parameters of DATABASE_URL",
  );
  expect(explain("57P03", "the database system is starting up")).toContain("takes no connections now");
  expect(explain("28000", 'role "u" does not exist')).toContain("refuses the user or the password");
});
