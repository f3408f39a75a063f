import { describe, expect, spyOn, test } from "bun:test";
import fc from "fast-check";
import { isEmail } from "../../src/domain/people/email.ts";
import { newPasswordFault, preparePassword } from "../../src/domain/people/password.ts";
import { readInstant } from "../../src/http/kit/instant.ts";
import { ifMatch } from "../../src/http/kit/version-headers.ts";
import { isOneLine, isVisible } from "../../src/http/kit/visible-text.ts";
import { hasGoodHost } from "../../src/http/middleware/host.ts";
import { readConfig } from "../../src/process/config.ts";
import { bunHasher } from "../../src/security/argon2.ts";
import { boundedPasswords } from "../../src/security/passwords.ts";

describe("an instant", () => {
  test.each([
    ["2027-03-01T10:00:00Z", "2027-03-01T10:00:00.000Z"],
    ["2027-03-01t10:00:00z", "2027-03-01T10:00:00.000Z"],
    ["2027-03-01T10:00:00+00:00", "2027-03-01T10:00:00.000Z"],
    ["2027-03-01T10:00:00-00:00", "2027-03-01T10:00:00.000Z"],
    ["2027-03-01T10:00:00.5+01:00", "2027-03-01T09:00:00.500Z"],
    ["2027-03-01T10:00:00.123999999999999999999Z", "2027-03-01T10:00:00.123Z"],
    ["2016-12-31T23:59:60Z", "2017-01-01T00:00:00.000Z"],
    ["2016-12-31T23:59:60.25Z", "2017-01-01T00:00:00.250Z"],
    ["2016-12-31T18:59:60-05:00", "2017-01-01T00:00:00.000Z"],
    ["2017-01-01T05:29:60+05:30", "2017-01-01T00:00:00.000Z"],
    ["2024-02-29T00:00:00Z", "2024-02-29T00:00:00.000Z"],
    ["0099-01-01T00:00:00Z", "0099-01-01T00:00:00.000Z"],
  ])("%s is %s", (text, instant) => {
    expect((readInstant(text) as Date).toISOString()).toBe(instant);
  });

  test.each([
    ["2027-03-01T24:00:00Z", "00:00:00 of the next day"],
    ["2027-03-01T10:59:60Z", "leap second"],
    ["2027-03-01T23:59:60+01:00", "leap second"],
    ["2027-03-01T23:59:61Z", "time of day"],
    ["2027-03-01T25:00:00Z", "time of day"],
    ["2027-03-01T10:60:00Z", "time of day"],
    ["2027-03-01T10:00:00+24:00", "time of day"],
    ["2027-02-29T10:00:00Z", "no such day"],
    ["2100-02-29T10:00:00Z", "no such day"],
    ["2027-13-01T10:00:00Z", "no such day"],
    ["2027-00-01T10:00:00Z", "no such day"],
    ["2027-03-01T10:00:00", "the offset is missing"],
    ["2027-03-01 10:00:00Z", "RFC 3339"],
    ["2027-03-01T10:00Z", "RFC 3339"],
    ["2027-03-01T10:00:00.Z", "RFC 3339"],
    ["2027-03-01T10:00:00+0100", "RFC 3339"],
    ["+002027-03-01T10:00:00Z", "RFC 3339"],
    ["2027-03-01T10:00:00Z\n", "RFC 3339"],
  ])("%j is refused", (text, why) => {
    expect(readInstant(text)).toContain(why);
  });

  test("is what Date makes of it, for every time and offset", () => {
    const offset = fc
      .tuple(fc.constantFrom("+", "-"), fc.integer({ min: 0, max: 23 }), fc.integer({ min: 0, max: 59 }))
      .map(
        ([sign, hours, minutes]) =>
          `${sign}${String(hours).padStart(2, "0")}:${String(minutes).padStart(2, "0")}`,
      );
    const range = { min: new Date("1900-01-01"), max: new Date("9000-01-01"), noInvalidDate: true };
    fc.assert(
      fc.property(fc.date(range), fc.oneof(offset, fc.constant("Z")), (date, zone) => {
        const text = date.toISOString().replace("Z", zone);
        expect(readInstant(text)).toEqual(new Date(text));
      }),
    );
  });
});

