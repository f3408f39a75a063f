/** Without a zone: `fe80::1%eth0` is not an address here. */
function isIpv6(text: string): boolean {
  return /^[0-9A-Fa-f:.]+$/.test(text) && text.includes(":") && URL.canParse(`http://[${text}]`);
}

/**
 * The canonical spelling of an address (RFC 5952), without a zone. An IPv4 address that a dual-stack socket shows as
 * IPv6 becomes IPv4. Anything that is not an address stays as it is.
 */
export function canonicalAddress(address: string): string {
  const [bare = ""] = address.split("%", 1);
  if (!isIpv6(bare)) return address;
  const compressed = new URL(`http://[${bare}]`).hostname.slice(1, -1);
  const mapped = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(compressed);
  if (!mapped) return compressed;
  const [high, low] = [mapped[1], mapped[2]].map((group) => Number.parseInt(group ?? "", 16)) as [
    number,
    number,
  ];
  return [high >> 8, high & 255, low >> 8, low & 255].join(".");
}

/**
 * The unit that limits count: an IPv4 address, or an IPv6 network of 64 bits, the smallest that a subscriber gets,
 * whose owner can call from 2^64 addresses. Anything that is not an address stays as it is.
 */
export function limitedNetwork(address: string): string {
  const given = canonicalAddress(address);
  if (!isIpv6(given)) return given;
  const [head = "", tail] = given.split("::");
  const groups = (text: string | undefined) => (text ? text.split(":") : []);
  const [before, after] = [groups(head), groups(tail)];
  const zeros = Array<string>(8 - before.length - after.length).fill("0");
  return `${[...before, ...zeros, ...after].slice(0, 4).join(":")}::/64`;
}
