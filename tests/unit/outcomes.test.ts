import { expect, test } from "bun:test";
import { Glob } from "bun";

const root = new URL("../../", import.meta.url).pathname;

test("no outcome of a commit is thrown away: each is returned, compared or passed on", async () => {
  const ignored: string[] = [];
  for (const file of new Glob("{src,worker,db}/**/*.ts").scanSync(root)) {
    const lines = (await Bun.file(root + file).text()).split("\n");
    ignored.push(...lines.filter((line) => isIgnored(line)).map((line) => `${file}: ${line.trim()}`));
  }
  expect(ignored).toEqual([]);
});

test("an outcome that is thrown away is noticed (mutant)", () => {
  expect(isIgnored("  await store.commit(change);")).toBe(true);
  expect(isIgnored("  void context.store.commit(change);")).toBe(true);
  expect(isIgnored("  const outcome = await store.commit(change);")).toBe(false);
});

/** A statement that is a commit and nothing more. */
function isIgnored(line: string): boolean {
  return /^\s*(await |void )?(\w+\.)*store\.commit\(/.test(line);
}
