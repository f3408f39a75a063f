import type { EngineName } from "../support/databases.ts";
import { administer } from "./admins.ts";
import { act } from "./client.ts";
import { collect, type Evidence } from "./evidence.ts";
import { type Installation, install } from "./installation.ts";
import { listenAs, logStart, poll } from "./listeners.ts";
import { History } from "./record.ts";
import { type Seeded, seeded } from "./seeded.ts";
import { type Stage, setStage } from "./stage.ts";

export type Run = { engine: EngineName; seed: number; operations: number; kills: number };

/** Clients other than the one that administers. */
const clients = 20;

/** Kills something at random, again and again, evenly spread over the operations. */
async function killAmidWork(
  { victims }: Installation,
  { operations, kills }: Run,
  random: Seeded,
  done: () => number,
): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (let n = 1; n <= kills; n++) {
    const due = ((n - random.fraction()) * operations) / (kills + 1);
    while (done() < due) await Bun.sleep(10);
    const victim = random.pick(victims);
    counts[victim.name] = (counts[victim.name] ?? 0) + 1;
    await victim.kill();
    await Bun.sleep(random.chance(0.7) ? random.below(200) : random.below(2_000));
    await victim.start();
  }
  return counts;
}

async function work(stage: Stage, { operations }: Run, random: Seeded, faultsAreOver: () => boolean) {
  const more = () => !faultsAreOver() || stage.history.operations.length < operations;
  const client = async (n: number) => {
    const own = random.split(n);
    while (more()) {
      const actorId = n < clients - 2 ? (stage.users[n % stage.users.length] as string) : stage.admin;
      await act({ stage, random: own, actorId });
    }
  };
  await Promise.all([
    administer(stage, random.split(clients), more),
    ...Array.from({ length: clients }, (_, n) => client(n)),
  ]);
}

export type Finished = { evidence: Evidence; url: string; remove(): Promise<void> };

/** Runs random operations amid kills, lets everything come to rest, and gathers what there is to check. */
export async function run(wanted: Run): Promise<Finished> {
  const installation = await install(wanted.engine);
  try {
    const evidence = await record(installation, wanted);
    return { evidence, url: installation.world.database.url, remove: installation.remove };
  } catch (error) {
    // The first error is the one to report.
    await installation.halt().catch(() => {});
    await installation.remove();
    throw error;
  }
}

async function record(installation: Installation, wanted: Run): Promise<Evidence> {
  const history = new History();
  const stage = await setStage(installation.world, { history, urls: installation.urls });
  const random = seeded(wanted.seed);
  const start = await logStart(stage);
  const sockets = stage.users.map((id, n) => listenAs(stage, id, random.split(1_000 + n), start));
  const poller = poll(stage, start);
  let faultsAreOver = false;
  const [kills] = await Promise.all([
    killAmidWork(installation, wanted, random.split(2_000), () => history.operations.length).finally(() => {
      faultsAreOver = true;
    }),
    work(stage, wanted, random, () => faultsAreOver),
  ]);
  return collect({ installation, stage, start, sockets, poller, kills, engine: wanted.engine });
}
