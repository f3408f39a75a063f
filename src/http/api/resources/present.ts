import type { Resource } from "../../../domain/resources/resource.ts";
import { timeZoneNamed } from "../../../domain/scheduling/time-zone.ts";
import { present } from "../../kit/present.ts";
import * as contract from "./contract.ts";

const show = present(contract.Resource);

/** Earlier versions stored a zone in whatever case it came. */
export function presentResource(resource: Resource) {
  return show({ ...resource, timezone: timeZoneNamed(resource.timezone) ?? resource.timezone });
}
