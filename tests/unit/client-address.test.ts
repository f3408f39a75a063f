import { expect, test } from "bun:test";
import { clientOf, isPrivateAddress, networks } from "../../src/client-address.ts";

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
  for (const bad of ["proxy.example", "10.0.0.0/33", "10.0.0.0/8/8", "10.0.0"]) {
    expect(() => networks([bad])).toThrow();
  }
});
