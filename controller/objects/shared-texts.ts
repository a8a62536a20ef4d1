import type { KubeObject } from './objects';

/** Shorter texts are not worth a look-up. */
const SHORTEST = 1024;

/** One ConfigMap of ours has fewer. */
const MOST = 64;

/** Texts that were seen last: the programs of ours among them, which stand in the ConfigMap of every instance. */
const texts = new Map<string, string>();

/** `text`, or the string of the same text that is in memory already. */
function shared(text: string): string {
  if (text.length < SHORTEST) return text;
  const known = texts.get(text);
  if (known !== undefined) return known;
  texts.set(text, text);
  for (const oldest of texts.keys()) {
    if (texts.size <= MOST) break;
    texts.delete(oldest);
  }
  return text;
}

/** An object from a server, whose long texts take the room of one for all objects that hold the same. Nothing else changes. */
export function withSharedTexts(object: KubeObject): KubeObject {
  const data = object.kind === 'ConfigMap' ? object['data'] : undefined;
  if (typeof data !== 'object' || data === null) return object;
  const entries = Object.entries(data).map(([key, text]: [string, unknown]) => [key, typeof text === 'string' ? shared(text) : text]);
  return { ...object, data: Object.fromEntries(entries) as object };
}
