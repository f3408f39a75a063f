import type { Actor } from "../../domain/actor.ts";
import type { User } from "../../domain/people/user.ts";
import type { Receipt, Reply } from "../../domain/receipt.ts";

export type Env = {
  Bindings: { ip?: string; https?: boolean; hidden?: boolean };
  Variables: {
    requestId: string;
    actor: Actor;
    user: User;
    receipt: StoreReceipt | undefined;
    jsonBody: Promise<unknown>;
  };
};

/** Makes the receipt to store with a change from the answer it will get. */
export type StoreReceipt = (reply: Reply) => Receipt;
