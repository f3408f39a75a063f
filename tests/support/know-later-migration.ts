/** Preloaded, it makes a process know one migration more. */
import { migrations } from "../../db/migrations/catalogue.ts";
import { later } from "./later-migration.ts";

migrations.push(later);
