import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { readConfig, variableNames } from "../../src/process/config.ts";

const folder = join(import.meta.dir, "../../deploy/kubernetes");
// biome-ignore lint/suspicious/noExplicitAny: manifests are looked into freely; their schemas are checked here
type Manifest = any;
type Kustomization = { resources: string[]; patches?: { path: string }[] };

const read = (path: string): Manifest[] => {
  const parsed = Bun.YAML.parse(readFileSync(join(folder, path), "utf8"));
  return Array.isArray(parsed) ? parsed : [parsed];
};
const files = (overlay: string) => read(`${overlay}/kustomization.yaml`)[0] as Kustomization;

/** What `kubectl kustomize` makes of the base, and of the overlay on top of it. */
const base = files("base").resources.flatMap((file) => read(`base/${file}`));
const production = [
  ...(files("production").patches ?? []).reduce((all, { path }) => {
    const [patch] = read(`production/${path}`);
    const isMeant = (m: Manifest) => m.kind === patch.kind && m.metadata.name === patch.metadata.name;
    expect(all.filter(isMeant)).toHaveLength(1);
    return all.map((manifest) => (isMeant(manifest) ? merged(manifest, patch) : manifest));
  }, base),
  ...files("production")
    .resources.filter((resource) => resource !== "../base")
    .flatMap((file) => read(`production/${file}`)),
];

/** A strategic merge: maps by key, lists of named things by name, all else replaced. */
function merged(before: Manifest, patch: Manifest): Manifest {
  if (Array.isArray(before) && Array.isArray(patch) && patch.every((item) => item?.name)) {
    const kept = before.map((item) =>
      merged(item, patch.find(({ name }: Manifest) => name === item.name) ?? {}),
    );
    return [...kept, ...patch.filter(({ name }: Manifest) => !before.some((item) => item.name === name))];
  }
  if (!isMap(before) || !isMap(patch)) return patch;
  const keys = new Set([...Object.keys(before), ...Object.keys(patch)]);
  return Object.fromEntries(
    [...keys].map((key) => [
      key,
      key in patch ? (key in before ? merged(before[key], patch[key]) : patch[key]) : before[key],
    ]),
  );
}

function isMap(value: Manifest): boolean {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}

type Validate = ((manifest: Manifest) => boolean) & { errors?: object[] | null };

/** Of the schema of its kind, which kubernetes-models has made of those of Kubernetes. */
async function validateOf({ apiVersion, kind }: Manifest): Promise<Validate> {
  const [group, version] = apiVersion.includes("/") ? apiVersion.split("/") : ["core", apiVersion];
  const names = [group.split(".")[0], version].map((name) => name[0].toUpperCase() + name.slice(1));
  return (await import(`kubernetes-models/_schemas/IoK8sApi${names.join("")}${kind}`)).validate;
}

/** What is wrong with a manifest; fields that its validation does not even look at are those that its schema does not have. */
async function faultsOf(manifest: Manifest): Promise<unknown[]> {
  const unread = new Set<string>();
  const watched = (value: Manifest, path: string): Manifest => {
    if (value === null || typeof value !== "object") return value;
    const copy = (Array.isArray(value) ? [] : {}) as Record<string, unknown>;
    for (const [key, inner] of Object.entries(value)) {
      copy[key] = watched(inner, `${path}/${key}`);
      if (!Array.isArray(value)) unread.add(`${path}/${key}`);
    }
    return new Proxy(copy, {
      get: (target, key) => {
        unread.delete(`${path}/${String(key)}`);
        return Reflect.get(target, key);
      },
    });
  };
  const validate = await validateOf(manifest);
  validate(watched(manifest, ""));
  return [...(validate.errors ?? []), ...unread];
}

const containers = (manifests: Manifest[]) =>
  manifests.flatMap(({ spec }) => spec?.template?.spec?.containers ?? []);

