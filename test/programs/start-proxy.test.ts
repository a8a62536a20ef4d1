import { Sandbox } from './sandbox';

let sandbox: Sandbox;
beforeEach(() => {
  sandbox = new Sandbox();
});
afterEach(() => sandbox.remove());

function start(inet6: boolean) {
  const config = sandbox.write('nginx.conf', 'server {\n  listen 18790;\n  listen [::]:18790;\n}\n');
  if (inet6) sandbox.write('if_inet6', '');
  sandbox.fake('nginx', 'for argument in "$@"; do echo "$argument"; done; cat "$4"');
  return sandbox.sh('core/gateway/start-proxy.sh', [], { PROXY_CONFIG: config, PROXY_INET6: sandbox.path('if_inet6') });
}

describe('the start of the proxy', () => {
  it('T-D5 listens on IPv6 where the node has it', () => {
    const { status, stdout } = start(true);
    expect([status, stdout.split('\n').slice(0, 6)]).toEqual([0, ['-e', 'stderr', '-c', sandbox.path('nginx.conf'), '-g', 'daemon off;']]);
    expect(stdout).toContain('listen [::]:18790;');
  });

  it('leaves those listeners out where it does not, and starts', () => {
    const { status, stdout } = start(false);
    expect(status).toBe(0);
    expect(stdout).toContain('listen 18790;');
    expect(stdout).not.toContain('[::]');
  });
});
