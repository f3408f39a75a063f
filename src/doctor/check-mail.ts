import { createTransport } from "nodemailer";
import { type Finding, fault, ok } from "./finding.ts";

/** Signs in to the mail server, and sends nothing. */
export async function checkMail(url: string): Promise<Finding> {
  const transport = createTransport({
    url,
    connectionTimeout: 5_000,
    greetingTimeout: 5_000,
    socketTimeout: 5_000,
  } as never);
  try {
    await transport.verify();
    return ok("mail", "The mail server accepts our mail.");
  } catch (error) {
    const { code, message } = error as { code?: string; message: string };
    return code === "EAUTH"
      ? fault("mail", "The mail server refuses the user or the password.", "Correct them in SMTP_URL.")
      : fault(
          "mail",
          `The mail server can't be used (${message}).`,
          "Start it, check the network, or correct SMTP_URL.",
        );
  } finally {
    transport.close();
  }
}
