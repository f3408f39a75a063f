import { z } from "@hono/zod-openapi";
import { body, created, noContent, ok, withLocation } from "../../kit/contract.ts";
import { endpoint } from "../../kit/endpoint.ts";
import { page, searchText } from "../../kit/page-contract.ts";
import { Email, Id, InstantOut, name, text } from "../../kit/schemas.ts";
import { writtenOf, writtenWithout } from "../../kit/written.ts";

export const User = z
  .object({
    id: Id,
    email: z.string().openapi({ example: "ada@example.com" }),
    name: z.string().openapi({ example: "Ada Lovelace" }),
    role: z.enum(["user", "admin"]),
    status: z.enum(["active", "disabled"]),
    emailVerified: z.boolean().openapi({ description: "Mail reminders go only to verified addresses." }),
    calendarId: Id,
    externalId: z.string().nullable().openapi({ description: "This person's id in your own system." }),
    createdAt: InstantOut,
    updatedAt: InstantOut,
  })
  .openapi("User");

const CreateUser = z
  .strictObject({
    email: Email.openapi({ example: "grace@example.com" }),
    name: name(255).openapi({ example: "Grace Hopper" }),
    externalId: text(1, 255).nullable().default(null).openapi({ example: "customer-42" }),
  })
  .openapi("CreateUser", {
    example: { email: "grace@example.com", name: "Grace Hopper", externalId: "customer-42" },
  });

const ChangeUser = z
  .strictObject({ name: name(255), role: z.enum(["user", "admin"]), status: z.enum(["active", "disabled"]) })
  .partial()
  .openapi("ChangeUser", { example: { name: "Grace B. Hopper" } });

const filters = {
  q: searchText("the email or the name", "users"),
  role: z.enum(["user", "admin"]).optional(),
  status: z.enum(["active", "disabled"]).optional(),
};

const tags: [string] = ["Users"];

export const createUser = endpoint({
  method: "post",
  path: "/",
  operationId: "createUser",
  summary: "Create an account for someone who signs in elsewhere",
  description:
    "It has no password. Your backend books for them (`ownerId`) and asks for tokens on their behalf.",
  tags,
  idempotent: true,
  request: body(CreateUser),
  responses: created(User, "Created.", withLocation),
  refusals: ["email_taken"],
});

export const listUsers = endpoint({
  method: "get",
  path: "/",
  operationId: "listUsers",
  summary: "List users",
  tags,
  ...page(User, "Users", "A page, the oldest first.", filters),
});

export const getUser = endpoint({
  method: "get",
  path: "/{id}",
  operationId: "getUser",
  summary: "Read a user",
  tags,
  responses: ok(User, "The user."),
});

export const changeUser = endpoint({
  method: "patch",
  path: "/{id}",
  operationId: "changeUser",
  summary: "Change a user's name, role or status",
  description: `A change of role or status ends their sessions. The last active admin can't lose the role. ${writtenWithout("users:read")}`,
  tags,
  request: body(ChangeUser),
  responses: ok(writtenOf(User, "WrittenUser"), "The user as they are now."),
  refusals: ["last_admin", "invalid_transition"],
});

export const eraseUser = endpoint({
  method: "delete",
  path: "/{id}",
  operationId: "eraseUser",
  summary: "Forget a person",
  description:
    "Cancels upcoming bookings, closes the account, and redacts personal data. What happened, and when, stays. It can't be undone.",
  tags,
  responses: noContent("Closed. The redaction is done shortly."),
  refusals: ["last_admin"],
});

const Anything = z.record(z.string(), z.unknown());

const PersonalData = z
  .object({
    user: User,
    calendar: Anything.nullable(),
    bookings: z.array(Anything),
    sessions: z.array(Anything),
    activity: z.array(Anything),
  })
  .openapi("PersonalData");

export const exportUser = endpoint({
  method: "get",
  path: "/{id}/export",
  operationId: "exportUser",
  summary: "Export everything stored about a person",
  description:
    "For the person and for admins. Other people's data is left out: the attendees of their bookings, and the details of their actions on others.",
  tags,
  responses: ok(
    PersonalData,
    "Their account, calendar, bookings with reminders, sessions, and what they did.",
    { "Content-Disposition": { schema: { type: "string" }, description: "A name for the file." } },
  ),
});

export const Token = z
  .object({ accessToken: z.string(), tokenType: z.literal("Bearer"), expiresIn: z.int() })
  .openapi("AccessToken");

export const createUserToken = endpoint({
  method: "post",
  path: "/{id}/tokens",
  operationId: "createUserToken",
  summary: "Get a short-lived access token on behalf of a user",
  description: "For that person's browser or socket, without a refresh token. Never for an admin.",
  tags,
  responses: created(Token, "A token."),
  refusals: ["invalid_transition"],
});