describe.each([
  ["the base", base],
  ["production", production],
])("%s on Kubernetes", (_, manifests: Manifest[]) => {
  test.each(manifests.map((manifest) => [`${manifest.kind} ${manifest.metadata.name}`, manifest]))(
    "%s is what its schema allows, and nothing more",
    async (_, manifest) => {
      expect(await faultsOf(manifest)).toEqual([]);
    },
  );

  test("is found out where a field is misspelt, or of another type", async () => {
    const deployment = structuredClone(manifests.find(({ kind }) => kind === "Deployment"));
    const [container] = deployment.spec.template.spec.containers;
    container.readinesProbe = container.readinessProbe;
    expect(await faultsOf(deployment)).toContain("/spec/template/spec/containers/0/readinesProbe");
    container.ports[0].containerPort = "5000";
    expect(await faultsOf(deployment)).toContainEqual(expect.objectContaining({ keyword: "type" }));
  });

  test("gives the program variables that it reads, and values that it takes", () => {
    const config = manifests.find(({ kind }) => kind === "ConfigMap").data;
    for (const name of Object.keys(config)) expect(variableNames).toContain(name);
    const secrets = Object.fromEntries(
      [...readFileSync(join(folder, "README.md"), "utf8").matchAll(/--from-literal=([A-Z_]+)=/g)].map(
        ([, name = ""], n) => [name, name.endsWith("KEY") ? String(n).repeat(64) : "set@example.com"],
      ),
    );
    for (const name of Object.keys(secrets)) expect(variableNames).toContain(name);
    const urls = { DATABASE_URL: "postgres://h/d", REDIS_URL: "redis://h", ADMIN_PASSWORD: "password123" };
    expect(readConfig({ ...secrets, ...urls, ...config }).production).toBe(true);
  });

  test("listens on the ports that services and policies name, and is probed where it answers", () => {
    const { port, jobPort } = readConfig({});
    const config = manifests.find(({ kind }) => kind === "ConfigMap").data;
    expect([config.PORT, config.JOB_PORT]).toEqual([String(port), String(jobPort)]);
    const document = JSON.parse(readFileSync(join(folder, "../../docs/openapi.json"), "utf8"));
    for (const [name, wanted] of [
      ["booking-api", port],
      ["booking-worker", jobPort],
    ] as const) {
      const of = (kind: string) => manifests.find((m) => m.kind === kind && m.metadata.name === name);
      const [container] = containers([of("Deployment")]);
      expect(container.ports).toEqual([{ name: "http", containerPort: wanted }]);
      expect(of("Service").spec.ports[0].targetPort).toBe("http");
      expect(of("NetworkPolicy").spec.ingress[0].ports).toEqual([{ protocol: "TCP", port: wanted }]);
      for (const probe of ["startupProbe", "livenessProbe", "readinessProbe"]) {
        expect(container[probe].httpGet.port).toBe("http");
        expect(Object.keys(document.paths)).toContain(container[probe].httpGet.path);
      }
      expect(of("Deployment").spec.template.metadata.annotations["prometheus.io/port"]).toBe(String(wanted));
      for (const kind of ["PodDisruptionBudget", "HorizontalPodAutoscaler"]) expect(of(kind)).toBeDefined();
    }
  });

  test("runs commands that there are, as nobody, on a root that is not written, with time to stop", () => {
    const main = readFileSync(join(folder, "../../src/main.ts"), "utf8");
    const all = manifests.filter(({ spec }) => spec?.template);
    expect(all).toHaveLength(2);
    // A release applies everything again. The template of a Job can't change, so a Job would block the second one.
    expect(manifests.filter(({ kind }) => kind === "Job")).toEqual([]);
    expect(all.flatMap(({ spec }) => spec.template.spec.initContainers ?? [])).toMatchObject([
      { name: "migrate", args: ["migrate", "run"] },
    ]);
    for (const { spec } of all) {
      const pod = spec.template.spec;
      expect(pod.securityContext).toMatchObject({ runAsNonRoot: true, runAsUser: 65532 });
      expect(pod.automountServiceAccountToken).toBe(false);
      // A process stops within 28 s.
      expect(pod.terminationGracePeriodSeconds).toBeGreaterThan(28);
      for (const { args, securityContext } of [...(pod.initContainers ?? []), ...pod.containers]) {
        expect(main).toContain(`.command("${args[0]}")`);
        expect(securityContext).toEqual({
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ["ALL"] },
        });
      }
    }
  });

  test("holds no secret", () => {
    expect(manifests.filter(({ kind }) => kind === "Secret")).toEqual([]);
    const text = JSON.stringify(manifests);
    for (const name of ["DATABASE_URL", "JWT_SECRET_KEY", "ADMIN_PASSWORD", "METRICS_TOKEN", "SMTP_URL"])
      expect(text).not.toContain(name);
  });
});
