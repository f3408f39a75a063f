export const channels = ["websocket", "email"] as const;
export type Channel = (typeof channels)[number];

/** When the owner of a booking is reminded of it, and how. */
export type ReminderRule = { minutesBefore: number; channel: Channel };
