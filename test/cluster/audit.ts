import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { ok, waitUntil, type Api } from './api';
import type { ClusterFiles } from './cluster';

/** One answered request. */
export interface AuditEvent {
  readonly verb: string;
  readonly requestURI: string;
  readonly userAgent?: string;
  readonly user: { readonly username: string };
  readonly impersonatedUser?: { readonly username: string };
  readonly objectRef?: {
    readonly resource?: string;
    readonly namespace?: string;
    readonly name?: string;
    readonly subresource?: string;
    readonly apiGroup?: string;
  };
  readonly responseStatus?: { readonly code?: number };
  readonly annotations?: Readonly<Record<string, string>>;
}

const writing = new Set(['create', 'update', 'patch', 'delete', 'deletecollection']);

/** Whether the server was asked what a write would do. That of a deletion stands in its body, which the log does not have. */
export function isDryRun({ verb, requestURI }: AuditEvent): boolean {
  return writing.has(verb) && new URL(requestURI, 'https://server').searchParams.has('dryRun');
}

/** Whether the request could have changed an object: a write that is no dry run, whatever the answer. */
export function isWrite(event: AuditEvent): boolean {
  return writing.has(event.verb) && !isDryRun(event);
}

/** Whether the request was not allowed: by rights, and not by what an admission plugin thinks of an object. */
export function isForbidden({ annotations }: AuditEvent): boolean {
  return annotations?.['authorization.k8s.io/decision'] === 'forbid';
}

const REFUSALS = { begin: '/version?refusals=begin', end: '/version?refusals=end' };

/** Marks a time in which a test takes rights away on purpose. */
export async function meanRefusals(api: Api, what: keyof typeof REFUSALS): Promise<void> {
  ok(await api.request('GET', '/version', { query: { refusals: what } }));
}

/** Every request of a user since the cluster began, without those that a test refused on purpose. The log of a suite is larger than a string may be. */
export async function wholeAudit({ auditLog }: Pick<ClusterFiles, 'auditLog'>, api: Api, username: string): Promise<AuditEvent[]> {
  await markLog(auditLog, api, (await stat(auditLog)).size);
  const found: AuditEvent[] = [];
  let isMeant = false;
  for await (const line of createInterface({ input: createReadStream(auditLog), crlfDelay: Infinity })) {
    // The last line may be half written.
    if (!line.endsWith('}')) continue;
    const event = JSON.parse(line) as AuditEvent;
    if (event.requestURI === REFUSALS.begin) isMeant = true;
    if (event.requestURI === REFUSALS.end) isMeant = false;
    if (event.user.username === username && !(isMeant && isForbidden(event))) found.push(event);
  }
  return found;
}

/**
 * The requests that were answered from one moment to another:
 * `const audit = await startAudit(cluster, api); ...; const events = await audit.read();`
 */
export async function startAudit(cluster: Pick<ClusterFiles, 'auditLog'>, api: Api): Promise<{ read(): Promise<AuditEvent[]> }> {
  await markLog(cluster.auditLog, api, (await stat(cluster.auditLog)).size);
  const from = (await stat(cluster.auditLog)).size;
  return { read: async () => parseLog((await markLog(cluster.auditLog, api, from)).text) };
}

/** Sends a request that can be told from all others and reads the log until it shows: whatever was answered before stands there too. */
async function markLog(file: string, api: Api, from: number): Promise<{ text: string }> {
  const mark = randomUUID();
  ok(await api.request('GET', '/version', { query: { mark } }));
  const text = await waitUntil(
    'the audit log',
    () => readFrom(file, from),
    (log) => log.includes(mark),
  );
  return { text };
}

async function readFrom(file: string, from: number): Promise<string> {
  const handle = await open(file);
  try {
    const { size } = await handle.stat();
    const buffer = new Uint8Array(size - from);
    await handle.read(buffer, 0, buffer.length, from);
    return new TextDecoder().decode(buffer);
  } finally {
    await handle.close();
  }
}

/** The last line may be half written; our own marks are not what anybody asks about. */
function parseLog(text: string): AuditEvent[] {
  const lines = text.slice(0, text.lastIndexOf('\n') + 1).split('\n');
  const events = lines.filter(Boolean).map((line): AuditEvent => JSON.parse(line));
  return events.filter(({ requestURI }) => !requestURI.startsWith('/version?mark='));
}
