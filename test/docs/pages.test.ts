import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { PROGRAM, commands } from '../../app/cli/options';
import { run } from '../app/program';
import { fences, fencesOf, fileOf, pages, pageText, ROOT, titleOf } from './pages';

const KNOWN: Readonly<Record<string, RegExp>> = {
  bash: /^(slow|ci|cluster|checkout|engine|fleet( argocd| flux)?|)$/,
  yaml: /^(other|(file=\S+)?( ?invalid)?)$/,
  ts: /^$/,
  text: /^(openclaw-cdk8s .*)?$/,
  json: /^$/,
  mermaid: /^$/,
};

/** What needs a cluster whose pods really run, and why it is not tried here. */
const NEEDS_A_CLUSTER: Readonly<Record<string, string>> = {
  "gpg --batch --passphrase ''": 'gpg of whoever signs: test/gitops/real/signing.test.ts makes such keys',
  'gpg --armor --export': 'the same',
  'argocd gpg add --from writer.asc': 'argocd is no part of a run; test/argo/signed.test.ts gives it the same key',
  'npx openclaw-cdk8s verify alice.yaml --cluster-name prod --oci-repository ': 'a registry: test/gitops/real/laptop-oci.test.ts',
  'echo "openclaw@noreply.invalid $(cat writer.sshpub)" > signers': 'the key of a cluster: test/gitops/real/signing.test.ts',
  'git -c gpg.ssh.allowedSignersFile="$PWD/signers" verify-commit HEAD': 'the same key',
  'kubectl -n openclaw create secret': 'Secrets of the same form are made by test/app/cli/printed-commands.slow.ts',
  'kubectl create namespace': 'test/cluster/examples.test.ts makes namespaces and applies every example server-side',
  ': "${ANTHROPIC_API_KEY:?}" && printf': 'test/app/cli/printed-commands.slow.ts runs the printed commands through a shell',
  'token="$(openssl rand -hex 32)" && printf': 'test/app/cli/printed-commands.slow.ts runs the printed commands through a shell',
  'kubectl apply --server-side -f manifests/': 'test/cluster/examples.test.ts applies the same manifests',
  'kubectl -n openclaw rollout status': 'test/cluster/controller/examples.test.ts waits for the same StatefulSets',
  'kubectl apply --server-side -f imports/crds/': 'test/cluster/crds.test.ts applies the CRDs with kubectl',
  'helm upgrade --install openclaw chart': 'test/flux/helm.test.ts has a real Helm make the same objects',
  'kubectl apply --server-side -k base': 'test/app/cli/install.test.ts has kustomize read the base',
  'kubectl apply --server-side -f install.yaml': 'test/cluster/install.test.ts applies it with kubectl',
  'kubectl apply --server-side --force-conflicts -f install.yaml': 'test/cluster/install.test.ts applies it a second time',
  'kubectl -n openclaw-system rollout status': 'needs a kubelet; test/cluster/install.test.ts runs the process of the Deployment',
  'kubectl apply --server-side -f rbac.yaml': 'the roles of the controller are applied by test/cluster/controller',
  'kubectl apply --server-side -f bootstrap/': 'test/argo/argo.test.ts applies the same objects server-side',
  'npx openclaw-cdk8s gitops check': 'test/flux/fleet-story.ts runs it for both engines',
  'npx openclaw-cdk8s plan instances': 'test/controller/carry-out/would-be.test.ts asks a server as it does',
  'npx openclaw-cdk8s diff instances --base git': 'test/gitops/real/plan.test.ts plans against a branch',
  'npx openclaw-cdk8s install --check': 'test/cluster/install.test.ts runs it',
  'npx openclaw-cdk8s uninstall --plan': 'test/cluster/install.test.ts runs it',
  'npx openclaw-cdk8s controller': 'the loop behind it is run by test/cluster/controller',
  'kubectl -n openclaw apply -f alice.yaml': 'test/cluster/controller/examples.test.ts applies instances and waits until they are Ready',
  'kubectl -n openclaw wait': 'test/cluster/controller/examples.test.ts waits with kubectl',
  'kubectl -n team-a get ocsc': 'test/cluster/self-configure.test.ts reads requests and what became of them',
  'kubectl -n team-a describe ocsc': 'the events are read by test/controller/self-config/stories.test.ts',
  'kubectl -n openclaw annotate': 'test/cluster/controller/ownership.test.ts hands an object over by its annotation',
  'kubectl -n openclaw get events': 'test/cluster/controller/deletion.test.ts reads the same events',
  'kubectl -n openclaw delete openclawinstance': 'test/cluster/controller/deletion.test.ts deletes instances, with and without a last copy',
  'kubectl -n openclaw-system create configmap openclaw-controller-owed-removals':
    'test/controller/git/left-behind.test.ts has the same ConfigMap with such a key',
  'kubectl -n openclaw-system patch configmap openclaw-controller-owed-removals':
    'test/controller/git/left-behind.test.ts clears a directory by such a key',
  'kubectl -n team-a annotate openclawinstance alice --overwrite openclaw.rocks/delivery':
    'test/flux/git-mode.test.ts has an instance change hands by it',
  'kubectl -n team-a annotate openclawinstance alice openclaw.rocks/write-over-commit':
    'test/controller/git/repository-delivery.test.ts asks with such an annotation',
  'kubectl -n team-a annotate openclawinstances --all openclaw.rocks/confirm-deletion':
    'test/controller/git/unpublish.test.ts asks with such an annotation',
  'npx openclaw-cdk8s synth --to-oci': 'test/gitops/real/laptop-oci.test.ts pushes to a real registry',
  'npx openclaw-cdk8s plan alice.yaml --base git': 'test/gitops/real/approval.test.ts plans what waits for an approval',
  'kubectl -n team-a annotate openclawinstance alice --overwrite openclaw.rocks/approve-plan':
    'test/controller/process/approval.test.ts approves by it',
  'kubectl get openclawinstances -A --no-headers': 'test/controller/process/approval.test.ts reads the same fields',
  'kubectl create clusterrole openclaw-approver': 'test/cluster/install.test.ts gives the same rights, and looks who may approve',
  'kubectl -n team-a create rolebinding jane-approves': 'test/cluster/install.test.ts binds them to a user',
  'kubectl -n openclaw-system create secret generic openclaw-git': 'test/controller/install/install-chart.test.ts mounts such a Secret',
  'kubectl -n openclaw-system get secret openclaw-controller-signing-key': 'test/flux/git-mode.test.ts reads the same key',
  'kubectl -n openclaw-system get secret openclaw-controller-cosign-key': 'test/flux/oci.test.ts reads the same key',
  'cosign verify --key': 'cosign is no part of a run; test/flux/oci.test.ts has the signatures verified by the library that it is made of',
  'kubectl -n flux-system create secret generic assistants-keys': 'test/flux/git-mode.test.ts has Flux verify with such a Secret',
  'kubectl -n flux-system patch gitrepository openclaw-prod': 'test/flux/git-mode.test.ts has Flux verify by such a source',
  'export OPENCLAW_': 'test/app/cli/controller.test.ts reads the settings from variables',
  'kubectl -n openclaw port-forward service/alice 7681': 'needs a kubelet; test/pods/web-terminal.test.ts asks the proxy behind that port',
  'kubectl -n openclaw exec': 'needs the real application in a pod; the commands were measured on it',
};

