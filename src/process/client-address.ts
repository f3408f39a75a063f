import { canonicalAddress } from "../lib/ip-address.ts";

/** Loaded on first use: most starts and most answers don't need it, and it loads sockets and streams. */
const net = () => process.getBuiltinModule("node:net");

export type Networks = { contains(address: string): boolean };

/**
 * Networks as a set: addresses, or CIDR like 10.0.0.0/8. Throws for anything else. An IPv4-mapped entry such as
 * ::ffff:10.0.0.0/104 means the IPv4 network.
 */
export function networks(list: string[]): Networks {
  if (list.length === 0) return { contains: () => false };
  const { BlockList, isIP, isIPv4, isIPv6 } = net();
  const set = new BlockList();
  for (const entry of list) {
    const [given = "", length, ...rest] = entry.split("/");
    const address = canonicalAddress(given);
    const mapped = isIPv6(given) && isIPv4(address);
    const wrong = !isIP(given) || given.includes("%") || rest.length > 0;
    if (wrong || (length !== undefined && !/^\d{1,3}$/.test(length))) {
      throw new Error(`${entry} is not an address or a network.`);
    }
    const widest = isIPv4(address) ? 32 : 128;
    const bits = length === undefined ? widest : Number(length) - (mapped ? 96 : 0);
    set.addSubnet(address, bits, isIPv6(address) ? "ipv6" : "ipv4");
  }
  return {
    contains: (address) => {
      const given = canonicalAddress(address);
      if (isIPv4(given)) return set.check(given);
      return isIPv6(given) && set.check(given, "ipv6");
    },
  };
}

let privateNetworks: Networks | undefined;

/** Loopback, and networks that the internet does not reach (RFC 1918, 3927, 4193, 4291). */
export function isPrivateAddress(address: string): boolean {
  privateNetworks ??= networks([
    "127.0.0.0/8",
    "10.0.0.0/8",
    "172.16.0.0/12",
    "192.168.0.0/16",
    "169.254.0.0/16",
    "::1",
    "fc00::/7",
    "fe80::/10",
  ]);
  return privateNetworks.contains(address);
}

export type Client = {
  ip: string;
  /** Whether the client's own connection is encrypted, as far as that is known. */
  https: boolean;
  /** An untrusted proxy is in between: the address is the proxy's, and says nothing about the client. */
  hidden: boolean;
};

/**
 * Who sent a request. `X-Forwarded-For` counts only as far as trusted proxies wrote it: from the right, up to the first
 * address that is not theirs. The client may have made up everything left of that.
 */
export function clientOf(headers: Headers, peer: string, trusted: Networks): Client {
  const forwarded = headers.get("X-Forwarded-For");
  if (!trusted.contains(peer)) return { ip: peer, https: false, hidden: forwarded !== null };
  const https = headers.get("X-Forwarded-Proto")?.trim().toLowerCase() === "https";
  const chain = (forwarded ?? "").split(",").map((address) => address.trim());
  for (const address of chain.reverse()) {
    if (!net().isIP(canonicalAddress(address))) break;
    if (!trusted.contains(address)) return { ip: canonicalAddress(address), https, hidden: false };
  }
  return { ip: peer, https, hidden: false };
}
