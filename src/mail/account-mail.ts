import type { Link, LinkPurpose } from "../domain/people/link.ts";
import type { User } from "../domain/people/user.ts";
import type { OutgoingMail } from "../ports/mailer.ts";
import { linkTemplate } from "./templates/link.ts";

const wordings: Record<
  LinkPurpose,
  Record<"subject" | "why" | "action" | "life" | "otherwise" | "page", string>
> = {
  verify_email: {
    subject: "Confirm your email address",
    why: "Confirm that this is your email address, so that you can get reminders there:",
    action: "Confirm the address",
    life: "within two days",
    otherwise: "If you did not create an account, ignore this mail.",
    page: "verify-email",
  },
  reset_password: {
    subject: "Choose a new password",
    why: "Somebody, most likely you, asked for a new password for your account:",
    action: "Choose a new password",
    life: "within an hour",
    otherwise: "If it was not you, ignore this mail: your password stays the same.",
    page: "reset-password",
  },
};

/**
 * A mail with a link to a page of the service. The token is behind the `#`, which no server's log gets to see. Anybody can
 * enter any address together with any name, so nothing in it is the account's own text.
 */
export function accountMail(publicUrl: string): (link: Link, user: User, token: string) => OutgoingMail {
  return (link, { email }, token) => {
    const { page, ...wording } = wordings[link.purpose];
    const url = `${publicUrl}/account/${page}#${token}`;
    return {
      id: link.id,
      to: email,
      subject: wording.subject,
      ...linkTemplate({ ...wording, url }),
    };
  };
}
