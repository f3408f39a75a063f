import { copyFileSync, mkdirSync, renameSync } from "node:fs";
import { join } from "node:path";

/** As Swagger UI's page asks for them: an object reads them from the binding ASSETS. */
const swagger = ["swagger-ui.css", "swagger-ui-bundle.js"];
const source = join(import.meta.dir, "../../node_modules/swagger-ui-dist");

/** Writes the static files of the edge, and returns their paths. */
export function writeAssets(folder: string): string[] {
  mkdirSync(join(folder, "api"), { recursive: true });
  return swagger.map((name) => {
    const path = join(folder, "api", name);
    // Somebody may be reading the old one.
    copyFileSync(join(source, name), `${path}.${process.pid}`);
    renameSync(`${path}.${process.pid}`, path);
    return path;
  });
}
