import { execFileSync, spawnSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createGit } from '../../../gitops/git/git';
import { openpgpSigner } from '../../../gitops/git/openpgp-signature';
import { isSshSignature, sshSigner } from '../../../gitops/git/ssh-signature';
import type { CommitSigner } from '../../../gitops/git/signer';
import { makeSshKey, readSshKey, sshFingerprint } from '../../../gitops/git/ssh-key';
import { Repository } from '../../../gitops/publish/repository';
import { aLayout, replacementOf } from '../layouts';
import { type BareRepository, bareRepository } from './bare';

const NOW = Date.UTC(2026, 8, 1);
const MESSAGE = new TextEncoder().encode('tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\n\na commit\n');

let folder: string;
let remote: BareRepository;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'openclaw-signing-'));
  remote = bareRepository();
});
afterEach(() => {
  remote.remove();
  rmSync(folder, { recursive: true, force: true });
});

/** A key as a person makes it. */
function keygen(...args: readonly string[]): string {
  const file = join(folder, `key-${args.join('').replaceAll(/\W/g, '')}`);
  execFileSync('ssh-keygen', ['-q', '-N', '', '-C', 'somebody', '-f', file, ...args]);
  return readFileSync(file, 'utf8');
}

const pem = (key: { export(options: { type: 'pkcs8'; format: 'pem' }): string | Buffer }): string =>
  key.export({ type: 'pkcs8', format: 'pem' }).toString();

const keys: Readonly<Record<string, () => string>> = {
  'Ed25519 that we made': makeSshKey,
  'Ed25519 of ssh-keygen': () => keygen('-t', 'ed25519'),
  'RSA of ssh-keygen, as PEM': () => keygen('-t', 'rsa', '-b', '2048', '-m', 'PEM'),
  'ECDSA of ssh-keygen, as PKCS #8': () => keygen('-t', 'ecdsa', '-b', '256', '-m', 'PKCS8'),
  'ECDSA on the curve P-384': () => pem(generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey),
  'ECDSA on the curve P-521': () => pem(generateKeyPairSync('ec', { namedCurve: 'P-521' }).privateKey),
};

/** gpg with a home of its own. */
function gpg(args: readonly string[], input?: string): string {
  const env = { ...process.env, GNUPGHOME: folder };
  return execFileSync('gpg', ['--batch', '--quiet', ...args], {
    encoding: 'utf8',
    env,
    stdio: ['pipe', 'pipe', 'pipe'],
    ...(input !== undefined && { input }),
  });
}

function madeKey(passphrase: string): string {
  const loopback = ['--pinentry-mode', 'loopback', '--passphrase', passphrase];
  gpg([...loopback, '--quick-gen-key', 'OpenClaw <openclaw@noreply.invalid>', 'ed25519', 'sign', 'never']);
  return gpg([...loopback, '--armor', '--export-secret-keys']);
}

/** One commit of an instance, pushed. */
async function push(signer: CommitSigner): Promise<string> {
  const repository = new Repository(createGit({ url: remote.path, branch: 'main', allow: ['file'] }), { createBranch: true, signer });
  try {
    const tip = await repository.lsRemote();
    const base = tip === undefined ? undefined : await repository.fetchTip(tip);
    const commit = await repository.commitTrees(base, [replacementOf(aLayout())], 'openclaw(prod-eu): a commit\n', NOW);
    if (!commit) throw new Error('there was nothing to commit');
    await repository.push(commit);
    return commit.id;
  } finally {
    repository.close();
  }
}

/** What `git verify-commit` says to somebody who trusts this key alone. */
function verdict(commit: string, trusted: string): { readonly status: number | null; readonly text: string } {
  const signers = join(folder, 'allowed_signers');
  writeFileSync(signers, `openclaw@noreply.invalid ${trusted}\n`);
  const settings = ['-c', 'gpg.format=ssh', '-c', `gpg.ssh.allowedSignersFile=${signers}`];
  const { status, stderr } = spawnSync('git', ['-C', remote.path, ...settings, 'verify-commit', '--raw', commit], { encoding: 'utf8' });
  return { status, text: stderr };
}

describe('a commit signed with an SSH key', () => {
  it.each(Object.keys(keys))('verifies for git: %s', async (name) => {
    const signer = sshSigner(keys[name]!());
    const commit = await push(signer);
    expect(verdict(commit, signer.publicKey)).toEqual({ status: 0, text: expect.stringContaining('Good "git" signature') });
    expect(verdict(commit, signer.publicKey).text).toContain(signer.fingerprint);
    expect(remote.git('fsck', '--strict', '--no-dangling')).toBe('');
  });

  it('verifies in a repository with SHA-256 ids', async () => {
    remote.remove();
    remote = bareRepository({ format: 'sha256' });
    remote.commitEntries([`100644 ${remote.writeBlob('text\n')} 0\tREADME.md`]);
    const signer = sshSigner(makeSshKey());
    expect(verdict(await push(signer), signer.publicKey).status).toBe(0);
  });

  it('has the same id for the same content, time, parent and Ed25519 key', async () => {
    const signer = sshSigner(makeSshKey());
    const first = await push(signer);
    remote.remove();
    remote = bareRepository();
    expect(await push(signer)).toBe(first);
  });

  it('is refused where another key is trusted, and where a byte of it was changed', async () => {
    const signer = sshSigner(makeSshKey());
    const commit = await push(signer);
    expect(verdict(commit, sshSigner(makeSshKey()).publicKey).status).not.toBe(0);
    const forged = remote.git('cat-file', 'commit', commit).replace('a commit', 'another ');
    const file = join(folder, 'forged');
    writeFileSync(file, forged);
    const id = remote.git('hash-object', '-t', 'commit', '-w', file).trim();
    expect(verdict(id, signer.publicKey).status).not.toBe(0);
  });

  it('names its key as ssh-keygen does', () => {
    const text = keygen('-t', 'ed25519');
    const file = join(folder, 'printed');
    writeFileSync(file, `${sshSigner(text).publicKey}\n`);
    const printed = execFileSync('ssh-keygen', ['-l', '-f', file], { encoding: 'utf8' });
    expect(printed).toContain(sshFingerprint(readSshKey(text)));
  });
});

