import { expect, test } from "bun:test";
import { z } from "zod";
import { jobFor, jobName, taskJob } from "../../worker/queues/job.ts";

const id = "0199c6a0-5b7e-7c31-9d54-6a1f0c2b3d4e";
const now = new Date(0);

/** What workers have accepted since the first version. It is never changed: such workers may still be running. */
const firstWorker = { name: "deliver", data: z.looseObject({ id: z.uuid() }) };

/** Messages as earlier versions sent them, and as a later one might: with fields that this one does not know. */
const messages = [
  { name: "deliver", data: { id } },
  { name: "deliver", data: { id, priority: 3, trace: { parent: "00-4bf9" } } },
];

test("this worker understands every message that was ever sent, and later ones with more in them", () => {
  for (const { name, data } of messages) {
    expect(name).toBe(jobName);
    expect(taskJob.parse(data).id).toBe(id);
  }
});

test("the first worker understands what is sent now", () => {
  const job = jobFor({ id, attempts: 0, attemptAt: new Date(5_000) }, now);
  expect(job.name).toBe(firstWorker.name);
  expect(firstWorker.data.parse(JSON.parse(JSON.stringify(job.data)))).toEqual({ id });
  expect([job.opts.jobId, job.opts.delay]).toEqual([`${id}_0`, 5_000]);
});

test("a message without its id is refused at both ends", () => {
  expect(() => jobFor({ id: "", attempts: 0, attemptAt: now }, now)).toThrow();
  expect(taskJob.safeParse({}).success).toBe(false);
});

test("a second telling of the same attempt is another job, because a queue ignores an id that it has kept", () => {
  const told = { id, attempts: 2, attemptAt: now };
  const ids = [jobFor(told, now), jobFor(told, now), jobFor(told, now, 7)].map(({ opts }) => opts.jobId);
  expect(ids).toEqual([`${id}_2`, `${id}_2`, `${id}_2_7`]);
});
