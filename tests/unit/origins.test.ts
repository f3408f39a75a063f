import { expect, test } from "bun:test";
import { judgeOrigins } from "../../src/process/origins.ts";

const listed = ["https://app.example.com"];
const silent = { warn: () => {} };

function standingOf(origin: string, production: boolean, host = "booking.example.com") {
  return judgeOrigins({ listed, production, log: silent })(new Headers({ Origin: origin, Host: host }));
}

test("a request without an Origin comes from no page", () => {
  const judge = judgeOrigins({ listed, production: true, log: silent });
  expect(judge(new Headers({ Host: "booking.example.com" }))).toBe("none");
});

test("pages on localhost are listed outside production, on any port", () => {
  const local = ["localhost", "app.localhost", "a.b.localhost", "127.0.0.1", "[::1]"];
  for (const name of local) {
    for (const origin of [`http://${name}`, `https://${name}`, `http://${name}:5173`]) {
      expect([origin, standingOf(origin, false)]).toEqual([origin, "listed"]);
      expect([origin, standingOf(origin, true)]).toEqual([origin, "foreign"]);
    }
  }
});

test("what only looks like localhost, or like an origin, is foreign", () => {
  const names = ["localhost.evil.example", "notlocalhost", "127.0.0.1.evil.example", "127.0.0.2", "[::2]"];
  const forms = [
    "null",
    "",
    "file://",
    "file://localhost",
    "ftp://localhost",
    "chrome-extension://localhost",
  ];
  const more = ["http://localhost/", "http://localhost@evil.example", "http://evil.example#localhost"];
  const lists = ["http://localhost, https://evil.example", "https://app.example.com:444"];
  for (const origin of [...names.map((name) => `http://${name}`), ...forms, ...more, ...lists]) {
    expect([origin, standingOf(origin, false)]).toEqual([origin, "foreign"]);
  }
});

test("the same host is the same origin, however it is written", () => {
  for (const host of ["booking.example.com", "BOOKING.example.com", "booking.example.com:443"]) {
    expect([host, standingOf("https://booking.example.com", true, host)]).toEqual([host, "same"]);
  }
  for (const host of ["booking.example.com:8443", "evil.example", "", "booking.example.com@evil.example"]) {
    expect([host, standingOf("https://booking.example.com", true, host)]).toEqual([host, "foreign"]);
  }
});

test("a refusal is logged with the setting, at most once a minute, and cut to 200 characters", () => {
  const origins: string[] = [];
  const log = {
    warn: (fields: object) => {
      const { origin, setting } = fields as { origin: string; setting: string };
      expect(setting).toBe("CORS_ORIGINS");
      origins.push(origin);
    },
  };
  let now = 0;
  const judge = judgeOrigins({ listed, production: true, log, nowMs: () => now });
  const ask = (origin: string) => judge(new Headers({ Origin: origin, Host: "booking.example.com" }));
  const long = `https://${"a".repeat(1_000)}.example`;
  ask("https://booking.example.com");
  ask("https://app.example.com");
  expect(origins).toEqual([]);
  ask(long);
  ask("https://evil.example");
  now = 59_999;
  ask("https://evil.example");
  expect(origins).toEqual([long.slice(0, 200)]);
  now = 60_000;
  ask("https://evil.example");
  expect(origins).toEqual([long.slice(0, 200), "https://evil.example"]);
});
