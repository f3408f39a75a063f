import type { User } from "../../../domain/people/user.ts";
import { present } from "../../kit/present.ts";
import * as contract from "./contract.ts";

const show = present(contract.User);

export function presentUser(user: User) {
  return show(withProof(user));
}

/** Whether the address is proven, in place of when. */
export function withProof(user: User) {
  return { ...user, emailVerified: user.emailVerifiedAt !== null };
}
