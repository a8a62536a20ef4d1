import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Release } from './releases';
import { patient } from '../patience/patience.cjs';

export interface ConfigIssue {
  /** As the release writes it: dotted, empty or `<root>` for the file itself. */
  readonly path: string;
  readonly message: string;
}

export interface ConfigVerdict {
  readonly valid: boolean;
  readonly issues: readonly ConfigIssue[];
}

interface Outcome {
  readonly code: number | string;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the release's node with nothing of our environment. Resolves on every exit code. */
async function runNode(release: Release, home: string, args: readonly string[], env: Record<string, string> = {}): Promise<Outcome> {
  const clean = {
    HOME: home,
    XDG_CACHE_HOME: join(home, '.cache'),
    OPENCLAW_STATE_DIR: join(home, '.openclaw'),
    PATH: '/usr/bin:/bin',
    TMPDIR: home,
  };
  return new Promise((resolve) => {
    const options = {
      env: { ...clean, ...env },
      cwd: home,
      timeout: patient(60_000),
      maxBuffer: 16 * 1024 * 1024,
    };
    const child = execFile(release.node, [...args], options, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : (error.code ?? 'killed'), stdout, stderr });
    });
    child.stdin?.end();
  });
}

async function inTemporaryHome<T>(use: (home: string) => Promise<T>): Promise<T> {
  const home = await mkdtemp(join(tmpdir(), 'openclaw-validate-'));
  try {
    return await use(home);
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}

function unexpected(release: Release, command: string, { code, stdout, stderr }: Outcome): Error {
  return new Error(`OpenClaw ${release.version}: ${command} ended with ${code} and no verdict:\n${stdout}\n${stderr}`);
}

/** 2026.3.2 and later: `config validate --json`, exit 0 or 1, the verdict on stdout. */
async function byValidateCommand(release: Release, home: string, file: string): Promise<ConfigVerdict> {
  const outcome = await runNode(release, home, [release.entry, 'config', 'validate', '--json'], {
    OPENCLAW_CONFIG_PATH: file,
  });
  if (outcome.code !== 0 && outcome.code !== 1) throw unexpected(release, 'config validate', outcome);
  const verdict: { valid: boolean; issues?: ConfigIssue[] } = JSON.parse(outcome.stdout);
  return { valid: verdict.valid, issues: verdict.issues ?? [] };
}

/** Earlier releases have no such command, but each command refuses a bad file; asking for a key that is there must then succeed. */
async function byGetCommand(release: Release, home: string, file: string): Promise<ConfigVerdict> {
  const outcome = await runNode(release, home, [release.entry, 'config', 'get', 'gateway.mode'], {
    OPENCLAW_CONFIG_PATH: file,
  });
  if (outcome.code === 0) return { valid: true, issues: [] };
  const report = outcome.stderr.split(/^Config invalid$/m)[1];
  if (report === undefined) throw unexpected(release, 'config get gateway.mode', outcome);
  const issues = [...report.matchAll(/^ {2}- (.*?): (.*)$/gm)].map(([, path = '', message = '']) => ({ path, message }));
  return { valid: false, issues };
}

/**
 * The release's own verdict on the text of an openclaw.json, in a temporary home and without our environment. About 1.5 s.
 * On releases without `config validate` the text must hold `gateway.mode`.
 * @throws when the release gives no verdict.
 */
export async function validateConfig(release: Release, configText: string): Promise<ConfigVerdict> {
  return inTemporaryHome(async (home) => {
    const file = join(home, 'config.json');
    await writeFile(file, configText);
    return release.hasValidateCommand ? byValidateCommand(release, home, file) : byGetCommand(release, home, file);
  });
}

/** Many texts at once, in one process where the release allows it (1 to 2 s in all, else 1.5 s for each different one); verdicts in the order of the texts. */
export async function validateConfigs(release: Release, configTexts: readonly string[]): Promise<ConfigVerdict[]> {
  if (!release.hasValidateCommand) return twoByTwo(release, configTexts);
  return inTemporaryHome(async (home) => {
    const files = configTexts.map((_, index) => join(home, `config-${index}.json`));
    await Promise.all(files.map(async (file, index) => writeFile(file, configTexts[index] ?? '')));
    const module = join(release.folder, 'node_modules', 'openclaw', 'dist', 'plugin-sdk', 'config-mutation.js');
    const outcome = await runNode(release, home, [join(__dirname, 'validate-files.mjs'), module, ...files]);
    if (outcome.code !== 0) throw unexpected(release, 'config-mutation.js', outcome);
    const verdicts: ConfigVerdict[] = JSON.parse(outcome.stdout);
    return verdicts;
  });
}

/** Two at a time, for each is a process that keeps one core busy, and each text once. */
async function twoByTwo(release: Release, configTexts: readonly string[]): Promise<ConfigVerdict[]> {
  const texts = [...new Set(configTexts)];
  const verdicts = new Map<string, ConfigVerdict>();
  for (let first = 0; first < texts.length; first += 2) {
    const pair = texts.slice(first, first + 2);
    await Promise.all(pair.map(async (text) => verdicts.set(text, await validateConfig(release, text))));
  }
  return configTexts.map((text) => verdicts.get(text) ?? { valid: false, issues: [] });
}
