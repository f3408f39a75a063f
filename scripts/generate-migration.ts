import { readdirSync } from "node:fs";

/**
 * `bun run migration:generate <name>`: creates the four files of a new migration, and adds it to the catalogue. SQL is
 * written by hand, because no generator knows what matters here (triggers, constraints, locks); `bun run check` then
 * says which columns are still missing.
 */
const root = "db/migrations";
const name = process.argv[2];
if (!name || !/^[a-z][a-z0-9_]*$/.test(name)) {
  console.error("Usage: bun run migration:generate <name>, like add_reminders");
  process.exit(1);
}

const existing = readdirSync(`${root}/sqlite`)
  .filter((file) => file.endsWith(".up.sql"))
  .map((file) => file.replace(".up.sql", ""))
  .sort();
const number = String(existing.length + 1).padStart(4, "0");
const added = `${number}_${name}`;
for (const engine of ["postgres", "sqlite"]) {
  await Bun.write(
    `${root}/${engine}/${added}.up.sql`,
    `-- What changes, and why. A first line "-- breaking" keeps older processes out.\n`,
  );
  await Bun.write(
    `${root}/${engine}/${added}.down.sql`,
    "-- loses what only it stores: select count(*) from some_table\n-- The way back.\n",
  );
}
await Bun.write(`${root}/catalogue.ts`, catalogue([...existing, added]));
console.log(`Write ${root}/{postgres,sqlite}/${added}.{up,down}.sql, then run \`bun run check\`.`);

function catalogue(names: string[]): string {
  const imports = names.flatMap((n) =>
    [
      ["pg", "postgres", "Down"],
      ["pg", "postgres", "Up"],
      ["lite", "sqlite", "Down"],
      ["lite", "sqlite", "Up"],
    ].map(
      ([short, engine, way]) =>
        `import ${short}${n.slice(0, 4)}${way} from "./${engine}/${n}.${way?.toLowerCase()}.sql" with { type: "text" };`,
    ),
  );
  const sorted = [...imports].sort((a, b) => importPath(a).localeCompare(importPath(b)));
  const entries = names.map((n) => {
    const id = n.slice(0, 4);
    return `  {
    name: "${n}",
    postgres: { up: pg${id}Up, down: pg${id}Down },
    sqlite: { up: lite${id}Up, down: lite${id}Down },
  },`;
  });
  return `// Written by \`bun run migration:generate\`; the order is that of the names.
${sorted.join("\n")}

/** One step of the schema, for both engines, with the way back. */
export type Migration = {
  name: string;
  postgres: { up: string; down: string };
  sqlite: { up: string; down: string };
};

export const migrations: Migration[] = [
${entries.join("\n")}
];
`;
}

function importPath(line: string): string {
  return line.split('"')[1] ?? "";
}
