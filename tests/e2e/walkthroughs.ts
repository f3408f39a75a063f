import { expect, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { signUp } from "../support/client.ts";
import { inEmptyFolder } from "../support/folder.ts";
import { runHttpFile } from "../support/run-http-file.ts";
import { run } from "../support/server.ts";
import { TestSocket } from "../support/socket.ts";
import { takeTour } from "./tour.ts";

const root = join(import.meta.dir, "../..");
export const admin = { ADMIN_EMAIL: "admin@booking.localhost", ADMIN_PASSWORD: "password123" };

/** The service, however it is put together. Its first admin is `admin`. */
export type Running = { url: string; stop(): Promise<void> };

/** The shell blocks of a page, in order, as one script that shows each answer's status and body. */
function scriptOf(page: string, url: string): string {
  const blocks = [...readFileSync(join(root, page), "utf8").matchAll(/^```sh\n([\s\S]*?)^```/gm)].map(
    (match) => match[1] ?? "",
  );
  return blocks.join("\n").replaceAll("http://localhost:5000", url);
}

/** Statuses of the refusals that a page shows on purpose. */
function refusals(output: string): number[] {
  return [...output.matchAll(/"status":(\d{3})/g)].map((match) => Number(match[1]));
}

function runScript(script: string): Promise<{ code: number; output: string }> {
  return inEmptyFolder(async (cwd) => {
    writeFileSync(join(cwd, "script.sh"), script);
    return run(["script.sh"], { command: ["bash"], cwd, env: admin });
  });
}

async function followGuide(url: string): Promise<void> {
  const { code, output } = await runScript(`set -eu\n${scriptOf("docs/guide.md", url)}`);
  expect(refusals(output)).toEqual([412, 409]);
  expect([...output.matchAll(/"title":"Interview"/g)]).toHaveLength(4);
  for (const shown of ["Just right", "booking.rescheduled", '"totalPages":', '"quantity":3', "Check-up"])
    expect(output).toContain(shown);
  for (const shown of ['"expiresIn":900', '"timezone":"America/New_York"']) expect(output).toContain(shown);
  expect(code).toBe(0);
}

/** Runs every line of SECURITY.md: the comment on each is the status of its answer. */
async function attack(url: string): Promise<void> {
  const script = scriptOf("SECURITY.md", url);
  const { code, output } = await runScript(`set -u\n${script}`);
  const expected = [...script.matchAll(/# (\d{3})$/gm)].map((match) => match[1]);
  expect([code, output.trim().split("\n")]).toEqual([0, expected as string[]]);
  expect(expected.length).toBeGreaterThan(20);
}

/** What somebody does on the first day, line by line as the pages say it. */
export function walkthroughs(start: (env?: Record<string, string>) => Promise<Running>): void {
  const walk = (title: string, work: (url: string) => Promise<void>, env?: Record<string, string>) =>
    test(title, async () => {
      const running = await start(env);
      await work(running.url).finally(() => running.stop());
    }, 240_000);

  walk("the tour answers as it says", takeTour);

  walk("the README's tour works as it stands", async (url) => {
    const script = scriptOf("README.md", url);
    const tour = script.slice(script.indexOf("curl "), script.indexOf("createdb"));
    const { code, output } = await runScript(`set -eu\n${tour}`);
    expect([code, refusals(output)]).toEqual([0, []]);
    expect(output).toContain('"title":"Design review"');
  });

  walk(
    "the guide, the tour for editors and the attacks of SECURITY.md do what they say, and do it again",
    async (url) => {
      for (const accountStatus of [201, 409]) {
        await followGuide(url);
        const answers = await runHttpFile(join(root, "docs/tour.http"), { url });
        expect(answers.map(({ status }) => status)).toEqual([
          200,
          accountStatus,
          200,
          200,
          201,
          409,
          200,
          200,
          200,
          200,
        ]);
        await attack(url);
      }
    },
    { RATE_LIMIT_SCALE: "1" },
  );

  walk("the example of the TypeScript client books, is refused, and takes the alternative", async (url) => {
    const env = {
      BOOKING_URL: url,
      BOOKING_EMAIL: admin.ADMIN_EMAIL,
      BOOKING_PASSWORD: admin.ADMIN_PASSWORD,
    };
    const example = join(root, "clients/typescript/example.ts");
    const { code, output } = await run([], { command: [process.execPath, example], env });
    expect(output.trim().split("\n")).toEqual([
      "booked 2099-03-01T10:00:00.000Z",
      "slot_taken: The resource is taken for all or part of this time.",
      "booked 2099-03-01T11:00:00.000Z instead",
    ]);
    expect(code).toBe(0);
  });

  walk("a booking and its reminder are heard on every socket of their owner", async (url) => {
    const { call, token, user } = await signUp(url);
    const sockets = await Promise.all([1, 2, 3, 4].map(() => TestSocket.open(url, { token })));
    for (const socket of sockets) await socket.ask("join-user-room", { userId: user.id }, "joined-room");
    const start = Date.now() + 2_000;
    const { body: booking } = await call("POST", "/api/bookings", {
      title: "Stand-up",
      startTime: new Date(start).toISOString(),
      endTime: new Date(start + 60_000).toISOString(),
      reminders: [{ minutesBefore: 0, channel: "websocket" }],
    });
    for (const socket of sockets) {
      expect((await socket.next("booking.created")).data.booking).toEqual(booking);
      expect((await socket.next("booking.reminder")).data.message).toStartWith("Stand-up starts now, ");
      socket.close();
    }
  });
}
