import { acknowledgements } from "./acknowledgements.ts";
import { answers } from "./answers.ts";
import { capacity } from "./capacity.ts";
import { listening } from "./listening.ts";
import { reminders } from "./reminders.ts";
import { replays } from "./replays.ts";

export const corruptions = [
  ...acknowledgements,
  ...replays,
  ...capacity,
  ...listening,
  ...answers,
  ...reminders,
];
