import { isIP, isIPv4, isIPv6 } from 'node:net';
import { parseGoDuration } from './go-duration';
import { parseGoUrl } from './go-url';

export interface Format {
  /** With its article, to stand after "must be". */
  readonly name: string;
  test(text: string): boolean;
}

const UUID = /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i;
const UUID3 = /^[0-9a-f]{8}-?[0-9a-f]{4}-?3[0-9a-f]{3}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i;
const UUID4 = /^[0-9a-f]{8}-?[0-9a-f]{4}-?4[0-9a-f]{3}-?[89ab][0-9a-f]{3}-?[0-9a-f]{12}$/i;
const UUID5 = /^[0-9a-f]{8}-?[0-9a-f]{4}-?5[0-9a-f]{3}-?[89ab][0-9a-f]{3}-?[0-9a-f]{12}$/i;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{4})$/;
const TIME = /^(\d{2}):(\d{2}):(\d{2})(?:.\d+)?(?:z|[+-]\d{2}:\d{2})$/;
/** One hyphen after the first sign is all that a name without dots may have: so the server has it. */
const LABEL = /^[a-zA-Z0-9\p{S}\p{L}]-?[a-zA-Z0-9\p{S}\p{L}]{0,62}$/u;
const DOTTED = /^(?:[a-zA-Z0-9\p{S}\p{L}](?:[-a-zA-Z0-9\p{S}\p{L}]{0,61}[a-zA-Z0-9\p{S}\p{L}])?\.)+[a-zA-Z\p{L}]{2,63}$/u;
const MAC = [
  /^[\da-f]{2}(?:([:-])[\da-f]{2})(?:\1[\da-f]{2}){4}(?:(?:\1[\da-f]{2}){2})?$/i,
  /^[\da-f]{4}(?:\.[\da-f]{4}){2}(?:\.[\da-f]{4})?$/i,
];

/** By name without hyphens, as the server normalizes them. */
const FORMATS = new Map<string, Format>([
  ['byte', { name: 'base64 text', test: (text) => BASE64.test(text) }],
  ['cidr', { name: 'an address range such as 10.0.0.0/8', test: isCidr }],
  ['date', { name: 'a date such as 2006-01-02', test: isDate }],
  ['datetime', { name: 'a time such as 2006-01-02T15:04:05Z', test: isDateTime }],
  ['duration', { name: 'a duration such as 1h30m', test: (text) => parseGoDuration(text) !== undefined }],
  [
    'hexcolor',
    {
      name: 'a colour such as #00ff7f',
      test: (text) => /^#?(?:[\da-f]{3}|[\da-f]{6})$/i.test(text),
    },
  ],
  ['hostname', { name: 'a host name', test: isHostname }],
  ['ipv4', { name: 'an IPv4 address', test: isIpv4 }],
  ['ipv6', { name: 'an IPv6 address', test: (text) => isIPv6(text) && !text.includes('%') }],
  ['mac', { name: 'a MAC address', test: (text) => MAC.some((form) => form.test(text)) }],
  ['password', { name: 'a text', test: () => true }],
  ['uri', { name: 'an absolute URI or path', test: (text) => parseGoUrl(text) !== undefined }],
  ['uuid', { name: 'a UUID', test: (text) => UUID.test(text) }],
  ['uuid3', { name: 'a UUID of version 3', test: (text) => UUID3.test(text) }],
  ['uuid4', { name: 'a UUID of version 4', test: (text) => UUID4.test(text) }],
  ['uuid5', { name: 'a UUID of version 5', test: (text) => UUID5.test(text) }],
]);

/** The server checks these; no schema of ours uses them. */
const UNSUPPORTED = new Set(['bsonobjectid', 'creditcard', 'email', 'isbn', 'isbn10', 'isbn13', 'rgbcolor', 'ssn']);

/**
 * What a format of a string means to the API server, or undefined for one that it does not check.
 * Formats that came after Kubernetes 1.29 count as unchecked.
 * Throws for a format that the server checks and we cannot.
 */
export function formatOf(written: string): Format | undefined {
  const name = written.replaceAll('-', '');
  if (UNSUPPORTED.has(name)) throw new Error(`format ${written} of a schema cannot be checked; use a pattern`);
  return FORMATS.get(name);
}

/** A mapped address such as ::ffff:10.0.0.1 counts, and so do leading zeros. */
function isIpv4(text: string): boolean {
  const plain = text.replace(/(^|\.|:)0+(?=\d)/g, '$1');
  return isIPv4(plain) || (isIPv6(text) && text.includes('.') && !text.includes('%'));
}

function isCidr(text: string): boolean {
  const [, address, bits] = /^(.*)\/(\d{1,3})$/.exec(text) ?? [];
  if (address === undefined || address.includes('%')) return false;
  const plain = address.includes(':') ? address : address.replace(/(^|\.)0+(?=\d)/g, '$1');
  const version = isIP(plain);
  return version !== 0 && Number(bits) <= (version === 4 ? 32 : 128);
}

function isDate(text: string): boolean {
  const [, year, month, day] = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text) ?? [];
  if (year === undefined) return false;
  const date = new Date(`${year}-${month}-${day}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.getUTCDate() === Number(day);
}

function isDateTime(text: string): boolean {
  const [date, time] = text.toLowerCase().split('t');
  if (date === undefined || time === undefined || !isDate(date)) return false;
  const [, hours, minutes, seconds] = TIME.exec(time) ?? [];
  return hours !== undefined && hours <= '23' && minutes! <= '59' && seconds! <= '59';
}

function isHostname(text: string): boolean {
  const fits = LABEL.test(text) || DOTTED.test(text);
  return fits && Buffer.byteLength(text) <= 255 && text.split('.').every((part) => Buffer.byteLength(part) <= 63);
}
