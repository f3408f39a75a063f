import { describe, expect, test } from "bun:test";
import type { Booking } from "../../src/domain/bookings/booking.ts";
import type { Link } from "../../src/domain/people/link.ts";
import type { User } from "../../src/domain/people/user.ts";
import { accountMail } from "../../src/mail/account-mail.ts";
import { inertText } from "../../src/mail/inert-text.ts";
import { reminderMail } from "../../src/mail/reminder-mail.ts";
import type { OutgoingMail } from "../../src/ports/mailer.ts";

const hostile = [
  "https://evil.example/login",
  "HTTP:\\\\evil.example",
  "www.evil.example",
  "evil.example/path",
  "evil。example",
  "evil．example",
  "ev\u200bil\u2060.example",
  "\u202ehttps://evil.example",
  "💣.example",
  "пример.рф",
  "http://192.0.2.7/x",
  "192.0.2.7",
  "call@evil.example",
  "mailto:call@evil.example",
  "tel:+4912345",
  '<a href="https://evil.example">Sign in</a>',
  "Line\r\nBcc: victim@evil.example",
  `Your account is locked. ${"Call us now. ".repeat(30)}`,
];

/** What mail programs make links of: schemes, hosts, addresses, numeric hosts. */
const linkable = /:[/\\]|(mailto|tel):|[^\s[]@[^\s\]]|\S[.。．｡․][\p{L}_-]|\d\.\d+\.\d+\.\d/iu;

const user = { id: "u", name: "", email: "victim@example.com" } as User;
const start = new Date("2027-03-01T10:00:00Z");

function reminder(words: Partial<Pick<Booking, "title" | "location" | "description">>): OutgoingMail {
  const booking = { id: "b", version: 1, title: "Review", location: null, description: null, ...words };
  return reminderMail({
    reminder: { id: "r", minutesBefore: 10 } as never,
    booking: { ...booking, startTime: start, endTime: start } as Booking,
    timezone: "UTC",
    recipient: { ...user, name: hostile[0] ?? "" },
    minutesLeft: 10,
    message: `${booking.title} starts.`,
  });
}

/** A mail without what is ours and is a link or looks like one. */
const words = ({ subject, text, html, calendar = "" }: OutgoingMail) => {
  const visible = html.replace(/<head>.*<\/head>/s, "").replace(/<[^>]*>/g, " ");
  const summary = calendar.match(/^(SUMMARY|LOCATION|DESCRIPTION):.*(\r?\n .*)*/gm) ?? [];
  return [subject, text, visible, summary.join("\n").replace(/\r?\n /g, "")].join("\n");
};

describe("text that somebody else chose", () => {
  test("is no link, in whatever way it is written", () => {
    for (const text of hostile) {
      const inert = inertText(text, 80);
      expect([text, inert.match(linkable)]).toEqual([text, null]);
      expect(Array.from(inert.replaceAll(/\[(.)\]/gu, "$1")).length).toBeLessThanOrEqual(80);
    }
  });

  test("that is harmless stays as it is", () => {
    for (const text of ["Design review, part 2", "Room 1.02", "10.30 to 11.30: Q&A", "Jour fixe – Büro"]) {
      expect(inertText(text, 80)).toBe(text);
    }
  });

  test("is in no part of a mail with a link: neither the name nor anything else", () => {
    for (const purpose of ["verify_email", "reset_password"] as const) {
      const compose = accountMail("https://b.example.org");
      const plain = compose({ id: "m", purpose } as Link, user, "token");
      for (const name of hostile) {
        expect(compose({ id: "m", purpose } as Link, { ...user, name }, "token")).toEqual(plain);
      }
      expect(plain.to).toBe(user.email);
    }
  });

  test("is neither link nor message in a reminder: subject, text, HTML and calendar", () => {
    for (const text of hostile) {
      const mail = reminder({ title: text, location: text, description: text });
      const shown = words(mail);
      expect([text, shown.match(linkable)]).toEqual([text, null]);
      expect(mail.to).toBe(user.email);
      expect(Array.from(mail.subject).length).toBeLessThan(120);
      expect(shown).not.toContain("Call us now. ".repeat(12));
      expect(mail.html).not.toContain("<a ");
    }
  });

  test("is found out where it is let through (mutant)", () => {
    expect(hostile.filter((text) => linkable.test(text)).length).toBeGreaterThan(10);
  });
});

describe("a reminder", () => {
  test("has a line for the location only where there is one", () => {
    const [placed, unplaced] = [reminder({ location: "Room 1" }), reminder({})];
    expect(unplaced.text).toBe(`“Review” starts in 10 minutes, Monday, 1 March 2027 at 10:00 (UTC).


What:  Review
From:  Monday, 1 March 2027 at 10:00 (UTC)
To:    Monday, 1 March 2027 at 10:00 (UTC)

You are receiving this because the booking is yours. Its id is b.
`);
    expect(placed.text.replace("Where: Room 1\n", "")).toBe(unplaced.text);
    expect(placed.html).toMatch(/Where<\/td><td>Room 1<\/td>/);
    expect(unplaced.html).not.toContain("Where");
  });

  test("escapes every value in HTML, and none in text", () => {
    const { text, html } = reminder({ title: "<b>'Q'</b> & \"A\"", location: "<i>1</i>" });
    expect(text).toContain("What:  <b>'Q'</b> & \"A\"\n");
    expect(text).toContain("Where: <i>1</i>\n");
    expect(html.match(/&lt;b&gt;&#39;Q&#39;&lt;\/b&gt; &amp; &quot;A&quot;/g)).toHaveLength(3);
    expect(html).toContain("<td>&lt;i&gt;1&lt;/i&gt;</td>");
    expect(html).not.toMatch(/<[bi]>/);
  });
});
