const maxMessage = 300;
const maxCauses = 5;

/**
 * An error as the log shows it: type, message, code, and the same of its causes. The query builder puts the whole
 * statement and its parameters into a message: the log gets neither the length of the one nor the data of the other.
 * The stack shows where the error comes from; an outage has a code instead, which says more.
 */
export function loggableError(error: unknown, depth = 0): unknown {
  if (!(error instanceof Error)) return error;
  const { code, cause } = error as { code?: unknown; cause?: unknown };
  const isBug = depth === 0 && !hasCode(error);
  return {
    type: error.name === "Error" ? error.constructor.name : error.name,
    message: shortened(error.message),
    ...(typeof code === "string" ? { code } : {}),
    ...(isBug ? { stack: frames(error) } : {}),
    ...(cause !== undefined && depth < maxCauses ? { cause: loggableError(cause, depth + 1) } : {}),
  };
}

function hasCode(error: unknown): boolean {
  for (let each = error, n = 0; each instanceof Error && n <= maxCauses; each = each.cause, n++) {
    if (typeof (each as { code?: unknown }).code === "string") return true;
  }
  return false;
}

function shortened(message: string): string {
  const [text = ""] = message.split("\nparams:", 1);
  return text.length > maxMessage ? `${text.slice(0, maxMessage)}…` : text;
}

/** Without its first lines, which repeat the message. */
function frames({ stack = "" }: Error): string {
  return stack
    .split("\n")
    .filter((line) => /^\s+at /.test(line))
    .join("\n");
}
