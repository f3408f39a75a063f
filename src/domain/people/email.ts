const atom = "[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+";
const label = "[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?";
const topLevel = "(?:[A-Za-z]{2,63}|[Xx][Nn]--[A-Za-z0-9-]{0,58}[A-Za-z0-9])";

/**
 * An address as RFC 5321 has it in mail between hosts: a dot-string of at most 64 characters, then a domain of at least two
 * labels, in ASCII (international domains as `xn--…`), 254 characters in all. Quoted local parts and address
 * literals are left out: nobody has them.
 */
export const emailPattern = new RegExp(
  `^(?=.{1,254}$)(?=[^@]{1,64}@)${atom}(?:\\.${atom})*@(?:${label}\\.)+${topLevel}$`,
);

export function isEmail(text: string): boolean {
  return emailPattern.test(text);
}
