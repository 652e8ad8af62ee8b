/** Files of the server, whole, with word of how far they have come. */

/** Rejects with what is wrong, for people. */
export async function fetchBytes(url: string, onProgress: (bytes: number) => void): Promise<Uint8Array<ArrayBuffer>> {
  const response = await fetch(url);
  if (!response.ok || response.body === null) throw new Error(`${url}: ${response.status} ${response.statusText}`);
  const parts: Uint8Array<ArrayBuffer>[] = [];
  let total = 0;
  const reader = response.body.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    parts.push(value);
    total += value.length;
    onProgress(total);
  }
  return new Uint8Array(await new Blob(parts).arrayBuffer());
}
