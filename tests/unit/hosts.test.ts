import { expect, test } from "bun:test";
import { isHostPattern, knownAs } from "../../src/edge/hosts.ts";

const patterns = ["booking.example.com", "[::1]", "*.tenants.example.com"];

test.each([
  ["booking.example.com", "exact"],
  ["[::1]", "exact"],
  ["one.tenants.example.com", "under"],
  ["a.b.tenants.example.com", "under"],
  ["tenants.example.com", "unknown"],
  ["eviltenants.example.com", "unknown"],
  ["evil.example", "unknown"],
  // What BOOKING_HOSTS says is no name.
  ["*.tenants.example.com", "unknown"],
  ["x.*.tenants.example.com", "unknown"],
  ["booking.example.com.", "unknown"],
  ["", "unknown"],
])("a host name %s is %s", (host, known) => {
  expect(knownAs(host, patterns)).toBe(known as "exact");
});

test("a pattern is a host name, or everything under one", () => {
  for (const good of patterns) expect(isHostPattern(good)).toBe(true);
  const bad = [
    "https://booking.example.com",
    "booking.example.com:443",
    "*",
    "*.",
    "a*.example.com",
    "*.[::1]",
    "a b",
    "xn--a.example.com",
  ];
  for (const each of bad) expect(isHostPattern(each)).toBe(false);
});
