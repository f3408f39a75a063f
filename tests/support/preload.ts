import { afterAll } from "bun:test";
import { stopSharedEdge } from "./edge/runtime.ts";

/** Runs once, after the tests of all files: what they share would outlive the process. */
afterAll(stopSharedEdge);
