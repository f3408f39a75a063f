/** Nothing in the contract is nested deeper than a few levels; parsers and validators pay for each. */
const maxDepth = 32;

/** Why a text can't be read as JSON. With a pointer (RFC 6901) the text is JSON, but would lose a member when read. */
export class JsonFault extends Error {
  constructor(
    message: string,
    readonly pointer?: string,
  ) {
    super(message);
  }
}

/**
 * Parses JSON (RFC 8259); throws a `JsonFault` that says where the fault is and shows nothing of the text. Stricter
 * than `JSON.parse` in two ways: nesting is bounded before anything recurses into it, and an object with a repeated
 * name is refused, because only the last one would be kept.
 */
export function readJson(text: string): unknown {
  const end = skipValue(text, skipSpace(text, 0), []);
  const rest = skipSpace(text, end);
  if (rest < text.length) throw misplaced(text, rest, "expected nothing more: the JSON value has ended.");
  return JSON.parse(text);
}

/** Where a value is, from the outside in. One list is used for a whole text, so that paths cost nothing until one is shown. */
type Path = (string | number)[];

/** The offset behind the value that begins at `at`, which `path` leads to. */
function skipValue(text: string, at: number, path: Path): number {
  const first = text[at];
  if (first === "{") return skipObject(text, at, path);
  if (first === "[") return skipArray(text, at, path);
  if (first === '"') return skipString(text, at);
  scalar.lastIndex = at;
  if (scalar.test(text)) return scalar.lastIndex;
  throw misplaced(text, at, "expected a value.");
}

const scalar = /(?:true|false|null|-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)(?![\w.+-])/y;

function skipObject(text: string, start: number, path: Path): number {
  enter(path);
  const names = new Set<string>();
  let at = skipSpace(text, start + 1);
  if (text[at] === "}") return at + 1;
  for (;;) {
    if (text[at] !== '"') throw misplaced(text, at, "expected a name in double quotes.");
    const end = skipString(text, at);
    const name = JSON.parse(text.slice(at, end)) as string;
    path.push(name);
    if (names.has(name)) throw new JsonFault("This field appears twice. Send it once.", jsonPointer(path));
    names.add(name);
    at = skipSpace(text, end);
    if (text[at] !== ":") throw misplaced(text, at, "expected a colon.");
    at = skipSpace(text, skipValue(text, skipSpace(text, at + 1), path));
    path.pop();
    if (text[at] === "}") return at + 1;
    if (text[at] !== ",") throw misplaced(text, at, "expected a comma or a closing brace.");
    at = skipSpace(text, at + 1);
  }
}

function skipArray(text: string, start: number, path: Path): number {
  enter(path);
  let at = skipSpace(text, start + 1);
  if (text[at] === "]") return at + 1;
  for (let index = 0; ; index++) {
    path.push(index);
    at = skipSpace(text, skipValue(text, at, path));
    path.pop();
    if (text[at] === "]") return at + 1;
    if (text[at] !== ",") throw misplaced(text, at, "expected a comma or a closing bracket.");
    at = skipSpace(text, at + 1);
  }
}

function enter(path: Path): void {
  if (path.length >= maxDepth) throw new JsonFault(`The JSON is nested deeper than ${maxDepth} levels.`);
}

function skipString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 0x22) return at + 1;
    if (code < 0x20) throw misplaced(text, at, "a control character in a string must be escaped.");
    if (code !== 0x5c) continue;
    escapeSequence.lastIndex = at;
    if (!escapeSequence.test(text)) throw misplaced(text, at, "there is no such escape sequence.");
    at = escapeSequence.lastIndex - 1;
  }
  throw misplaced(text, text.length, "a string is not closed.");
}

const escapeSequence = /\\(?:["\\/bfnrt]|u[0-9A-Fa-f]{4})/y;

function skipSpace(text: string, start: number): number {
  let at = start;
  for (;;) {
    const code = text.charCodeAt(at);
    if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return at;
    at += 1;
  }
}

function misplaced(text: string, at: number, fault: string): JsonFault {
  const before = text.slice(0, at);
  const line = before.split("\n").length;
  const column = at - before.lastIndexOf("\n");
  const what = at >= text.length && !fault.startsWith("a string") ? `the text ends here; ${fault}` : fault;
  return new JsonFault(`Line ${line}, column ${column}: ${what}`);
}

/** RFC 6901. */
export function jsonPointer(path: readonly PropertyKey[]): string {
  return path.map((part) => `/${String(part).replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
}
