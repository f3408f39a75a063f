/** Loaded when somebody first asks: most starts and most answers don't, and it brings sockets and streams with it. */
const net = () => process.getBuiltinModule("node:net");

export type Networks = { contains(address: string): boolean };

/** Networks as a set: addresses, or CIDR like 10.0.0.0/8. Throws for anything else. */
export function networks(list: string[]): Networks {
  if (list.length === 0) return { contains: () => false };
  const { BlockList, isIP, isIPv4, isIPv6 } = net();
  const set = new BlockList();
  for (const entry of list) {
    const [address = "", length, ...rest] = entry.split("/");
    const bits = length === undefined ? (isIPv6(address) ? 128 : 32) : Number(length);
    if (!isIP(address) || rest.length > 0) throw new Error(`${entry} is no address and no network.`);
    set.addSubnet(address, bits, isIPv6(address) ? "ipv6" : "ipv4");
  }
  return {
    contains: (address) => {
      const given = plain(address);
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
  /** A proxy that is not trusted stands between: the address is the proxy's, and says nothing of the client. */
  hidden: boolean;
};

/**
 * Who sent a request. `X-Forwarded-For` counts only as far as trusted proxies wrote it: from the right, up to the first
 * address that is none of them. What stands left of that, the client may have made up.
 */
export function clientOf(headers: Headers, peer: string, trusted: Networks): Client {
  const forwarded = headers.get("X-Forwarded-For");
  if (!trusted.contains(peer)) return { ip: peer, https: false, hidden: forwarded !== null };
  const https = headers.get("X-Forwarded-Proto")?.trim().toLowerCase() === "https";
  const chain = (forwarded ?? "").split(",").map((address) => address.trim());
  for (const address of chain.reverse()) {
    if (!net().isIP(plain(address))) break;
    if (!trusted.contains(address)) return { ip: plain(address), https, hidden: false };
  }
  return { ip: peer, https, hidden: false };
}

/** An IPv4 address that a dual-stack socket shows as IPv6 is what it is. */
function plain(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/i, "");
}
