import { Glob } from "bun";
import { permissions } from "../src/domain/permissions.ts";

/**
 * Every operation that acts for somebody (an exported function with the context and an actor) begins with `authorize`,
 * and every operation of the list of permissions is authorized somewhere.
 */
const faults: string[] = [];
/** No operation of their own: the guard has loaded the caller already, and deleting a booking is cancelling it. */
const authorized = new Set<string>(["getMe", "deleteBooking"]);

for await (const file of new Glob("src/operations/*/*.ts").scan(".")) {
  for (const { name, head, first } of exportedFunctions(await Bun.file(file).text())) {
    if (!/\bcontext: Context\b/.test(head) || !/\w: Actor[,)]/.test(head)) continue;
    const named = first.startsWith("authorize(actor, ") ? [...first.matchAll(/"(\w+)"/g)] : [];
    if (named.length === 0) faults.push(`${file}: ${name} must begin with authorize(actor, "…").`);
    for (const [, operation = ""] of named) authorized.add(operation);
  }
}
for (const [operation, { access }] of Object.entries(permissions))
  if (access !== "public" && !authorized.has(operation))
    faults.push(`src/domain/permissions.ts: no operation authorizes ${operation}.`);

for (const fault of faults) console.error(fault);
process.exit(faults.length === 0 ? 0 : 1);

/** As the formatter lays them out: the head ends with the first line that ends with a brace at its depth. */
function exportedFunctions(text: string): { name: string; head: string; first: string }[] {
  const lines = text.split("\n");
  return lines.flatMap((line, start) => {
    const name = /^export (?:async )?function (\w+)/.exec(line)?.[1];
    if (!name) return [];
    const end = lines.findIndex((one, n) => n >= start && /^(export |\)).* \{$/.test(one));
    return [{ name, head: lines.slice(start, end + 1).join(" "), first: (lines[end + 1] ?? "").trim() }];
  });
}
