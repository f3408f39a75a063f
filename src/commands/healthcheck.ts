import { BootError } from "../process/boot-error.ts";
import { type Output, print } from "./output.ts";

/** Asks a process on this machine whether it is ready; exits with 0 if it is, with 1 if not. For containers. */
export async function healthcheck(port: number, output: Output): Promise<void> {
  const url = `http://127.0.0.1:${port}/health/ready`;
  const response = await fetch(url, { signal: AbortSignal.timeout(3_000) }).catch(() => null);
  const status = response?.ok ? "ready" : response ? "not ready" : "not reachable";
  if (status !== "ready") throw new BootError(`${url} is ${status}.`);
  print(output, { url, status }, `${url} is ready.`);
}
