import { plainText } from './plain-text';

/** Longer texts of servers are cut: they go to events and to a status. */
const LONGEST_MESSAGE = 600;

/** A text without secrets, in one line. */
export type Redact = (text: string) => string;

/** Takes every form of the given secrets out of texts, and any password in a URL. */
export function redactor(secrets: readonly string[]): Redact {
  const forms = secrets
    .filter((secret) => secret !== '')
    .flatMap((secret) => [secret, encodeURIComponent(secret), ...base64Cores(secret)])
    .toSorted((a, b) => b.length - a.length);
  return (text) => {
    let clean = text;
    for (const form of forms) clean = clean.replaceAll(form, '[redacted]');
    clean = clean.replaceAll(/(:\/\/)[^\s/@]+@/g, '$1[redacted]@');
    return plainText(clean, LONGEST_MESSAGE);
  };
}

/**
 * What the Base64 form of a text that contains `value` contains, for each place where it may begin. The characters at both ends depend on what
 * stands around it and are left out; values that leave nothing to look for give nothing.
 */
export function base64Cores(value: string): string[] {
  const bytes = Buffer.from(value);
  const cores = [0, 1, 2].map((shift) => {
    const text = Buffer.concat([new Uint8Array(shift), new Uint8Array(bytes)]).toString('base64url');
    const first = [0, 2, 3][shift] ?? 0;
    const last = (bytes.length + shift) % 3 === 0 ? text.length : text.length - 1;
    return text.slice(first, last);
  });
  const long = cores.filter((core) => core.length >= 8);
  return [...new Set(long.flatMap((core) => [core, core.replaceAll('-', '+').replaceAll('_', '/')]))];
}
