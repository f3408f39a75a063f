import { createWorld, type World } from "../faults/world.ts";
import { type Cluster, freePort, startCluster } from "../support/cluster.ts";
import type { EngineName } from "../support/databases.ts";
import { type RedisServer, startRedis } from "../support/redis-server.ts";
import {
  type Server,
  sharedSecrets,
  startServer,
  startWorkerProcess,
  stopServer,
} from "../support/server.ts";
import { type SmtpSink, startSmtpSink } from "../support/smtp-sink.ts";
import { capacities } from "./stage.ts";

/** What may be killed, each with how to kill it and bring it back. */
export type Victim = { name: string; kill(): Promise<void>; start(): Promise<void> };

export type Installation = {
  world: World;
  urls: string[];
  victims: Victim[];
  mails: SmtpSink;
  /** What the database server has written to its log; empty on SQLite. */
  databaseLog(): string;
  /** Ends the processes of the program and leaves the database. */
  halt(): Promise<void>;
  remove(): Promise<void>;
};

const people = 13;

/** A process of the program, which comes back at the same address. */
async function restartable(
  name: string,
  start: () => Promise<Server>,
): Promise<Victim & { halt(): Promise<void> }> {
  let server = await start();
  return {
    name,
    kill: async () => {
      server.kill("SIGKILL");
      await server.exited;
    },
    start: async () => {
      server = await start();
    },
    halt: () => stopServer(server),
  };
}

async function onServices(cluster: Cluster | null, redis: RedisServer | null): Promise<Installation> {
  const mails = await startSmtpSink({ parse: false });
  const all = [...capacities.steady, ...capacities.changing];
  const world = await createWorld(cluster ? "postgres" : "sqlite", {
    people,
    capacities: all,
    ...(cluster ? { server: cluster.url } : {}),
  });
  const env = {
    ...sharedSecrets,
    DATABASE_URL: world.database.url,
    SMTP_URL: mails.url,
    ACCESS_TOKEN_MINUTES: "600",
    ...(redis ? { REDIS_URL: redis.url } : {}),
  };
  const ports = await Promise.all(Array.from({ length: cluster ? 2 : 1 }, freePort));
  const programs = await Promise.all([
    ...ports.map((port, n) =>
      restartable(`api ${n + 1}`, () => startServer({ env: { ...env, PORT: String(port) } })),
    ),
    ...(redis ? [restartable("worker", () => startWorkerProcess({ env }))] : []),
  ]);
  const services: Victim[] = [
    ...(cluster ? [{ ...cluster, name: "Postgres" }] : []),
    ...(redis ? [{ ...redis, name: "Redis" }] : []),
  ];
  return {
    world,
    urls: ports.map((port) => `http://127.0.0.1:${port}`),
    victims: [...programs, ...services],
    mails,
    databaseLog: () => cluster?.log() ?? "",
    halt: async () => {
      await Promise.all(programs.map((program) => program.halt()));
    },
    remove: async () => {
      await world.database.drop();
      await Promise.all([mails.stop(), redis?.stop(), cluster?.stop()]);
    },
  };
}

/** On Postgres and Redis two API processes and a worker, with servers of their own; on SQLite one process. */
export async function install(engine: EngineName): Promise<Installation> {
  if (engine === "sqlite") return onServices(null, null);
  const [cluster, redis] = await Promise.all([startCluster(), startRedis()]);
  return onServices(cluster, redis);
}
