import type { BookingFields } from "./bookings/booking.ts";
import type { ResourceFields } from "./resources/resource.ts";

/** The organization of demo data: its slug, and the domain of its people's addresses, which receives no mail. */
export const demoOrganization = "demo";
export const demoMailDomain = "demo.localhost";

const dayMs = 24 * 60 * 60 * 1000;
const slotsPerDay = 8;
const firstHour = 9;
const bookingsPerResource = 1_000;

const names = [
  "Ada Okafor",
  "Ben Lindqvist",
  "Chiara Romano",
  "Dmitri Sokolov",
  "Emi Tanaka",
  "Farid Haddad",
];
const kinds = [
  { name: "Meeting room", capacity: 1, timezone: "Europe/Berlin" },
  { name: "Desk cluster", capacity: 6, timezone: "Europe/Berlin" },
  { name: "Consultant", capacity: 1, timezone: "America/New_York" },
  { name: "Projector", capacity: 2, timezone: "Asia/Tokyo" },
];
const titles = [
  "Design review",
  "Interview",
  "Workshop",
  "Weekly sync",
  "Client visit",
  "Focus time",
  "Training",
];
const minutes = [60, 30, 45, 60];

/** How much there is of everything, for so many bookings. */
export function demoSizes(bookings: number): { people: number; resources: number } {
  return {
    people: Math.max(names.length, Math.ceil(bookings / bookingsPerResource)),
    resources: Math.max(2 * kinds.length, Math.ceil(bookings / bookingsPerResource)),
  };
}

export function demoPerson(index: number): { name: string; email: string } {
  const name = names[index % names.length] ?? "";
  const round = Math.floor(index / names.length);
  const first = name.split(" ", 1)[0]?.toLowerCase();
  const number = round === 0 ? "" : `-${round + 1}`;
  return { name: `${name}${number}`, email: `${first}${number}@${demoMailDomain}` };
}

export function demoResource(index: number): ResourceFields {
  const { name, capacity, timezone } = pick(kinds, index);
  const number = Math.floor(index / kinds.length) + 1;
  return {
    name: `${name} ${number}`,
    description: null,
    timezone,
    capacity,
    metadata: { floor: number % 5 },
  };
}

type DemoBooking = { resource: number; owner: number; cancelled: boolean; fields: BookingFields };

/**
 * The booking of this index: the same for the same sizes and day. Those of a resource lie on different hours of
 * working days' worth, a third of them before `today` (midnight, UTC).
 */
export function demoBooking(index: number, bookings: number, today: Date): DemoBooking {
  const { people, resources } = demoSizes(bookings);
  const resource = index % resources;
  const perResource = Math.ceil(bookings / resources);
  const days = Math.max(21, Math.ceil(perResource / slotsPerDay));
  const slot = Math.floor((Math.floor(index / resources) * days * slotsPerDay) / perResource);
  const day = Math.floor(slot / slotsPerDay) - Math.floor(days / 3);
  const startTime = new Date(today.getTime() + day * dayMs + (firstHour + (slot % slotsPerDay)) * 3_600_000);
  return {
    resource,
    // Seven steps on each time, so that a person's bookings are not all on one resource.
    owner: (index * 7 + resource) % people,
    cancelled: index % 15 === 14,
    fields: {
      title: pick(titles, index + Math.floor(index / titles.length)),
      description: null,
      location: null,
      startTime,
      endTime: new Date(startTime.getTime() + pick(minutes, index) * 60_000),
      quantity: 1,
      attendees: [],
      metadata: { demo: true },
      reminders: [{ minutesBefore: 10, channel: "websocket" }],
    },
  };
}

function pick<T>(from: readonly T[], index: number): T {
  return from[index % from.length] as T;
}
