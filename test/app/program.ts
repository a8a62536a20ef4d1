import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { runCommand } from '../../app/cli/command';
import { builtPackage } from './built-package';

/** What a run of the program left behind. */
export interface Run {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the built program as a process of its own. */
export function runProgram(
  args: readonly string[],
  { cwd, input = '', env = {} }: { readonly cwd?: string; readonly input?: string; readonly env?: Readonly<Record<string, string>> } = {},
): Run {
  const cli = join(builtPackage(), 'lib', 'app', 'cli', 'cli.js');
  const { status, stdout, stderr } = spawnSync(process.execPath, [cli, ...args], {
    ...(cwd !== undefined && { cwd }),
    input,
    env: { ...process.env, ...env },
    encoding: 'utf8',
    maxBuffer: 256 * 1024 * 1024,
  });
  return { code: status, stdout, stderr };
}

/** Runs the program in this process: the same code without the price of a start. */
export async function run(...args: readonly string[]): Promise<Run> {
  let stdout = '';
  let stderr = '';
  const streams = { stdout: (text: string) => (stdout += text), stderr: (text: string) => (stderr += text), isTerminal: false };
  const code = await runCommand(args, streams, () => 'of the test');
  return { code, stdout, stderr };
}

const folders: string[] = [];

/** A new folder under the temporary one, with these files. Removed by {@link removeFolders}. */
export function folderWith(files: Readonly<Record<string, string>> = {}): string {
  const folder = mkdtempSync(join(tmpdir(), 'openclaw-app-'));
  folders.push(folder);
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return folder;
}

/** For `afterAll`. */
export function removeFolders(): void {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
}

/** The YAML of an instance with a pinned release. `spec` is one flow mapping. */
export function instanceYaml(name: string, { namespace = 'team-a', spec = '{image: {tag: "2026.9.6"}}' } = {}): string {
  const place = namespace === '' ? '' : `\n  namespace: ${namespace}`;
  return `apiVersion: openclaw.rocks/v1alpha1\nkind: OpenClawInstance\nmetadata:\n  name: ${name}${place}\nspec: ${spec}\n`;
}
