import { accountMailKind } from "../../src/domain/people/link.ts";
import type { Processor } from "../processor.ts";
import type { WorkerNeeds } from "../worker-needs.ts";
import { remind } from "./remind.ts";
import { sendAccountMail } from "./send-account-mail.ts";

/** Every kind of task, by its processor. Each has a queue of its own, so that a slow one holds up no other. */
export const catalogue: Record<string, (needs: WorkerNeeds) => Processor> = {
  "websocket-reminder": remind("websocket"),
  "email-reminder": remind("email"),
  [accountMailKind]: sendAccountMail,
};
