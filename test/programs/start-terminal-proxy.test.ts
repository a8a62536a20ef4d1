import { createHash } from 'node:crypto';
import { type Outcome, Sandbox } from './sandbox';

let sandbox: Sandbox;
beforeEach(() => {
  sandbox = new Sandbox();
  sandbox.fake('nginx', 'echo "nginx $*"');
});
afterEach(() => sandbox.remove());

function start(username: string | undefined, password: string | undefined, inet6 = '/dev/null'): Outcome {
  if (username !== undefined) sandbox.write('credential/username', username);
  if (password !== undefined) sandbox.write('credential/password', password);
  return sandbox.sh('features/web-terminal/start-terminal-proxy.sh', [], {
    TERMINAL_CREDENTIAL: sandbox.path('credential'),
    TERMINAL_CONF: sandbox.write('nginx.conf', 'listen 7681;\nlisten [::]:7681;\n'),
    TERMINAL_USERS: sandbox.path('users'),
    PROXY_INET6: inet6,
  });
}

const sha = (password: string): string => createHash('sha1').update(password).digest('base64');

describe('the start of the proxy in front of the web terminal', () => {
  it.each(['secret', 'a:b', ' with spaces ', 'back\\slash%s', 'quote\'"$(id)', 'ünï', '-n', 'x'.repeat(500)])(
    'T-I4 makes a file of users for the password %j, and starts nginx without it',
    (password) => {
      const { status, stdout } = start('ops', password);
      expect([status, stdout]).toEqual([0, expect.stringMatching(/^nginx -e stderr -c \S+nginx\.conf -g daemon off;\n$/)]);
      expect(sandbox.read('users')).toBe(`ops:{SHA}${sha(password)}\n`);
    },
  );

  it('takes one line, with or without a line feed', () => {
    expect(start('ops\n', 'secret\n').status).toBe(0);
    expect(sandbox.read('users')).toBe(`ops:{SHA}${sha('secret')}\n`);
  });

  it.each<[string | undefined, string | undefined, string]>([
    [undefined, 'x', 'the Secret has no key username'],
    ['ops', undefined, 'the Secret has no key password'],
    ['', 'x', 'the key username of the Secret is empty'],
    ['ops', '', 'the key password of the Secret is empty'],
    ['ops\neve:{PLAIN}', 'x', 'the key username of the Secret has more than one line'],
    ['ops', 'x\ny', 'the key password of the Secret has more than one line'],
    ['o:ps', 'x', 'the username has a colon in it'],
    ['#ops', 'x', 'the username begins with #'],
  ])('stops at user %j and password %j', (username, password, message) => {
    const { status, stderr } = start(username, password);
    expect([status, stderr]).toEqual([1, expect.stringContaining(message)]);
  });

  it('leaves the listener of IPv6 out where the node has none', () => {
    const { stdout } = start('ops', 'secret', '/nowhere');
    expect(stdout).toContain(`-c ${sandbox.path('users.conf')}`);
    expect(sandbox.read('users.conf')).toBe('listen 7681;\n');
  });
});
