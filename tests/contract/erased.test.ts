import { onEachEngine } from "../support/databases.ts";
import { erasedSuite } from "./erased.ts";

onEachEngine("the store, of an erased person,", erasedSuite);