describe("an email address", () => {
  const local = "a".repeat(64);
  test.each([
    "ada@example.com",
    "ivan@xn--e1afmkfd.xn--p1ai",
    "x=y@example.com",
    "a&b@example.com",
    "o'brien+tag@sub.example.museum",
    "!#$%&'*+-/=?^_`{|}~@example.com",
    `${local}@example.com`,
    `a@${"d".repeat(63)}.com`,
  ])("%s is one", (text) => expect(isEmail(text)).toBe(true));

  test.each([
    "ada",
    "@example.com",
    "ada@",
    "x=y@",
    "a&b@",
    "ada@example",
    "ada@@example.com",
    ".ada@example.com",
    "ada.@example.com",
    "a..b@example.com",
    "a b@example.com",
    "a,b@example.com",
    "<ada@example.com>",
    "ada@-example.com",
    "ada@example-.com",
    "ada@exa_mple.com",
    "ada@127.0.0.1",
    "ada@[127.0.0.1]",
    "ada@example.com\n",
    "ädä@example.com",
    `${local}a@example.com`,
    `a@${"d".repeat(64)}.com`,
    `a@${"d.".repeat(125)}com`,
  ])("%j is none", (text) => expect(isEmail(text)).toBe(false));

  test("is the same for the configuration", () => {
    expect(readConfig({ ADMIN_EMAIL: "A&B@Example.com" }).admin.email).toBe("a&b@example.com");
    const smtp = { SMTP_URL: "smtp://localhost:25" };
    const from = (MAIL_FROM: string) => readConfig({ ...smtp, MAIL_FROM }).smtp?.from;
    expect(from("Booking <x=y@xn--e1afmkfd.xn--p1ai>")).toBe("Booking <x=y@xn--e1afmkfd.xn--p1ai>");
    for (const MAIL_FROM of [`${local}a@example.com`, `Booking <${local}a@example.com>`, "Booking <ada@>"])
      expect(() => from(MAIL_FROM)).toThrow("MAIL_FROM");
    expect(() => readConfig({ ADMIN_EMAIL: `${local}a@example.com` })).toThrow("ADMIN_EMAIL");
  });
});

describe("text", () => {
  const blanks = [
    "\u200b",
    "\u2060",
    "\u3164",
    "\u2800",
    "\u00ad",
    "\u180e",
    "\u115f",
    "\u1160",
    "\uffa0",
    "\ufe0f",
    "\u034f",
    "\u2065",
    "\ufeff",
    "\u061c",
    "\u3000",
    "\u00a0",
    "\u202e",
    "\u{e0041}",
    "\u{1d159}",
    "\u{1d173}",
    "\ufff9",
    " ",
  ];

  test("is blank when nothing in it is visible, and only then", () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...blanks), { maxLength: 5 }), (parts) => {
        expect(isVisible(parts.join(""))).toBe(false);
        expect(isVisible(`${parts.join("")}é${parts.join("")}`)).toBe(true);
      }),
    );
    for (const text of ["👩‍👩‍👧", "ا", "한", "-", "€", "नि"]) expect(isVisible(text)).toBe(true);
  });

  test("is one line without any of the characters that end one", () => {
    for (const end of ["\n", "\r", "\t", "\u0085", "\u2028", "\u2029"])
      expect(isOneLine(`a${end}b`)).toBe(false);
    expect(isOneLine("a b\u00a0c")).toBe(true);
  });
});

