/** Hashing costs by length. */
const maxBytes = 256;
const minCharacters = 8;

/** A password as it is hashed, however a keyboard composed it (RFC 8265, OpaqueString): NFC, every space U+0020. */
export function preparePassword(password: string): string {
  return password.replace(/\p{Zs}/gu, " ").normalize("NFC");
}

/** What is wrong with a new password; null when it will do. */
export function newPasswordFault(password: string): string | null {
  const isLong = Array.from(preparePassword(password)).length >= minCharacters;
  return isLong ? passwordFault(password) : `Must be at least ${minCharacters} characters long.`;
}

/** What is wrong with a password given for comparison; null if it can be compared. */
export function passwordFault(password: string): string | null {
  if (!password.isWellFormed()) return "Must be well-formed Unicode.";
  const bytes = new TextEncoder().encode(preparePassword(password)).length;
  return bytes <= maxBytes ? null : `Must be at most ${maxBytes} bytes.`;
}
