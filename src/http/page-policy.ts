import { secureHeaders } from "hono/secure-headers";

/** Headers for a page of ours: nothing from outside, no frames, no guessing of types. Only what is named is let in. */
export function pagePolicy(allowed: { style?: string; script?: string; image?: string; connect?: string }) {
  const sources = (list: string | undefined) => (list ? list.split(" ") : ["'none'"]);
  return secureHeaders({
    strictTransportSecurity: false,
    contentSecurityPolicy: {
      defaultSrc: ["'none'"],
      baseUri: ["'none'"],
      formAction: ["'none'"],
      frameAncestors: ["'none'"],
      styleSrc: sources(allowed.style),
      scriptSrc: sources(allowed.script),
      imgSrc: sources(allowed.image),
      connectSrc: sources(allowed.connect),
    },
  });
}
