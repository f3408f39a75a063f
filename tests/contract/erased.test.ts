import { onEveryEngine } from "../support/databases.ts";
import { erasedSuite } from "./erased.ts";

onEveryEngine("the store, of an erased person,", erasedSuite);
