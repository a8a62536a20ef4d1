import { Sandbox } from './sandbox';

let sandbox: Sandbox;
beforeEach(() => {
  sandbox = new Sandbox();
});
afterEach(() => sandbox.remove());

function start(args: readonly string[]) {
  sandbox.fake('socat', `echo "$*" > '${sandbox.path('socat')}'`);
  sandbox.fake('headless-shell', 'printf "<%s>\\n" "$@"; sleep 0.2');
  const env = { CDP_PORT: '9222', HEADLESS_SHELL: sandbox.path('bin/headless-shell') };
  return sandbox.sh('features/chromium/start-headless-shell.sh', args, env);
}

describe('the start of the browser', () => {
  it('T-E10 opens the port of the browser on the loopback interface and bridges it to the pod', () => {
    expect(start([])).toMatchObject({ status: 0, stdout: '<--remote-debugging-address=127.0.0.1>\n<--remote-debugging-port=9223>\n' });
    expect(sandbox.read('socat')).toMatch(/^TCP[46]-LISTEN:9222,fork,reuseaddr(,ipv6only=0)? TCP4:127\.0\.0\.1:9223\n$/);
  });

  it('T-E10 passes each flag on whole: blanks, quotes, dollars, stars', () => {
    const flags = ['--user-agent=My "Agent" $HOME `id` *', "--x='y z'", '', '--last=\\n'];
    expect(start(flags).stdout.split('\n').slice(2, -1)).toEqual(flags.map((flag) => `<${flag}>`));
  });

  it('ends as the browser does, and not without a port', () => {
    sandbox.fake('socat', 'exit 0');
    sandbox.fake('headless-shell', 'exit 7');
    const env = { HEADLESS_SHELL: sandbox.path('bin/headless-shell') };
    expect(sandbox.sh('features/chromium/start-headless-shell.sh', [], { ...env, CDP_PORT: '9222' }).status).toBe(7);
    expect(sandbox.sh('features/chromium/start-headless-shell.sh', [], env).status).not.toBe(0);
  });
});
