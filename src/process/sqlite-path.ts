/** What is expected instead of a `sqlite:` URL that looks like something else than `sqlite:<path>`; null if it is good. */
export function sqlitePathFault(url: string): string | null {
  if (!url.startsWith("sqlite:")) return null;
  const path = url.slice("sqlite:".length);
  // Three slashes begin an absolute path. After two, a URL has a host: sqlite://data/x.db would be a file in /data.
  const [, relative] = /^\/\/([^/].*)$/s.exec(path) ?? [];
  if (relative)
    return "sqlite:<path> without slashes in front, like sqlite:./data/booking.db; a file has no host";
  if (path.includes("?")) return "sqlite:<path> without `?`: it takes no parameters";
  if (path.startsWith("~")) return "sqlite:<path> with a complete path: `~` is not expanded here";
  return null;
}
