const smallBytes = 256 * 1024;

/**
 * Reads the rest of a small body that an answer did not need. Otherwise the runtime closes the connection, without
 * saying so, and the client's next request fails.
 */
export async function readRest(request: Request): Promise<void> {
  const length = Number(request.headers.get("Content-Length") ?? Number.POSITIVE_INFINITY);
  if (!request.body || request.bodyUsed || length > smallBytes) return;
  try {
    await request.arrayBuffer();
  } catch {
    // The client is gone, and has no next request.
  }
}
