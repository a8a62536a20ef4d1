/** What the API server stores of one ConfigMap at most: the texts together, in bytes. */
export const MAX_CONFIG_MAP_BYTES = 1024 * 1024;

/** What the texts of a ConfigMap take together, in bytes. Keys do not count. */
export function dataBytes(data: Readonly<Record<string, string>>): number {
  return Object.values(data).reduce((sum, text) => sum + Buffer.byteLength(text), 0);
}
