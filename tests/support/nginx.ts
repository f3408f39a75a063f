import { describe } from "bun:test";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "./cluster.ts";
import { run } from "./server.ts";

const ours = join(import.meta.dir, "../../deploy/nginx");

/** Debian puts it where only root looks. */
export const nginxPath = Bun.which("nginx", { PATH: `${process.env.PATH}:/usr/sbin` });

export function describeWithNginx(title: string, define: () => void): void {
  const missing = !nginxPath || !process.env.TEST_DATABASE_URL || !Bun.which("redis-server");
  describe.skipIf(missing)(`${title} with nginx, Postgres and Redis`, define);
}

type Behind = { api: string[]; worker: string[] };
export type Proxy = { url: string; redirectUrl: string; stop(): Promise<void> };

/**
 * The real nginx with the project's own files in front of processes of this machine. Only what names the machines of
 * compose.yaml is replaced: addresses, ports, and in production the certificate, which is made here.
 */
export async function startNginx(mode: "development" | "production", behind: Behind): Promise<Proxy> {
  const folder = mkdtempSync(join(tmpdir(), "booking-nginx-"));
  const [port, securePort] = [await freePort(), await freePort()];
  cpSync(ours, join(folder, "booking"), { recursive: true });
  nameServers(join(folder, "booking/upstreams.conf"), {
    "booking-service:5000": behind.api,
    "job-service:5001": behind.worker,
  });
  replaceIn(join(folder, `booking/${mode}.conf`), [
    ["listen 80;", `listen 127.0.0.1:${port};`],
    ...(mode === "production"
      ? ([
          ["listen 443 ssl;\n  http2 on;", await secureListener(securePort)],
          ["https://$host$request_uri", `https://$host:${securePort}$request_uri`],
        ] satisfies [string, string][])
      : []),
  ]);
  if (mode === "production") await makeCertificate(folder);
  writeFileSync(join(folder, "nginx.conf"), surroundings(folder, mode));
  const child = Bun.spawn([nginxPath ?? "", "-p", folder, "-c", join(folder, "nginx.conf")], {
    stdout: "ignore",
    stderr: Bun.file(join(folder, "stderr.log")),
  });
  const url = mode === "production" ? `https://localhost:${securePort}` : `http://localhost:${port}`;
  await untilListens(child, mode === "production" ? securePort : port, join(folder, "stderr.log"));
  return {
    url,
    redirectUrl: `http://localhost:${port}`,
    stop: async () => {
      child.kill("SIGQUIT");
      await Promise.race([child.exited, Bun.sleep(2_000).then(() => child.kill("SIGKILL"))]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Before 1.25.1, which Debian's is, nginx asks for HTTP/2 on the listener itself. */
async function secureListener(port: number): Promise<string> {
  const { output } = await run(["-v"], { command: [nginxPath ?? ""] });
  const version = output.match(/nginx\/([\d.]+)/)?.[1] ?? "0.0.0";
  return Bun.semver.order(version, "1.25.1") < 0
    ? `listen 127.0.0.1:${port} ssl http2;`
    : `listen 127.0.0.1:${port} ssl;\n  http2 on;`;
}

/** What the image of nginx brings around the project's files. */
function surroundings(folder: string, mode: string): string {
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
    .map((name) => `${name}_temp_path ${folder}/${name};`)
    .join("\n");
  return `daemon off; worker_processes 2; pid ${folder}/nginx.pid; error_log stderr warn;
${process.getuid?.() === 0 ? "user root;" : ""}
events { worker_connections 2048; }
http { access_log off; ${temporary}
include booking/${mode}.conf; }`;
}

async function makeCertificate(folder: string): Promise<void> {
  mkdirSync(join(folder, "certs"));
  const { code, output } = await run(
    "req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -keyout certs/tls.key -out certs/tls.crt".split(
      " ",
    ),
    { command: ["openssl"], cwd: folder },
  );
  if (code !== 0) throw new Error(output);
}

/** Each line about a server of compose.yaml, once for each of the processes here. */
function nameServers(path: string, processes: Record<string, string[]>): void {
  const lines = readFileSync(path, "utf8").split("\n");
  const named = lines.flatMap((line) => {
    const known = Object.entries(processes).find(([name]) => line.includes(`server ${name} `));
    if (!known) return [line];
    const [name, urls] = known;
    return urls.map((url) => line.replace(name, `127.0.0.1:${new URL(url).port}`));
  });
  writeFileSync(path, named.join("\n"));
}

function replaceIn(path: string, changes: [string, string][]): void {
  let text = readFileSync(path, "utf8");
  for (const [from, to] of changes) {
    if (!text.includes(from)) throw new Error(`${path} does not say ${from}`);
    text = text.replaceAll(from, to);
  }
  writeFileSync(path, text);
}

async function untilListens(child: Bun.Subprocess, port: number, log: string): Promise<void> {
  for (;;) {
    if (child.exitCode !== null) throw new Error(`nginx ended:\n${readFileSync(log, "utf8")}`);
    const answers = await Bun.connect({ hostname: "127.0.0.1", port, socket: { data: () => {} } }).then(
      (socket) => {
        socket.end();
        return true;
      },
      () => false,
    );
    if (answers) return;
    await Bun.sleep(20);
  }
}
