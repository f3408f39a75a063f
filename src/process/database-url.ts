/**
 * What may follow the `?` of a Postgres URL: the values, or null for any. The driver takes an unknown `sslmode` for
 * `verify-full`, uses the last of several, and sends every other name to the server, which refuses the connection.
 */
const parameters: Record<string, string[] | null> = {
  sslmode: ["disable", "prefer", "require", "verify-full"],
  target_session_attrs: ["primary", "read-write"],
  application_name: null,
  search_path: null,
  options: null,
};

const listed = Object.entries(parameters).map(([name, values]) =>
  values ? `${name} (${values.join(", ")})` : name,
);

/** Describes valid values, for people. */
export const databaseUrlForm = `postgres://user:password@host:5432/database, or sqlite:<path>. Parameters of Postgres: ${listed.join(", ")}; each at most once`;

/** Names that can't mean another machine (RFC 6761, 6.3). */
const isThisMachine = (host: string) =>
  ["localhost", "127.0.0.1", "[::1]"].includes(host) || host.endsWith(".localhost");

/** Whether a URL is the address of an installation at the edge, of which only `backup` and `restore` know. */
export function isEdgeUrl(text: string): boolean {
  return /^https?:/.test(text);
}

/** What is wrong with the address of an installation at the edge, null if nothing is. The platform key is sent there. */
export function edgeUrlFault(text: string): string | null {
  const url = URL.parse(text);
  if (!url || url.origin !== text.replace(/\/$/, "")) return "https://<host>, without a path";
  if (url.protocol === "https:" || isThisMachine(url.hostname)) return null;
  return "https://<host>: over http the platform key could be read on the way";
}

export function isDatabaseUrl(text: string): boolean {
  if (text.startsWith("sqlite:")) return text !== "sqlite:";
  if (!/^postgres(ql)?:\/\//.test(text)) return false;
  const url = URL.parse(withOneHost(text));
  return (
    url !== null &&
    url.hostname !== "" &&
    /^\/[^/]+$/.test(url.pathname) &&
    [url.username, url.password].every(isDecodable) &&
    [...url.searchParams].every(
      ([name, value]) =>
        Object.hasOwn(parameters, name) &&
        url.searchParams.getAll(name).length === 1 &&
        (parameters[name]?.includes(value) ?? true),
    )
  );
}

/** The driver accepts several hosts, separated by commas; `URL` does not. */
function withOneHost(text: string): string {
  const [authority = ""] = text.slice(text.indexOf("://") + 3).split(/[/?]/);
  const hosts = authority.slice(authority.lastIndexOf("@") + 1);
  return text.replace(hosts, hosts.replace(/,.*/, ""));
}

function isDecodable(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}
