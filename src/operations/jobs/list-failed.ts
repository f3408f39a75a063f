import type { Actor } from "../../domain/actor.ts";
import { authorize } from "../../domain/permissions.ts";
import type { Task } from "../../domain/tasks/task.ts";
import type { Context } from "../context.ts";

const atMost = 100;

/** List what failed for good, of every organization: for those who operate the service. */
export async function listFailed(context: Context, actor: Actor): Promise<Task[]> {
  authorize(actor, "listFailedTasks");
  return context.store.tasks.listFailed(atMost);
}
