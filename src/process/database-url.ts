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