describe("a password", () => {
  const [composed, decomposed] = ["pässwörd-é", "pässwörd-é".normalize("NFD")];

  test("is the same however its letters were composed, whichever way it was hashed", async () => {
    const passwords = boundedPasswords(bunHasher);
    const cost = { algorithm: "argon2id", memoryCost: 8, timeCost: 1 } as const;
    const older = (spelling: string) => Bun.password.hash(spelling, cost);
    for (const hash of [await passwords.hash(composed), await older(composed), await older(decomposed)]) {
      for (const typed of [composed, decomposed]) expect(await passwords.verify(typed, hash)).toBe(true);
      for (const typed of ["password-e", composed.toUpperCase(), ` ${composed}`])
        expect(await passwords.verify(typed, hash)).toBe(false);
    }
    expect(await passwords.verify("a b c d e", await passwords.hash("a\u00a0b\u3000c d e"))).toBe(true);
    expect(await passwords.verify("a\u00a0b\u3000c", await older("a\u00a0b\u3000c"))).toBe(true);
  }, 60_000);

  test("costs the same work whether it is right, wrong or nobody's", async () => {
    const passwords = boundedPasswords(bunHasher);
    const hash = await passwords.hash(composed);
    const verify = spyOn(Bun.password, "verify");
    try {
      const work = async (typed: string, known: string | null) => {
        verify.mockClear();
        await passwords.verify(typed, known);
        return verify.mock.calls.length;
      };
      const outcomes = [
        await work(composed, hash),
        await work(composed, null),
        await work(`${composed}x`, hash),
      ];
      expect(outcomes).toEqual([2, 2, 2]);
      expect([await work("password123", hash), await work("password123", null)]).toEqual([1, 1]);
    } finally {
      verify.mockRestore();
    }
  }, 60_000);

  test("is measured in the form that is hashed", () => {
    expect(newPasswordFault("é".repeat(128).normalize("NFD"))).toBeNull();
    expect(newPasswordFault("é".repeat(129).normalize("NFD"))).toContain("256 bytes");
    expect(newPasswordFault("é".repeat(4).normalize("NFD"))).toContain("8 characters");
    expect(newPasswordFault("é".repeat(8).normalize("NFD"))).toBeNull();
    expect(preparePassword("é".normalize("NFD"))).toBe("é");
  });
});

describe("If-Match", () => {
  const accepts = (header: string) => ifMatch(header)?.(1);
  test.each([
    ['"1"', true],
    ['"2", "1"', true],
    [' ,, "1" , ', true],
    ["*", true],
    [" * ", true],
    ['"2"', false],
    ['"a,*,b"', false],
    ['"*"', false],
    ['W/"1", "1"', true],
    ['"1,2"', false],
    ['"01"', false],
    ['""', false],
  ])("%s matches version 1: %p", (header, matches) => expect(accepts(header)).toBe(matches));

  test("a weak ETag never matches, and the answer says what to send", () => {
    expect(() => accepts('W/"1"')).toThrow('Send "1" instead of W/"1".');
  });

  test.each(["1", "1, 2", "", ",", '*, "1"', '"1', '1"', '"1" "2"', 'w/"1"', "'1'", '"a"b"'])(
    "%j is refused",
    (header) => {
      expect(() => accepts(header)).toThrow("If-Match");
    },
  );

  test("without quotes says that they are missing", () => {
    expect(() => accepts("1")).toThrow("The quotes are missing");
  });
});

describe("a Host header", () => {
  const given = (host: string) => hasGoodHost(new Headers({ Host: host }));
  test.each(["a", "example.com", "EXAMPLE.com:5000", "[::1]:80", "127.0.0.1", "a_b", "", "a:", "xn--p1ai"])(
    "may be %j",
    (host) => expect(given(host)).toBe(true),
  );
  test.each([
    "a b",
    "a, b",
    "a/b",
    "a?b",
    "a#b",
    "u@h",
    "a:b",
    "a:1:2",
    "[::1",
    "a\\b",
    "a%zz",
    "a:123456",
    "\u00e9",
  ])("may not be %j", (host) => expect(given(host)).toBe(false));
});
