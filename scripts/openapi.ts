import openapiTS, { astToString } from "openapi-typescript";
import { bookingStatuses, isBlocking, statusDiagram } from "../src/domain/bookings/status.ts";
import { environmentExample } from "../src/process/settings.ts";

/**
 * `bun run openapi`: writes the OpenAPI document of the routes, the client's types from it, `.env.example` from the
 * table of settings, and the states of a booking from its transitions. With `--check` it only reports whether the files
 * are current.
 */
const child = Bun.spawn([process.execPath, "src/main.ts", "openapi"], { stdout: "pipe", stderr: "inherit" });
const text = await new Response(child.stdout).text();
if ((await child.exited) !== 0) process.exit(1);

const header = "// Written by `bun run openapi` from docs/openapi.json.\n\n";
const files = {
  ".env.example": environmentExample(),
  "docs/booking-states.md": bookingStates(),
  "docs/openapi.json": text,
  "clients/typescript/src/schema.d.ts":
    header + astToString(await openapiTS(JSON.parse(text), { defaultNonNullable: false })),
};

function bookingStates(): string {
  const blocking = bookingStatuses.filter(isBlocking).map((status) => `\`${status}\``);
  return `# The states of a booking

Written by \`bun run openapi\` from \`src/domain/bookings/status.ts\`.

\`\`\`mermaid
${statusDiagram()}
\`\`\`

Bookings that are ${blocking.join(" or ")} keep others out. A move or any other change keeps the state; a final state never changes.
`;
}

let stale = false;
for (const [path, wanted] of Object.entries(files)) {
  const file = Bun.file(path);
  const kept = (await file.exists()) ? await file.text() : "";
  if (kept === wanted) continue;
  if (!process.argv.includes("--check")) await Bun.write(path, wanted);
  else {
    stale = true;
    console.error(`${path} is not what the code declares: run \`bun run openapi\`.`);
  }
}
process.exit(stale ? 1 : 0);
