import { Presets, SingleBar } from "cli-progress";

/** Every command that prints a result takes `--json`: for programs. */
export type Output = { json?: boolean | undefined };

/** Prints a command's result: one JSON value on one line for programs, sentences for people. */
export function print({ json }: Output, value: object, text: string): void {
  console.log(json ? JSON.stringify(value) : text);
}

/** Shows the progress of long work, only on a terminal. */
export function progressBar(label: string): { update(done: number, total: number): void; stop(): void } {
  // It writes to stderr, so that a command's result can go into a file.
  const format = `${label} {bar} {percentage}% | {value} of {total} | {eta_formatted} left`;
  const bar = new SingleBar({ format, hideCursor: true, stream: process.stderr }, Presets.shades_classic);
  let started = false;
  return {
    update: (done, total) => {
      if (!process.stderr.isTTY) return;
      if (!started) bar.start(total, 0);
      started = true;
      bar.update(done);
    },
    stop: () => bar.stop(),
  };
}
