import type { Actor } from "../../domain/actor.ts";
import { authorize } from "../../domain/permissions.ts";
import { invalidParameter } from "../../domain/refusal.ts";
import type { Busy } from "../../domain/scheduling/alternatives.ts";
import { type Interval, lengthMs } from "../../domain/scheduling/interval.ts";
import type { Context } from "../context.ts";
import { visibleResource } from "./visible-resource.ts";

const longestMs = 31 * 24 * 60 * 60 * 1000;

/** When a resource that the actor may see is taken, within at most 31 days. */
export async function listBusy(
  context: Context,
  actor: Actor,
  id: string,
  interval: Interval,
): Promise<Busy[]> {
  authorize(actor, "getBusy");
  const fault = faultOf(interval);
  if (fault) throw invalidParameter("to", fault);
  const resource = await visibleResource(context.store, actor, id);
  return context.store.resources.busy(resource.id, interval);
}

function faultOf(interval: Interval): string | null {
  if (interval.endTime <= interval.startTime) return "Must be after from.";
  return lengthMs(interval) > longestMs ? "Must be at most 31 days after from." : null;
}