describe('blocks of code', () => {
  const all = pages().flatMap(fencesOf);

  it.each(all.map((fence) => [titleOf(fence), fence] as const))('%s says how it is tried', (_title, { language, info }) => {
    expect(Object.keys(KNOWN)).toContain(language);
    expect(info).toMatch(KNOWN[language] ?? /^$/);
  });

  it('that need a cluster are known, each with its reason', () => {
    const lines = all.filter(({ info }) => info === 'cluster').flatMap(({ text }) => text.trimEnd().split('\n'));
    const known = Object.keys(NEEDS_A_CLUSTER);
    expect(lines.filter((command) => !known.some((start) => command.startsWith(start)))).toEqual([]);
    expect(known.filter((start) => !lines.some((command) => command.startsWith(start)))).toEqual([]);
  });

  it('name files that are there', () => {
    const files = Object.values(NEEDS_A_CLUSTER).flatMap((reason) => reason.match(/test\/\S+\.ts/g) ?? []);
    expect(files.filter((file) => !existsSync(join(ROOT, file)))).toEqual([]);
  });
});

describe('blocks of code that need a container engine', () => {
  it('stand in one page, and the steps of the image are run without an engine', () => {
    const found = pages()
      .flatMap(fencesOf)
      .filter(({ info }) => info === 'engine');
    expect(found.map(({ page }) => page)).toEqual(['docs/install.md']);
    expect(existsSync(join(ROOT, 'test/package/image.install.ts'))).toBe(true);
    expect(existsSync(join(ROOT, 'Dockerfile'))).toBe(true);
  });
});

