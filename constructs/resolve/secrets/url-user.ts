import { isPlaceholder } from './placeholder';

/** A longer host, user and password are none. The bound makes the time for one URL a constant. */
const LONGEST_AUTHORITY = 512;

/** A shorter password is a port or a version. */
const SHORTEST_PASSWORD = 3;

/** A user without a password is a token when it is as long as one and mixed like one: `https://0123456789abcdef0123@example.com`. */
const SHORTEST_TOKEN = 16;

/** Users and passwords that stand in every manual: `https://user:pass@example.com`. */
const USERS_OF_MANUALS = /^(?:user|username|admin|root|name|login|myuser|me)?$/i;
const PASSWORDS_OF_MANUALS = /^(?:pass|password|passwd|pwd|secret|mypassword|mypass|pw)$/i;

/** Digest of an image, not a host: `docker://nginx:1.27@sha256:...`. */
const DIGEST = /^sha\d{3}:/;

/** Whether a URL in a text has a password, or a token in place of a user. */
export function holdsUrlPassword(text: string): boolean {
  for (let at = text.indexOf('://'); at !== -1; at = text.indexOf('://', at + 3)) {
    if (isSecretAuthority(authorityAt(text, at + 3))) return true;
  }
  return false;
}

/** What stands between `://` and the path. */
function authorityAt(text: string, start: number): string {
  let end = start;
  while (end < text.length && end < start + LONGEST_AUTHORITY && !ENDS.has(text.charCodeAt(end)) && text.charCodeAt(end) > 0x20) end += 1;
  return text.slice(start, end);
}

const ENDS = new Set(Array.from('/?#"\'`<>\\', (character) => character.charCodeAt(0)));

function isSecretAuthority(authority: string): boolean {
  const at = authority.lastIndexOf('@');
  if (at === -1 || DIGEST.test(authority.slice(at + 1))) return false;
  const userinfo = authority.slice(0, at);
  const colon = userinfo.indexOf(':');
  if (colon === -1) return isToken(userinfo);
  return isPassword(userinfo.slice(0, colon), userinfo.slice(colon + 1)) || isToken(userinfo.slice(0, colon));
}

function isPassword(user: string, password: string): boolean {
  if (password.length < SHORTEST_PASSWORD || /\$[\w({]|[{}*]|%[sv]$/.test(password)) return false;
  return !(USERS_OF_MANUALS.test(user) && PASSWORDS_OF_MANUALS.test(password)) && !isPlaceholder(password);
}

function isToken(user: string): boolean {
  return user.length >= SHORTEST_TOKEN && /^[\w.~%-]+$/.test(user) && user.split(/[-_.~%]/).some(isMixed) && !isPlaceholder(user);
}

/** Names of people and services have few digits, and stand in words. */
function isMixed(word: string): boolean {
  return word.length >= SHORTEST_TOKEN && /[a-z]/i.test(word) && (word.match(/\d/g)?.length ?? 0) >= 3 && new Set(word).size >= 8;
}
