import { GitError } from '../git/errors';
import { plainText } from '../git/plain-text';
import { type OutsideAnswer, OutsideError } from '../registry/outside';
import { RegistryError, type RegistrySession, type SessionRequest, jsonOf } from '../registry/session';
import { isObject } from '../../constructs/spec/json';
import { type Blob, MANIFEST_TYPE, digestOf } from './artifact';
import { view } from './bytes';

/** What a tag may hold; the registry has to be told what can be read. */
const ACCEPT = [
  MANIFEST_TYPE,
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
].join(', ');

const DIGEST = /^sha256:[0-9a-f]{64}$/;

export function isDigest(text: string): boolean {
  return DIGEST.test(text);
}

/** Manifests and blobs of one repository, to be read and written. Errors are those of a delivery. */
export class RegistryStore {
  public constructor(
    private readonly session: RegistrySession,
    /** `host/path`, for messages. */
    private readonly name: string,
  ) {}

  /** The digest that a tag stands for; `undefined` where there is no such tag. */
  public async digestAt(tag: string): Promise<string | undefined> {
    const answer = await this.ask(this.session.urlOf(`manifests/${tag}`), { method: 'HEAD', headers: { accept: ACCEPT } });
    if (answer.status === 404) return undefined;
    this.expect(answer, [200], `the tag ${tag} cannot be read`);
    const digest = answer.headers.get('docker-content-digest') ?? '';
    if (DIGEST.test(digest)) return digest;
    // A registry need not say it of a HEAD.
    const manifest = await this.manifestAt(tag);
    return manifest && digestOf(manifest);
  }

  /** @param reference a tag or a digest. @returns `undefined` where there is none */
  public async manifestAt(reference: string): Promise<Buffer | undefined> {
    const answer = await this.ask(this.session.urlOf(`manifests/${reference}`), { headers: { accept: ACCEPT } });
    if (answer.status === 404) return undefined;
    this.expect(answer, [200], `${reference} cannot be read`);
    return DIGEST.test(reference) ? this.whole(answer.bytes, reference) : answer.bytes;
  }

  public async blob(digest: string, limit: number): Promise<Buffer> {
    const answer = await this.ask(this.session.urlOf(`blobs/${digest}`), { headers: { accept: '*/*' }, limit });
    this.expect(answer, [200], `${digest} cannot be read`);
    return this.whole(answer.bytes, digest);
  }

  /** In one piece, unless it is there. */
  public async putBlob({ digest, bytes }: Blob): Promise<void> {
    const head = await this.ask(this.session.urlOf(`blobs/${digest}`), { method: 'HEAD' });
    if (head.status === 200) return;
    const begin = this.session.urlOf('blobs/uploads/');
    const opened = await this.ask(begin, { method: 'POST' });
    this.expect(opened, [202], 'nothing can be uploaded');
    const url = await this.telling(async () => this.session.trusted(opened.headers.get('location') ?? '', begin));
    url.searchParams.set('digest', digest);
    const headers = { 'content-type': 'application/octet-stream' };
    this.expect(await this.ask(url, { method: 'PUT', headers, body: view(bytes) }), [201], 'the upload was not taken');
  }

  /** @param reference a tag or a digest */
  public async putManifest(reference: string, { bytes }: Blob): Promise<void> {
    const headers = { 'content-type': MANIFEST_TYPE };
    const answer = await this.ask(this.session.urlOf(`manifests/${reference}`), { method: 'PUT', headers, body: view(bytes) });
    this.expect(answer, [201], `the tag ${reference} was not taken`);
  }

  private whole(bytes: Buffer, digest: string): Buffer {
    if (digestOf(bytes) === digest) return bytes;
    throw new GitError('OCI-FAILED', `what the registry gave for ${digest} has another digest`);
  }

  private ask(url: URL, request: SessionRequest): Promise<OutsideAnswer> {
    return this.telling(() => this.session.ask(url, request));
  }

  private async telling<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (error instanceof OutsideError) throw new GitError('OCI-UNREACHABLE', `the registry of ${this.name} ${error.message}`);
      if (error instanceof RegistryError) throw new GitError('OCI-FAILED', error.message);
      throw error;
    }
  }

  /** @throws {@link GitError} for an answer with another status */
  private expect(answer: OutsideAnswer, expected: readonly number[], what: string): void {
    const { status } = answer;
    if (expected.includes(status)) return;
    const said = `${this.name}: ${what}: ${reasonIn(answer) ?? `the registry answers ${status}`}`;
    if (status === 401 || status === 403) throw new GitError('OCI-AUTH', said);
    if (status === 429 || status >= 500) throw new GitError('OCI-UNREACHABLE', said);
    throw new GitError('OCI-REJECTED', said);
  }
}

/** The words of the registry, as the distribution specification has them. */
function reasonIn(answer: OutsideAnswer): string | undefined {
  const { errors } = jsonOf(answer);
  const [first] = Array.isArray(errors) ? (errors as unknown[]) : [];
  if (!isObject(first)) return undefined;
  const words = [first['code'], first['message']].filter((word): word is string => typeof word === 'string');
  return words.length === 0 ? undefined : plainText(words.join(', '), 200);
}
