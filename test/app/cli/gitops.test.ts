import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { folderWith, removeFolders, run } from '../program';

const FLAGS = ['--cluster-name', 'prod', '--git-url', 'https://git.example.com/platform/assistants', '--namespaces', 'team-b,team-a'];

afterAll(removeFolders);

describe('gitops init', () => {
  it.each(['argocd', 'flux'])('prints the set-up for %s, and on standard error what else has to be done', async (engine) => {
    const { code, stdout, stderr } = await run('gitops', 'init', '--engine', engine, ...FLAGS);
    expect(code).toBe(0);
    expect(stdout).toContain('name: openclaw-prod');
    expect(stdout).not.toContain('kind: Secret');
    expect(stderr).toContain('create secret generic openclaw-prod');
    expect(stderr).toContain('kubectl apply --server-side -f -');
    expect(stderr.includes('--flux-service-account openclaw-prod')).toBe(engine === 'flux');
  });

  it.each([
    ['argocd', /--oci-repository oci:\/\/registry.example.com\/acme\/assistants --argocd-project openclaw-prod$/m],
    ['flux', /--oci-repository \S+ --flux-source openclaw-prod --flux-service-account openclaw-prod$/m],
  ])('tells %s of the artifacts of a registry, and the controller of the same', async (engine, flags) => {
    const place = ['--cluster-name', 'prod', '--oci-repository', 'registry.example.com/acme/assistants', '--namespaces', 'team-a'];
    const { code, stdout, stderr } = await run('gitops', 'init', '--engine', engine, ...place);
    expect(code).toBe(0);
    expect(stdout).toContain('oci://registry.example.com/acme/assistants');
    expect(stderr).toMatch(flags);
    expect(stderr.includes('openclaw-controller-cosign-key')).toBe(engine === 'flux');
    const unsigned = await run('gitops', 'init', '--engine', engine, ...place, '--oci-signing', 'disabled');
    expect(unsigned.stdout).not.toContain('cosign');
    expect(unsigned.stderr).toContain('--oci-signing disabled');
  });

  it('C39 tells Argo CD whose commits it may take, and says what else that wants', async () => {
    const fingerprint = '51eb0c21 091916489B2C92625405E365A1B50138';
    const keys = ['--signature-keys', `${fingerprint},0123456789ABCDEF`];
    const { code, stdout, stderr } = await run('gitops', 'init', '--engine', 'argocd', ...FLAGS, ...keys);
    expect(code).toBe(0);
    expect(stdout).toContain('  signatureKeys:\n    - keyID: 5405E365A1B50138\n    - keyID: 0123456789ABCDEF\n');
    expect(stderr).toContain('argocd gpg add --from writer.asc\n');
    expect(stderr).toContain('--git-url URL --git-signing openpgp --git-signing-key-file FILE\n');
  });

  it('writes a file into a folder, the same bytes each time', async () => {
    const folder = join(folderWith({}), 'new');
    const printed = await run('gitops', 'init', '--engine', 'argocd', ...FLAGS);
    const { code, stdout } = await run('gitops', 'init', '--engine', 'argocd', ...FLAGS, '-d', folder);
    expect([code, stdout]).toEqual([0, '']);
    expect(readFileSync(join(folder, 'openclaw-prod.yaml'), 'utf8')).toBe(printed.stdout);
  });

  it('brings the instances from a folder, which may end in a slash, of the branch of the controller or of another', async () => {
    const init = ['gitops', 'init', '--engine', 'argocd', ...FLAGS, '--git-branch', 'deploy', '--instances-path', 'assistants/'];
    const source = 'path: assistants\n    repoURL: https://git.example.com/platform/assistants\n    targetRevision:';
    expect((await run(...init)).stdout).toContain(`${source} deploy\n`);
    const { stdout, stderr } = await run(...init, '--instances-branch', 'main');
    expect(stdout).toContain(`${source} main\n`);
    expect(stderr).toContain('--git-branch deploy');
  });

  it.each([
    [['init', ...FLAGS], '--engine is missing'],
    [['init', '--engine', 'flux', ...FLAGS, '--signature-keys', 'A'], '--signature-keys is for argocd: Flux is told by spec.verify'],
    [['init', '--engine', 'argocd', ...FLAGS, '--signature-keys', '12345678'], '--signature-keys has "12345678": give fingerprints'],
    [['init', '--engine', 'argocd', ...FLAGS, '--signature-keys', ''], '--signature-keys'],
    [['init', '--engine', 'flux', ...FLAGS, '--instances-branch', 'main'], '--instances-branch needs --instances-path'],
    [
      [
        'init',
        '--engine',
        'flux',
        '--cluster-name',
        'a',
        '--namespaces',
        'b',
        '--oci-repository',
        'oci://r.example/a',
        '--instances-path',
        'c',
      ],
      'a registry is none',
    ],
    [['init', '--engine', 'flux', ...FLAGS, '--instances-path', '.'], 'name a folder beside clusters/, or another branch'],
    [['init', '--engine', 'helm', ...FLAGS], '--engine is "helm": use argocd or flux'],
    [['begin', '--engine', 'flux', ...FLAGS], 'write gitops init, or gitops check'],
    [['init', '--engine', 'flux', '--cluster-name', 'prod', '--git-url', 'https://a/b'], '--namespaces is missing'],
    [['init', '--engine', 'flux', ...FLAGS, '--git-url', 'https://u:p@a/b'], 'holds a user or a password'],
    [['init', '--engine', 'flux', ...FLAGS, '--oci-repository', 'a.example.com/b'], 'exclude each other'],
  ])('%j is a mistake of usage', async (args, text) => {
    const { code, stdout, stderr } = await run('gitops', ...args);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain(text);
  });

  it('tells a folder that takes no file', async () => {
    const file = join(folderWith({ taken: '' }), 'taken');
    const { code, stderr } = await run('gitops', 'init', '--engine', 'flux', ...FLAGS, '-d', join(file, 'below'));
    expect(code).toBe(3);
    expect(stderr).toContain('cannot be written');
    expect(existsSync(join(file, 'below'))).toBe(false);
  });
});
