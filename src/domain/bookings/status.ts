/** The states of a booking. */
export const bookingStatuses = ["confirmed", "cancelled"] as const;
export type BookingStatus = (typeof bookingStatuses)[number];

/** Which state may follow which; a state that nothing follows is final. */
export const transitions: Record<BookingStatus, readonly BookingStatus[]> = {
  confirmed: ["cancelled"],
  cancelled: [],
};

/** The states that keep others out. */
const blocking: ReadonlySet<BookingStatus> = new Set(["confirmed"]);

export function isBlocking(status: BookingStatus): boolean {
  return blocking.has(status);
}

export function isFinal(status: BookingStatus): boolean {
  return transitions[status].length === 0;
}

/** The life of a booking as a Mermaid state diagram, for the documentation. */
export function statusDiagram(): string {
  const arrows = bookingStatuses.flatMap((from) => transitions[from].map((to) => `${from} --> ${to}`));
  const ends = bookingStatuses.filter(isFinal).map((status) => `${status} --> [*]`);
  const lines = [`[*] --> ${bookingStatuses[0]}`, ...arrows, ...ends];
  return ["stateDiagram-v2", ...lines.map((line) => `    ${line}`)].join("\n");
}
