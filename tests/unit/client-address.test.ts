import { expect, test } from "bun:test";
import { limitedNetwork } from "../../src/lib/ip-address.ts";
import { clientOf, isPrivateAddress, networks } from "../../src/process/client-address.ts";

const proxies = networks(["10.0.0.0/8", "192.0.2.7", "2001:db8::/32"]);
const from = (peer: string, headers: Record<string, string>) => clientOf(new Headers(headers), peer, proxies);

test("what a client says of itself does not count", () => {
  expect(from("203.0.113.9", { "X-Forwarded-For": "127.0.0.1", "X-Forwarded-Proto": "https" })).toEqual({
    ip: "203.0.113.9",
    https: false,
    hidden: true,
  });
  expect(from("203.0.113.9", {})).toEqual({ ip: "203.0.113.9", https: false, hidden: false });
});

test("of a chain the last address counts that is no trusted proxy's", () => {
  const ip = (forwarded: string) => from("10.1.2.3", { "X-Forwarded-For": forwarded }).ip;
  expect(ip("203.0.113.9")).toBe("203.0.113.9");
  expect(ip("127.0.0.1, 203.0.113.9")).toBe("203.0.113.9");
  expect(ip("127.0.0.1, 203.0.113.9, 192.0.2.7, 10.9.9.9")).toBe("203.0.113.9");
  expect(ip("::ffff:203.0.113.9")).toBe("203.0.113.9");
  expect(ip("2001:db8::1, 2001:4860::1")).toBe("2001:4860::1");
  for (const nonsense of ["", "unknown", "203.0.113.9, evil", "10.0.0.1"])
    expect(ip(nonsense)).toBe("10.1.2.3");
});

test("a trusted proxy says whether the client's connection is encrypted", () => {
  const https = (proto: string) => from("::ffff:10.1.2.3", { "X-Forwarded-Proto": proto }).https;
  expect([https("https"), https("HTTPS"), https("http"), https("")]).toEqual([true, true, false, false]);
});

test("private addresses are those that the internet does not reach", () => {
  for (const own of ["127.0.0.1", "::1", "::ffff:10.1.2.3", "172.31.0.1", "fd00::1"]) {
    expect(isPrivateAddress(own)).toBe(true);
  }
  for (const other of ["8.8.8.8", "172.32.0.1", "2001:4860::1", "unknown", ""]) {
    expect(isPrivateAddress(other)).toBe(false);
  }
});

test("what is no address and no network is refused", () => {
  const lengths = ["/", "/33", "/8/8", "/-1", "/8.5", "/0x8", "/1e1", "/ 8", "/+8", "/٨"];
  for (const bad of [
    "proxy.example",
    "10.0.0",
    "010.0.0.1",
    ...lengths.map((length) => `10.0.0.0${length}`),
  ]) {
    expect(() => networks([bad])).toThrow();
  }
  for (const bad of ["::/129", "::ffff:10.0.0.0/95", "::ffff:10.0.0.0/129", "fe80::1%eth0", "[::1]"]) {
    expect(() => networks([bad])).toThrow();
  }
});

test("a network is the same in every spelling of it", () => {
  const mapped = networks(["::ffff:10.0.0.0/104", "::FFFF:c000:207", "2001:0DB8:0:0::/64"]);
  for (const inside of ["10.1.2.3", "::ffff:10.1.2.3", "::ffff:a01:203", "192.0.2.7", "2001:db8::1%en0"]) {
    expect([inside, mapped.contains(inside)]).toEqual([inside, true]);
  }
  for (const outside of ["11.0.0.1", "::ffff:b00:1", "192.0.2.8", "2001:db8:0:1::1", "::a01:203"]) {
    expect([outside, mapped.contains(outside)]).toEqual([outside, false]);
  }
});

test("limits count an IPv4 address, and of IPv6 the network of 64 bits, in every spelling", () => {
  const same = (addresses: string[]) => new Set(addresses.map(limitedNetwork));
  const [one, other] = ["2001:db8:1:2::/64", "2001:db8:1:3::/64"];
  const spellings = ["2001:db8:1:2::1", "2001:DB8:1:2:FFFF:ffff:ffff:ffff", "2001:0db8:0001:0002:0:0:0:9"];
  expect(same([...spellings, "2001:db8:1:2::1%eth0", "2001:db8:1:2:3:4:1.2.3.4"])).toEqual(new Set([one]));
  expect(limitedNetwork("2001:db8:1:3::1")).toBe(other);
  expect(same(["::1", "0:0:0:0:0:0:0:1", "::"])).toEqual(new Set(["0:0:0:0::/64"]));
  expect(same(["1::", "1:0:0:0:ff::"])).toEqual(new Set(["1:0:0:0::/64"]));
  expect(
    same(["203.0.113.9", "::ffff:203.0.113.9", "::FFFF:CB00:7109", "0:0:0:0:0:ffff:203.0.113.9"]),
  ).toEqual(new Set(["203.0.113.9"]));
  expect(same(["203.0.113.9", "203.0.113.10"]).size).toBe(2);
  expect(limitedNetwork("unknown")).toBe("unknown");
});
