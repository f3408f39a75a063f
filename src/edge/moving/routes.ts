import { largestBody, paths } from "../../../db/backup/edge-protocol.ts";
import { Refusal } from "../../domain/refusal.ts";
import type { edgeBackup } from "./backup.ts";
import { invalid } from "./chunks.ts";
import type { edgeRestore } from "./restore.ts";

type Options = {
  backup: ReturnType<typeof edgeBackup>;
  restore: ReturnType<typeof edgeRestore>;
  /** Opens the installation; null while it can't be opened. */
  open(): Promise<{ planPurge(): void; idle(): Promise<void> } | null>;
};

const path = new RegExp(`^(${paths.backup}|${paths.restore})(?:/([^/]+))?/?$`);

/** What a request is about; null if that is not moving. */
export function aboutMoving({ url }: Request): string | null {
  // Asked of every request: most URLs need not be parsed for it.
  if (!url.includes("/platform/")) return null;
  return path.exec(new URL(url).pathname)?.[1] ?? null;
}

/**
 * Answers each request that is about moving; throws a `Refusal` for those that can't be met. Null while the installation
 * can't be opened.
 */
export function routes({ backup, restore, open }: Options) {
  return async (request: Request): Promise<Response | null> => {
    const { pathname, searchParams: query } = new URL(request.url);
    const [, which = "", name = ""] = path.exec(pathname) ?? [];
    const rest = name === "" || name === "finish" ? name : "<table>";
    switch (`${request.method} ${which}/${rest}`) {
      case `POST ${paths.backup}/`: {
        const body = jsonOf(await bodyOf(request));
        const program = await open();
        // A task in progress could not be recorded any more.
        await program?.idle();
        return program && backup.begin(body);
      }
      case `GET ${paths.backup}/<table>`:
        return backup.chunk(name, query.get("backup"), query.get("after"));
      case `DELETE ${paths.backup}/`:
        return backup.end(query.get("backup"));
      case `POST ${paths.restore}/`: {
        const body = jsonOf(await bodyOf(request));
        await open();
        return restore.begin(body);
      }
      case `POST ${paths.restore}/<table>`: {
        const rows = await bodyOf(request);
        return restore.chunk(name, query.get("restore"), query.get("chunk"), rows);
      }
      case `GET ${paths.restore}/<table>`:
        return restore.read(name, query.get("restore"), query.get("after"));
      case `POST ${paths.restore}/finish`: {
        const answer = await restore.finish(query.get("restore"));
        if (answer.status === 200) (await open())?.planPurge();
        return answer;
      }
      case `DELETE ${paths.restore}/`:
        return restore.abandon(query.get("restore"));
      default:
        throw wrongMethod(request.method, which, rest);
    }
  };
}

function wrongMethod(method: string, which: string, rest: string): Refusal {
  const allowed: Record<string, string> = { "": "POST, DELETE", finish: "POST" };
  const ofRows = which === paths.backup ? "GET" : "GET, POST";
  const allow = allowed[rest] ?? ofRows;
  return new Refusal("method_not_allowed", `This path does not answer ${method}: send ${allow}.`, { allow });
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** The text of a request, which is read no further than it may be long. */
async function bodyOf({ body }: Request): Promise<string> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  const texts: string[] = [];
  let bytes = 0;
  for await (const part of (body ?? []) as unknown as AsyncIterable<Uint8Array>) {
    bytes += part.length;
    if (bytes > largestBody)
      throw new Refusal("body_too_large", `Send at most ${largestBody} bytes at a time.`, {});
    texts.push(decode(() => decoder.decode(part, { stream: true })));
  }
  return texts.join("") + decode(() => decoder.decode());
}

function decode(text: () => string): string {
  try {
    return text();
  } catch {
    throw invalid("The body is not UTF-8.");
  }
}
