import { existsSync, lstatSync, mkdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { type Outcome, Sandbox } from './sandbox';

let sandbox: Sandbox;
beforeEach(() => {
  sandbox = new Sandbox();
  mkdirSync(sandbox.path('tools'));
  sandbox.fake('uvx', 'exit 0');
  sandbox.fake('sleep', 'exit 0');
});
afterEach(() => sandbox.remove());

const PYTHON = '#!/bin/sh\necho "Python 3.12.11"';

/** What `uv` does for `uv python install`; its calls are noted down. */
function install(uv = good(), env: Readonly<Record<string, string>> = {}): Outcome {
  sandbox.fake('uv', `echo "$*" >> '${sandbox.path('calls')}'\n[ "$1" != --version ] || exit 0\n${uv}`);
  return sandbox.sh('features/runtime-deps/install-python.sh', [], {
    PYTHON_VERSION: '3.12',
    PYTHON_FOLDER: sandbox.path('local/python'),
    TOOLS: sandbox.path('tools'),
    ...env,
  });
}

function good(): string {
  const bin = '"$UV_PYTHON_INSTALL_DIR/cpython-3.12.11-linux-x86_64-gnu/bin"';
  return `mkdir -p ${bin}\nprintf '%s\\n' '${PYTHON}' > ${bin}/python3.12\nchmod 755 ${bin}/python3.12`;
}

const installs = (): number =>
  readFileSync(sandbox.path('calls'), 'utf8')
    .split('\n')
    .filter((call) => call === 'python install 3.12').length;

describe('the installation of Python', () => {
  it('T-G3 says its version by its full path, and links it and uv', () => {
    expect(install()).toMatchObject({ status: 0, stdout: expect.stringContaining('Python 3.12.11') });
    for (const name of ['python3', 'python', 'python3.12'])
      expect(readlinkSync(sandbox.path('tools', name))).toBe(sandbox.path('local/python/current/bin/python3.12'));
    expect(lstatSync(sandbox.path('tools/uv')).isFile()).toBe(true);
    expect(lstatSync(sandbox.path('tools/uvx')).isFile()).toBe(true);
  });

  it('asks for nothing at the second start, and makes the links anew', () => {
    install();
    rmSync(sandbox.path('tools'), { recursive: true });
    mkdirSync(sandbox.path('tools'));
    expect(install('exit 1')).toMatchObject({ status: 0 });
    expect(installs()).toBe(1);
    expect(existsSync(sandbox.path('tools/python3'))).toBe(true);
  });

  it.each([
    ['before the link', 'rm "$1/current"'],
    ['in the middle', 'rm "$1/current"; rm -rf "$1"/cpython*/bin'],
    ['at the link', 'mv "$1/current" "$1/current.next"'],
  ])('begins anew where it was cut %s', (_title, cut) => {
    install();
    sandbox.fake('cut', cut);
    sandbox.fake('uv', `sh '${sandbox.path('bin/cut')}' '${sandbox.path('local/python')}'`);
    const { status } = sandbox.sh('features/runtime-deps/install-python.sh', [], {
      PYTHON_VERSION: '3.12',
      PYTHON_FOLDER: sandbox.path('local/python'),
      TOOLS: sandbox.path('tools'),
    });
    expect(status).toBe(0);
    expect(install()).toMatchObject({ status: 0 });
    expect(existsSync(sandbox.path('tools/python3'))).toBe(true);
  });

  it('T-F15 tries again, and stops the pod when it cannot be had', () => {
    const { status, stderr } = install('exit 2');
    expect([status, stderr]).toEqual([1, expect.stringContaining('could not install Python 3.12')]);
    expect(installs()).toBe(4);
  });

  it("T-R8 starts the pod without where something of the agent's own stands in the way", () => {
    sandbox.write('local', 'a file');
    expect(install()).toMatchObject({ status: 0, stderr: expect.stringContaining('left out') });
  });

  it("T-I5 puts the company's roots beside those of the system", () => {
    const roots = sandbox.write('company.crt', 'COMPANY ROOT\n');
    const uv = `${good()}\ncp "$SSL_CERT_FILE" '${sandbox.path('seen.pem')}'`;
    expect(install(uv, { NODE_EXTRA_CA_CERTS: roots })).toMatchObject({ status: 0 });
    expect(sandbox.read('seen.pem')).toContain('COMPANY ROOT');
    expect(sandbox.read('seen.pem').length > 20).toBe(existsSync('/etc/ssl/certs/ca-certificates.crt'));
  });
});
