import { expect, test } from "bun:test";
import { Glob } from "bun";
import { type Actor, type Scope, scopes } from "../../src/domain/actor.ts";
import { type Operation, permissionOf, permissions } from "../../src/domain/permissions.ts";
import { Refusal } from "../../src/domain/refusal.ts";

const user: Actor = { organizationId: "o", userId: "u", role: "user", sessionId: "s" };
const keyWith = (has: readonly Scope[]): Actor => ({ ...user, role: "admin", scopes: [...has] });

type Called = (context: object, actor: Actor, ...input: object[]) => Promise<unknown>;

/** Whatever an operation touches before it has authorized its caller is a fault of its own. */
const untouchable = new Proxy(
  {},
  {
    get: (_, name) => {
      throw new Error(`touched ${String(name)} before it authorized the caller`);
    },
  },
);

/** Every operation that acts for somebody, by the names that it authorizes. */
async function allOperations(): Promise<{ operation: Operation; call: Called }[]> {
  const files = [...new Glob("*/*.ts").scanSync("src/operations")];
  const modules = await Promise.all(files.map((file) => import(`../../src/operations/${file}`)));
  const functions = modules.flatMap((module) => Object.values(module as Record<string, unknown>));
  return functions.flatMap((exported) => {
    if (typeof exported !== "function") return [];
    const first = /authorize\(actor, ([^;]*)\);/.exec(exported.toString())?.[1] ?? "";
    const names = [...first.matchAll(/"(\w+)"/g)].map(([, name]) => name as Operation);
    return names.map((operation) => ({ operation, call: exported as Called }));
  });
}

async function outcomeOf(call: Called, actor: Actor): Promise<string> {
  try {
    await call(untouchable, actor, {}, {}, {});
    return "done";
  } catch (error) {
    return error instanceof Refusal ? error.code : "admitted";
  }
}

const all = await allOperations();

test("the list of permissions and the operations name one another", () => {
  const wanted = Object.keys(permissions).filter(
    (name) => permissionOf(name as Operation).access !== "public",
  );
  const withoutOwn = ["getMe", "deleteBooking"];
  expect([...new Set(all.map(({ operation }) => operation))].sort() as string[]).toEqual(
    wanted.filter((name) => !withoutOwn.includes(name)).sort(),
  );
});

for (const { operation, call } of all) {
  const { access, scope } = permissionOf(operation);
  test(`${operation}, called directly, refuses whom its permission refuses`, async () => {
    // One operation with two names: which one applies depends on whom it is about.
    if (operation !== "eraseMe")
      expect(await outcomeOf(call, user)).toBe(access === "admin" ? "forbidden" : "admitted");
    const others = scopes.filter((each) => each !== scope);
    expect(await outcomeOf(call, keyWith(others))).toBe("forbidden");
    expect(await outcomeOf(call, keyWith(scopes))).toBe(scope ? "admitted" : "forbidden");
  });
}
