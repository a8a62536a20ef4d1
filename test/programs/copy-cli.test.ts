import { chmodSync, existsSync, mkdirSync, statSync } from 'node:fs';
import { type Outcome, Sandbox } from './sandbox';

let sandbox: Sandbox;
beforeEach(() => {
  sandbox = new Sandbox();
  mkdirSync(sandbox.path('out'));
  chmodSync(sandbox.write('cli', 'the program'), 0o755);
});
afterEach(() => sandbox.remove());

function copy(env: Readonly<Record<string, string>> = {}): Outcome {
  const { folder } = sandbox;
  return sandbox.sh('features/tailscale/copy-cli.sh', [], { TAILSCALE_CLI: `${folder}/cli`, TAILSCALE_BIN: `${folder}/out`, ...env });
}

describe('the copy of the tailscale program', () => {
  it('T-H1 can be run, and a second time changes nothing', () => {
    for (let run = 0; run < 2; run += 1) {
      expect(copy()).toEqual({ status: 0, stdout: '', stderr: '' });
      expect(sandbox.read('out/tailscale')).toBe('the program');
      expect(statSync(sandbox.path('out/tailscale')).mode & 0o777).toBe(0o755);
    }
    expect(existsSync(sandbox.path('out/.tailscale.new'))).toBe(false);
  });

  it('replaces what a run that was cut left', () => {
    sandbox.write('out/.tailscale.new', 'half');
    expect(copy().status).toBe(0);
    expect(sandbox.read('out/tailscale')).toBe('the program');
  });

  it('says which program the image lacks', () => {
    expect(copy({ TAILSCALE_CLI: '/nowhere' })).toMatchObject({ status: 1, stderr: expect.stringContaining('no program /nowhere') });
  });

  it('makes the folder of the state for the group, again and again', () => {
    const state = sandbox.path('private', 'tailscale');
    for (let run = 0; run < 2; run += 1) {
      expect(copy({ TAILSCALE_STATE: state }).status).toBe(0);
      expect(statSync(state).mode & 0o7777).toBe(0o2770);
    }
  });
});
