import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { helpText } from '../../../app/cli/help';
import { UsageError, commands } from '../../../app/cli/options';
import { parseInvocation } from '../../../app/cli/parse';
import { run } from '../program';

const { flags } = commands.controller;

/** Runs with these variables, and puts the old ones back. */
async function withVariables<T>(variables: Readonly<Record<string, string>>, work: () => Promise<T>): Promise<T> {
  const before = { ...process.env };
  Object.assign(process.env, variables);
  try {
    return await work();
  } finally {
    process.env = before;
  }
}

describe('openclaw-cdk8s controller', () => {
  it.each([
    [['--delivery', 'pigeon'], '--delivery is "pigeon": use apply or git'],
    [['--concurrency', '0'], '--concurrency is "0": use a whole number from 1 to 256'],
    [['--concurrency', '257'], '--concurrency is "257": use a whole number from 1 to 256'],
    [['--concurrency', '2.5'], '--concurrency is "2.5": use a whole number from 1 to 256'],
    [['--concurrency', ''], '--concurrency is "": use a whole number from 1 to 256'],
    [['--health-port', 'http'], '--health-port is "http": use a whole number from 0 to 65535'],
    [['--health-port', '65536'], '--health-port is "65536": use a whole number from 0 to 65535'],
    [
      ['--namespaces', 'team-a,,Team'],
      '--namespaces has "", which is no namespace: write them like team-a,team-b\nerror: --namespaces has "Team"',
    ],
    [['--watch-label', 'team'], '--watch-label is "team": write it like example.com/team=blue'],
    [['--watch-label', "team=b' || true"], '--watch-label is "team=b\' || true": write it like example.com/team=blue'],
    [['--watch-label', 'a/b/c=d'], '--watch-label is "a/b/c=d": write it like example.com/team=blue'],
    [['--watch-label', 'team in (a,b)'], '--watch-label is "team in (a,b)": write it like example.com/team=blue'],
    [['--delivery', 'git'], '--delivery git needs --cluster-name, and --git-url or --oci-repository'],
    [['alice.yaml'], 'unknown argument "alice.yaml": the controller reads instances from the cluster'],
    [['--git-branche', 'main'], "unknown option '--git-branche'; did you mean --git-branch?"],
    [['--git-url'], "option '--git-url <URL>' argument missing: write it behind the flag"],
    [['--once=yes'], '--once takes no value: write --once'],
  ])('%j is answered with the flag and what to write', async (args, expected) => {
    const { code, stdout, stderr } = await run('controller', ...args);
    expect({ code, stdout, stderr }).toEqual({ code: 2, stdout: '', stderr: expect.stringContaining(`error: ${expected}`) as string });
  });

  it.each(['A_B', '', '../x'])('refuses a namespace that is none: %j', async (namespace) => {
    const expected = {
      code: 2,
      stdout: '',
      stderr: `error: "${namespace}" cannot be a namespace: use lower-case letters, digits and '-'\n`,
    };
    expect(await run('controller', '--print-rbac', '-n', namespace)).toEqual(expected);
    expect(await withVariables({ POD_NAMESPACE: namespace }, () => run('controller', '--print-rbac'))).toEqual(expected);
  });

  it('--print-rbac prints what the golden file says, and nothing else', async () => {
    const golden = readFileSync(join(__dirname, '..', '..', 'controller', 'process', 'rbac.golden.yaml'), 'utf8');
    expect(await run('controller', '--print-rbac')).toEqual({ code: 0, stdout: golden, stderr: '' });
    const { stdout } = await withVariables({ POD_NAMESPACE: 'elsewhere' }, () => run('controller', '--print-rbac'));
    expect(stdout).toBe(golden.replaceAll('openclaw-system', 'elsewhere'));
  });
});

describe('--print-rbac', () => {
  it('prints Roles for --namespaces, and names each namespace once', async () => {
    const { stdout, code } = await run('controller', '--print-rbac', '--namespaces', 'team-b, team-a,team-b');
    const documents = parseAllDocuments(stdout).map((document) => document.toJS() as { kind: string; metadata: { namespace?: string } });
    expect(code).toBe(0);
    expect(documents.filter(({ kind }) => kind === 'RoleBinding').map(({ metadata }) => metadata.namespace)).toEqual([
      'team-a',
      'team-b',
      'openclaw-system',
    ]);
  });
});

describe('variables', () => {
  it.each(Object.entries(flags).flatMap(([flag, one]) => ('variable' in one ? [[one.variable, flag] as const] : [])))(
    '%s stands in for --%s, and the flag goes before it',
    (variable, flag) => {
      expect(parseInvocation(['controller'], { [variable]: 'from-the-variable' }).values[flag]).toBe('from-the-variable');
      expect(parseInvocation(['controller', `--${flag}`, 'given'], { [variable]: 'other' }).values[flag]).toBe('given');
    },
  );

  it('of none of the switches exist: what loosens or ends something is said on the command line', () => {
    const switches = Object.entries(flags).filter(([, flag]) => !('value' in flag));
    expect(switches.filter(([, flag]) => 'variable' in flag)).toEqual([]);
  });

  it('serve the controller alone', () => {
    expect(parseInvocation(['synth', 'a.yaml'], { POD_NAMESPACE: 'elsewhere' }).values['namespace']).toBeUndefined();
  });

  it('that say something wrong are told by the flag', async () => {
    const { stderr } = await withVariables({ OPENCLAW_CONCURRENCY: 'many' }, () => run('controller'));
    expect(stderr).toBe('error: --concurrency is "many": use a whole number from 1 to 256\n');
  });
});

describe('defaults', () => {
  it('are those that the help tells', () => {
    const { values } = parseInvocation(['controller']);
    const given = Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
    expect(given).toEqual({
      delivery: 'apply',
      namespace: 'openclaw-system',
      concurrency: '8',
      'health-port': '8081',
      'hook-port': '0',
      'metrics-port': '8080',
      'webhook-port': '0',
      'webhook-service': 'openclaw-webhook',
      'git-branch': 'main',
      'git-approval': 'none',
      'git-pull-requests': 'off',
      'git-signing': 'ssh',
      'oci-signing': 'cosign',
      'git-author': 'OpenClaw <openclaw@localhost>',
    });
    const help = helpText('controller');
    for (const [flag, value] of Object.entries(given)) expect(help).toMatch(new RegExp(`--${flag} .*default ${value?.toString()}\\)`));
  });

  it('do not hide a flag that is given empty', () => {
    expect(parseInvocation(['controller', '--git-branch', '']).values['git-branch']).toBe('');
    expect(() => parseInvocation(['controller', '--bogus'])).toThrow(UsageError);
  });
});
