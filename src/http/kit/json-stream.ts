const streams = new WeakSet<ReadableStream>();

/** Whether a body is read piece by piece as it is sent, so that its length is not known before its end. */
export function isStreamed(body: ReadableStream): boolean {
  return streams.has(body);
}

type Member = object | null | AsyncIterable<object[]>;

/**
 * A JSON object that is written as it is read: members that come in pages become arrays. Only one page is in memory at
 * a time.
 */
export function jsonStream(members: Record<string, Member>): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  const parts = write(members);
  const stream = new ReadableStream<Uint8Array>({
    pull: async (controller) => {
      const { done, value } = await parts.next();
      if (done) controller.close();
      else controller.enqueue(encoder.encode(value));
    },
    cancel: async () => void (await parts.return(undefined)),
  });
  streams.add(stream);
  return stream;
}

async function* write(members: Record<string, Member>): AsyncGenerator<string, undefined> {
  let separator = "{";
  for (const [name, member] of Object.entries(members)) {
    yield `${separator}${JSON.stringify(name)}:`;
    separator = ",";
    if (member !== null && Symbol.asyncIterator in member) yield* writeArray(member);
    else yield JSON.stringify(member);
  }
  yield separator === "{" ? "{}" : "}";
}

async function* writeArray(pages: AsyncIterable<object[]>): AsyncGenerator<string> {
  let separator = "[";
  for await (const rows of pages) {
    if (rows.length === 0) continue;
    yield separator + rows.map((row) => JSON.stringify(row)).join(",");
    separator = ",";
  }
  yield separator === "[" ? "[]" : "]";
}