describe('a signature', () => {
  it('counts for its own bytes, purpose and key alone', async () => {
    const text = makeSshKey();
    const key = readSshKey(text);
    const signature = await sshSigner(text).sign(MESSAGE);
    expect(isSshSignature(signature, MESSAGE, key)).toBe(true);
    expect(
      isSshSignature(
        signature,
        MESSAGE.map((byte) => byte ^ 1),
        key,
      ),
    ).toBe(false);
    expect(isSshSignature(signature, MESSAGE, readSshKey(makeSshKey()))).toBe(false);
    const file = join(folder, 'message');
    writeFileSync(file, MESSAGE);
    const openSsh = join(folder, 'key-ted25519');
    keygen('-t', 'ed25519');
    const mine = readSshKey(readFileSync(openSsh, 'utf8'));
    for (const purpose of ['git', 'file']) {
      execFileSync('ssh-keygen', ['-q', '-Y', 'sign', '-n', purpose, '-f', openSsh, file], { stdio: 'ignore' });
      expect(isSshSignature(readFileSync(`${file}.sig`, 'utf8'), MESSAGE, mine)).toBe(purpose === 'git');
      rmSync(`${file}.sig`);
    }
  });

  it.each(['', 'no signature', '-----BEGIN SSH SIGNATURE-----\nU1NI\n-----END SSH SIGNATURE-----\n'])('is none in %j', (text) => {
    expect(isSshSignature(text, MESSAGE, readSshKey(makeSshKey()))).toBe(false);
  });
});

describe('a key that cannot sign is told without a word of it', () => {
  const broken: Readonly<Record<string, () => string>> = {
    'has a passphrase': () => {
      const file = join(folder, 'locked');
      execFileSync('ssh-keygen', ['-q', '-N', 'a passphrase', '-t', 'ed25519', '-f', file]);
      return readFileSync(file, 'utf8');
    },
    'is RSA of less than 2048 bits': () => pem(generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey),
    'is ssh-rsa in the form of OpenSSH': () => keygen('-t', 'rsa', '-b', '2048'),
    'is x25519': () => pem(generateKeyPairSync('x25519').privateKey),
    'is on the curve secp256k1': () => pem(generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).privateKey),
    'cannot be read': () => 'no key',
  };

  it.each(Object.keys(broken))('%s', (what) => {
    const text = broken[what]!();
    const message = (() => {
      try {
        sshSigner(text);
        return '';
      } catch (error) {
        return String(error);
      }
    })();
    expect(message).toMatch(/SIGN-FAILED: /);
    expect(message).toContain(what);
    for (const line of text.split('\n').filter(({ length }) => length > 20)) expect(message).not.toContain(line);
  });

  it('does not reach the remote', async () => {
    const signer: CommitSigner = { ...sshSigner(makeSshKey()), sign: async () => Promise.reject(new Error('the key is 1234')) };
    await expect(push(signer)).rejects.toThrow('SIGN-FAILED: the commit could not be signed');
    expect(remote.commits()).toBe(0);
  });
});

/** What git says with a key ring: Argo CD asks it just so. */
function verified(commit: string, keyRing = folder): { readonly status: number | null; readonly stderr: string } {
  const env = { ...process.env, GNUPGHOME: keyRing };
  return spawnSync('git', ['-C', remote.path, 'verify-commit', '--raw', commit], { encoding: 'utf8', env });
}

describe('a commit signed with an OpenPGP key', () => {
  afterEach(() => {
    spawnSync('gpgconf', ['--kill', 'gpg-agent'], { env: { ...process.env, GNUPGHOME: folder } });
  });

  it('verifies for git and gpg, and names its key', async () => {
    const signer = await openpgpSigner(madeKey(''));
    const { status, stderr } = verified(await push(signer));
    expect(stderr).toContain('[GNUPG:] GOODSIG');
    expect(stderr).toContain(signer.fingerprint);
    expect(status).toBe(0);
    expect(remote.git('fsck', '--strict', '--no-dangling')).toBe('');
  });

  it('is refused with a byte changed, and by whoever does not have the key', async () => {
    const commit = await push(await openpgpSigner(madeKey('')));
    const file = join(folder, 'forged');
    writeFileSync(file, remote.git('cat-file', 'commit', commit).replace('a commit', 'another '));
    const forged = verified(remote.git('hash-object', '-t', 'commit', '-w', file).trim());
    expect([forged.status, forged.stderr]).toEqual([1, expect.stringContaining('[GNUPG:] BADSIG') as string]);
    const empty = join(folder, 'empty');
    mkdirSync(empty, { mode: 0o700 });
    const stranger = verified(commit, empty);
    expect([stranger.status, stranger.stderr]).toEqual([1, expect.stringContaining('[GNUPG:] NO_PUBKEY') as string]);
    spawnSync('gpgconf', ['--kill', 'all'], { env: { ...process.env, GNUPGHOME: empty } });
  });

  it('is not made with a key that has a passphrase, or is none', async () => {
    await expect(openpgpSigner(madeKey('a passphrase'))).rejects.toThrow('SIGN-FAILED: the signing key has a passphrase');
    await expect(openpgpSigner('no key')).rejects.toThrow('SIGN-FAILED: the signing key cannot be read');
  });
});
