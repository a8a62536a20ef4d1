import { existsSync } from 'node:fs';
import { Sandbox } from './sandbox';

let sandbox: Sandbox;
beforeEach(() => {
  sandbox = new Sandbox();
});
afterEach(() => sandbox.remove());

const URL = 'http://127.0.0.1:18789/readyz';

/** A volume with this many KiB left, and a gateway that answers. */
function ask(free: number, wanted: number, gateway = 'exit 0') {
  sandbox.fake('df', `echo 'Filesystem 1024-blocks Used Available Capacity Mounted on'; echo '/dev/x 99999999999 1 ${free} 1% /data'`);
  sandbox.fake('curl', `echo "$@" > '${sandbox.path('curl-arguments')}'; ${gateway}`);
  return sandbox.sh('core/agent/disk-readiness.sh', ['/data', String(wanted), URL]);
}

describe('the disk guard', () => {
  it.each([
    [65_536, 65_536, 0],
    [65_537, 65_536, 0],
    [65_535, 65_536, 1],
    [0, 1, 1],
    [2 ** 50, 2 ** 50, 0],
    [2 ** 50 - 1, 2 ** 50, 1],
    [9_999_999, 10_000_000, 1],
    [10_000_000, 9_999_999, 0],
  ])('T-C6 with %d KiB left of %d wanted ends with %d', (free, wanted, status) => {
    expect(ask(free, wanted).status).toBe(status);
  });

  it('T-C6 says what is missing, and does not ask the gateway then', () => {
    expect(ask(10, 20).stderr).toBe('/data has 10 KiB left, less than 20 KiB\n');
    expect(existsSync(sandbox.path('curl-arguments'))).toBe(false);
  });

  it('asks the gateway, for three seconds at most, and fails as it does', () => {
    expect(ask(20, 10, 'exit 22').status).toBe(22);
    expect(sandbox.read('curl-arguments')).toBe(`-fsS -o /dev/null --max-time 3 ${URL}\n`);
  });

  it('reads the df of the system', () => {
    sandbox.fake('curl', 'exit 0');
    expect(sandbox.sh('core/agent/disk-readiness.sh', [sandbox.folder, '1', URL]).status).toBe(0);
    expect(sandbox.sh('core/agent/disk-readiness.sh', [sandbox.folder, String(Number.MAX_SAFE_INTEGER), URL]).status).toBe(1);
  });

  it('fails when it cannot tell how much is left', () => {
    sandbox.fake('df', 'exit 1');
    sandbox.fake('curl', 'exit 0');
    expect(sandbox.sh('core/agent/disk-readiness.sh', ['/gone', '1', URL])).toMatchObject({
      status: 1,
      stderr: 'cannot tell how much is left of /gone\n',
    });
  });

  it('fails without its arguments', () => {
    expect(sandbox.sh('core/agent/disk-readiness.sh', ['/data']).status).not.toBe(0);
  });
});
