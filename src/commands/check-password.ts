import { newPasswordFault } from "../domain/people/password.ts";
import { BootError } from "../process/boot-error.ts";

export function checkPassword(password: string): void {
  const fault = newPasswordFault(password);
  if (fault) throw new BootError(`The password: ${fault}`);
}
