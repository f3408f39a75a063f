import { secureHeaders } from "hono/secure-headers";

type Kind = "style" | "script" | "image" | "connect" | "font" | "base";

/** Headers for our own pages: nothing from outside, no frames, no guessing of types. Only what is named is allowed. */
export function pagePolicy(allowed: Partial<Record<Kind, string>>) {
  const sources = (list: string | undefined) => (list ? list.split(" ") : ["'none'"]);
  return secureHeaders({
    strictTransportSecurity: false,
    contentSecurityPolicy: {
      defaultSrc: ["'none'"],
      baseUri: sources(allowed.base),
      formAction: ["'none'"],
      frameAncestors: ["'none'"],
      styleSrc: sources(allowed.style),
      scriptSrc: sources(allowed.script),
      imgSrc: sources(allowed.image),
      connectSrc: sources(allowed.connect),
      fontSrc: sources(allowed.font),
    },
  });
}
