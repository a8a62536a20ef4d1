import { type Hmac, createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

/** Where the senders put the HMAC-SHA256 of the body, in hexadecimal: GitHub, Gitea, Forgejo and Gogs, Flux and everybody else. */
const SIGNATURES = ['x-hub-signature-256', 'x-gitea-signature', 'x-forgejo-signature', 'x-signature'] as const;

/** Where they put the secret itself: GitLab, and whoever lets a person write headers, such as Argo CD. */
const TOKENS = ['x-gitlab-token', 'authorization'] as const;

/** What a delivery shows for itself. */
export type Proof = { readonly kind: 'signature'; readonly value: string } | { readonly kind: 'token'; readonly value: string };

/** @returns `undefined` for a delivery that shows nothing */
export function proofIn(headers: IncomingHttpHeaders): Proof | undefined {
  for (const name of SIGNATURES) {
    const value = headers[name];
    if (typeof value === 'string') return { kind: 'signature', value: value.replace(/^sha256=/, '').toLowerCase() };
  }
  for (const name of TOKENS) {
    const value = headers[name];
    if (typeof value === 'string') return { kind: 'token', value: value.replace(/^Bearer /i, '') };
  }
  return undefined;
}

/** Judges a delivery whose body comes in pieces. Nothing of the body is kept or read. */
export class Verifier {
  private readonly sums: readonly Hmac[];

  /** @param secrets any of them will do: while one is rotated there are two */
  public constructor(
    private readonly secrets: readonly string[],
    private readonly proof: Proof,
  ) {
    this.sums = proof.kind === 'signature' ? secrets.map((secret) => createHmac('sha256', secret)) : [];
  }

  public add(chunk: Uint8Array): void {
    for (const sum of this.sums) sum.update(chunk);
  }

  /** In a time that says nothing of how much was right. Ask once, at the end. */
  public get isGenuine(): boolean {
    const wanted = this.proof.kind === 'signature' ? this.sums.map((sum) => sum.digest('hex')) : this.secrets;
    return wanted.map((text) => isSame(text, this.proof.value)).includes(true);
  }
}

/** Texts of any length are compared by their hashes, which have one. */
function isSame(text: string, other: string): boolean {
  return timingSafeEqual(hashOf(text), hashOf(other));
}

function hashOf(text: string): Uint8Array {
  return new Uint8Array(createHash('sha256').update(text).digest());
}

/** The header by which one replica tells another. */
export function signatureOf(secret: string, body: string): Readonly<Record<string, string>> {
  return { 'x-hub-signature-256': `sha256=${createHmac('sha256', secret).update(body).digest('hex')}` };
}
