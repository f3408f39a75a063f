import { readFileSync } from "node:fs";

/** An answer, and the heading of its request. */
export type Answered = { title: string; status: number; body: string };

/** Sends the requests of an `.http` file in order, as editors do: `@name = value`, `# @name`, `{{…}}`. */
export async function runHttpFile(path: string, given: Record<string, string>): Promise<Answered[]> {
  const [head = "", ...blocks] = readFileSync(path, "utf8").split(/^### */m);
  const variables: Record<string, string> = {
    ...Object.fromEntries([...head.matchAll(/^@(\w+) *= *(.+)$/gm)].map(([, name, value]) => [name, value])),
    ...given,
  };
  const named = new Map<string, unknown>();
  const fill = (text: string) =>
    text.replace(/\{\{([^}]+)\}\}/g, (_, expression: string) => {
      if (expression === "$guid") return crypto.randomUUID();
      const [name = "", , , ...keys] = expression.split(".");
      if (keys.length === 0) return variables[expression] ?? fail(expression);
      const found = keys.reduce<unknown>(
        (at, key) => (at as Record<string, unknown>)?.[key],
        named.get(name),
      );
      return String(found ?? fail(expression));
    });
  const answers: Answered[] = [];
  for (const block of blocks) {
    const [, title = "", rest = ""] = block.match(/^(.*)\n([\s\S]*)$/) ?? [];
    const name = rest.match(/^# @name (\w+)$/m)?.[1];
    const [lines = "", body] = fill(rest.replace(/^#.*\n/gm, "").trim()).split(/\n\n/);
    const [request = "", ...headers] = lines.split("\n");
    const [method = "", url = ""] = request.split(" ");
    const pairs = headers.map((line) => line.split(/: (.*)/s).slice(0, 2) as [string, string]);
    const response = await fetch(url, { method, headers: pairs, ...(body ? { body } : {}) });
    const text = await response.text();
    if (name) named.set(name, JSON.parse(text));
    answers.push({ title, status: response.status, body: text });
  }
  return answers;
}

function fail(expression: string): never {
  throw new Error(`Nothing is known of {{${expression}}}.`);
}
