import { describe, expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { readConfig, variableNames } from "../../src/process/config.ts";

const root = join(import.meta.dir, "../..");
const read = (path: string) => readFileSync(join(root, path), "utf8");

type Service = {
  profiles?: string[];
  image?: string;
  build?: { target: string };
  command?: string[];
  environment?: Record<string, string>;
  env_file?: { path: string; required: boolean }[];
  healthcheck?: { test: string[] };
  read_only?: boolean;
  ports?: string[];
  volumes?: string[];
  depends_on?: Record<string, unknown>;
};

const compose = Bun.YAML.parse(read("compose.yaml")) as { services: Record<string, Service> };
const services = Object.entries(compose.services);
/** What compose.yaml itself is told, beside the variables of the program. */
const ofCompose = ["BOOKING_VERSION", "TLS_CERTIFICATES", "ACME_FOLDER"];
const ownServices = services.filter(([, { build }]) => build);

describe("compose.yaml", () => {
  test("starts development without a profile, and production only with one", () => {
    const names = (profile?: string) =>
      services.filter(([, s]) => s.profiles?.[0] === profile).map(([name]) => name);
    expect(names()).toEqual(["booking-service", "job-service", "postgres", "redis", "nginx"]);
    expect(names("prod")).toEqual(["booking-service-prod", "job-service-prod", "nginx-prod"]);
    expect(names("observability")).toEqual(["prometheus", "grafana", "otel-collector"]);
    for (const [, { depends_on = {} }] of services)
      for (const name of Object.keys(depends_on)) expect(Object.keys(compose.services)).toContain(name);
  });

  test("sets variables that the program reads, and asks for no others", () => {
    for (const [, { environment = {} }] of ownServices)
      for (const name of Object.keys(environment)) expect(variableNames).toContain(name);
    const asked = [...read("compose.yaml").matchAll(/\$\{([A-Z_]+)/g)].map(([, name]) => name);
    for (const name of asked) expect([...variableNames, ...ofCompose]).toContain(name as string);
  });

  test("lets every variable of a server through in production, but for the ports, which the proxy knows", () => {
    const { environment = {} } = compose.services["booking-service-prod"] ?? {};
    expect(Object.keys(environment).sort()).toEqual(
      variableNames.filter((name) => !["PORT", "JOB_PORT", "PLATFORM_KEY"].includes(name)).sort(),
    );
  });

  test("takes the file that .env.example is copied to", () => {
    for (const name of ["booking-service", "job-service"])
      expect(compose.services[name]?.env_file).toEqual([{ path: ".env", required: false }]);
  });

  test("gives the program values that it takes", () => {
    for (const name of ["booking-service", "job-service"]) {
      const { environment = {} } = compose.services[name] ?? {};
      const given = Object.entries(environment).map(([key, value]) => [
        key,
        value.replace(/\$\{[A-Z_]+:-(.*)\}/, "$1"),
      ]);
      expect(readConfig(Object.fromEntries(given)).host).toBe("0.0.0.0");
    }
  });

  test("keeps what Redis is told, and writes nowhere in production but where it must", () => {
    expect(compose.services.redis?.command?.join(" ")).toContain(
      "--appendonly yes --maxmemory-policy noeviction",
    );
    for (const name of ["booking-service-prod", "job-service-prod"])
      expect(compose.services[name]).toMatchObject({ read_only: true, cap_drop: ["ALL"] });
  });

  test("mounts files that there are, and sends traces where the collector takes them", () => {
    for (const [, { volumes = [] }] of services)
      for (const [path = ""] of volumes.map((volume) => volume.split(":")))
        if (path.startsWith("./deploy/")) expect(existsSync(join(root, path))).toBe(true);
    type Collector = { receivers: { otlp: { protocols: { http: { endpoint: string } } } } };
    const collector = Bun.YAML.parse(read("deploy/opentelemetry/collector.yaml")) as Collector;
    const { endpoint } = collector.receivers.otlp.protocols.http;
    const told = read("compose.yaml").match(/OTEL_EXPORTER_OTLP_ENDPOINT=http:\/\/otel-collector:(\d+)/)?.[1];
    expect(endpoint.split(":")[1]).toBe(told as string);
  });

  test("shows the dashboard of the source of data that it names", () => {
    type Sources = { datasources: { uid: string; url: string }[] };
    const { datasources } = Bun.YAML.parse(
      read("deploy/grafana/provisioning/datasources/prometheus.yaml"),
    ) as Sources;
    const used = new Set(
      [...read("deploy/grafana/booking.json").matchAll(/"uid": "(\w+)"/g)].map(([, uid]) => uid),
    );
    expect([...used].sort()).toEqual(["booking", datasources[0]?.uid as string].sort());
    expect(Object.keys(compose.services)).toContain(new URL(datasources[0]?.url ?? "").hostname);
  });

  test("runs commands and probes that there are", async () => {
    const main = read("src/main.ts");
    const healthchecks = ownServices.flatMap(([, { healthcheck }]) =>
      healthcheck ? [healthcheck.test.slice(2)] : [],
    );
    const commands = ownServices.map(([, { command = [] }]) =>
      command.slice(command.indexOf("src/main.ts") + 1),
    );
    for (const [name, ...options] of [...healthchecks, ...commands]) {
      expect(main).toContain(`.command("${name}")`);
      for (const option of options) expect(main).toContain(`"${option}"`);
    }
  });
});

describe("the Dockerfile", () => {
  const dockerfile = read("Dockerfile");

  test("has the stages that compose.yaml builds, and ends with production", () => {
    const stages = [...dockerfile.matchAll(/^FROM \S+ AS (\S+)$/gm)].map(([, name]) => name as string);
    for (const [, { build }] of ownServices) expect(stages).toContain(build?.target as string);
    expect(stages.at(-1)).toBe("production");
  });

  test("uses the Bun of this project, runs scripts that there are, and is not root", () => {
    const { scripts, devDependencies } = JSON.parse(read("package.json"));
    expect(dockerfile).toContain(`FROM oven/bun:${devDependencies["bun-types"]}-slim`);
    for (const [, name] of dockerfile.matchAll(/bun run (\S+)/g))
      expect(Object.keys(scripts)).toContain(name as string);
    expect(dockerfile.slice(dockerfile.indexOf("AS production"))).toMatch(/^USER 65532:65532$/m);
  });

  test("opens the ports on which the program listens", () => {
    const { port, jobPort } = readConfig({});
    expect(dockerfile).toMatch(new RegExp(`EXPOSE ${port} ${jobPort}`));
    expect(read("deploy/nginx/upstreams.conf")).toContain(`booking-service:${port} `);
    expect(read("deploy/nginx/upstreams.conf")).toContain(`job-service:${jobPort} `);
  });
});