describe('text blocks', () => {
  const printed = fences('text').filter(({ info }) => info.startsWith(PROGRAM));

  it.each(printed.map((fence) => [titleOf(fence), fence] as const))(
    '%s is what the program prints',
    async (_title, { page, info, text }) => {
      const { stdout } = await run(...info.split(' ').slice(1));
      // `UPDATE_DOCS=1 npx jest test/docs/pages.test.ts` writes the texts anew.
      if (process.env['UPDATE_DOCS']) {
        const block = (inside: string): string => `\`\`\`text ${info}\n${inside}\`\`\``;
        writeFileSync(
          join(ROOT, page),
          pageText(page).replace(block(text), () => block(stdout)),
        );
      }
      expect(fencesOf(page).find((fence) => fence.info === info)?.text).toBe(stdout);
    },
  );

  it('tell the help of every command', () => {
    const all = [`${PROGRAM} --help`, ...Object.keys(commands).map((command) => `${PROGRAM} ${command} --help`)];
    const helps = printed.map(({ info }) => info).filter((info) => info.endsWith('--help'));
    expect(helps.toSorted()).toEqual(all.toSorted());
  });
});

/** The anchor that a heading gets. */
function anchor(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^\w\- ]/g, '')
    .replaceAll(' ', '-');
}

describe('links', () => {
  const links = pages().flatMap((page) =>
    [
      ...pageText(page)
        .replaceAll(/```[^]*?```/g, '')
        .matchAll(/\]\(([^)]+)\)/g),
    ].map(([, target = '']) => [page, target] as const),
  );

  it.each(links.filter(([, target]) => !target.startsWith('https://')))('%s leads to %s', (page, target) => {
    const [path = '', fragment] = target.split('#');
    const file = path === '' ? page : join(dirname(page), path);
    expect(existsSync(join(ROOT, file))).toBe(true);
    if (fragment === undefined) return;
    const anchors = [...pageText(file).matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) => anchor(heading));
    expect(anchors).toContain(fragment);
  });

  it('reach every page from the README', () => {
    const named = new Set(links.filter(([page]) => page === 'README.md').map(([, target]) => target.split('#')[0]));
    expect(pages().filter((page) => page !== 'README.md' && !named.has(page))).toEqual([]);
  });
});

describe('what pages name', () => {
  const { scripts, files } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>;
    files: string[];
  };

  it('scripts of package.json are there', () => {
    const named = pages().flatMap((page) => [...pageText(page).matchAll(/npm run ([\w:-]+)/g)].map(([, name = '']) => name));
    expect([...new Set(named)].filter((name) => scripts[name] === undefined)).toEqual([]);
  });

  it('files in backticks are there', () => {
    const named = pages().flatMap((page) =>
      [...pageText(page).matchAll(/`((?:app|constructs|imports|test|docs|controller|gitops|\.ci)\/[\w./-]*)`/g)].map(
        ([, path = '']) => path,
      ),
    );
    expect([...new Set(named)].filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  });

  it('pages that link to each other are published together', () => {
    expect(files).toEqual(expect.arrayContaining([expect.stringMatching(/^docs/), 'README.md', 'LICENSE']));
  });
});

describe('T-R24 the name of the program', () => {
  it('is openclaw-cdk8s wherever a page runs it, and never openclaw, which is the assistant', () => {
    const commandsOf = pages().flatMap((page) => fencesOf(page).filter(({ language }) => language === 'bash'));
    const wrong = /(?:^|[|&;] *|npx )openclaw(?: |$)|cli\/cli\.js/m;
    expect(commandsOf.filter(({ text }) => wrong.test(text)).map(titleOf)).toEqual([]);
    expect(Object.keys((JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { bin: object }).bin)).toEqual([
      'kubectl-openclaw',
      'openclaw-cdk8s',
    ]);
  });

  it('stands in every block of commands, which none hides in a list', () => {
    const hidden = pages().filter((page) => /^ +```/m.test(pageText(page)));
    expect(hidden).toEqual([]);
  });
});

describe('files that the commands of a page read', () => {
  it('are named in its text, since no reader sees what follows the fence', () => {
    const unnamed = pages().flatMap((page) => {
      const prose = pageText(page).replaceAll(/^```[^]*?^```/gm, '');
      const files = fencesOf(page).flatMap((fence) => fileOf(fence) ?? []);
      return files.filter((file) => !prose.includes(`\`${file}\``)).map((file) => `${page}: ${file}`);
    });
    expect(unnamed).toEqual([]);
  });
});
