import { Glob } from "bun";
import { permissions } from "../src/domain/permissions.ts";

/**
 * Every exported function under `operations` that names an actor is an operation: it begins with `authorize`, and every
 * operation of the list of permissions is authorized somewhere.
 */
const faults: string[] = [];
/** No operation of their own: the guard has loaded the caller already, and deleting a booking is cancelling it. */
const authorized = new Set<string>(["getMe", "deleteBooking"]);
/** These find out who the actor is, or are called by operations that have authorized theirs. */
const exempt = ["authenticate", "visibleBooking", "visibleResource", "colleague", "contestedSlot"];

for await (const file of new Glob("src/operations/*/*.ts").scan(".")) {
  for (const { name, head, first } of exportedFunctions(await Bun.file(file).text())) {
    if (!/\bActor\b/.test(head) || exempt.includes(name)) continue;
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

/** As the formatter lays them out: the head ends with the first line that opens the body, or else with the whole. */
function exportedFunctions(text: string): { name: string; head: string; first: string }[] {
  const lines = text.split("\n");
  return lines.flatMap((line, start) => {
    const name = /^export (?:async )?(?:function|const) (\w+)/.exec(line)?.[1];
    if (!name) return [];
    const next = lines.findIndex((one, n) => n > start && one.startsWith("export "));
    const whole = lines.slice(start, next === -1 ? undefined : next);
    const opens = whole.findIndex((one) => /^(export |\)).*(\{|=>)$/.test(one));
    const end = opens === -1 ? whole.length : opens + 1;
    return [{ name, head: whole.slice(0, end).join(" "), first: (whole[end] ?? "").trim() }];
  });
}
