import { Sandbox } from './sandbox';

let sandbox: Sandbox;
beforeEach(() => {
  sandbox = new Sandbox();
});
afterEach(() => sandbox.remove());

/** Replaces `ollama`: what `serve`, `list`, `show` and `pull` do is shell; every call is noted down. */
function pull(models: readonly string[], { serve = 'exec sleep 30', list = 'exit 0', show = 'exit 1', pull: body = 'exit 0' } = {}) {
  sandbox.fake(
    'ollama',
    [
      `[ "$1" = list ] || echo "$*" >> '${sandbox.path('calls')}'`,
      // Whoever reads its input must not eat the list of models.
      '[ "$1" = serve ] || cat > /dev/null',
      `case $1 in serve) ${serve} ;; list) ${list} ;; show) ${show} ;; pull) ${body} ;; esac`,
    ].join('\n'),
  );
  sandbox.fake('sleep', 'case $1 in 0) ;; *) exec /bin/sleep "$1" ;; esac');
  const env = { OLLAMA_PULL: models.join('\n'), OLLAMA_WAIT_SECONDS: '0', OLLAMA_WAIT_TRIES: '20' };
  return sandbox.sh('features/ollama/pull-models.sh', [], env);
}

const calls = (): string[] => sandbox.read('calls').trim().split('\n').sort();

describe('the pull of models', () => {
  it('T-I1 waits for the server, pulls each model, and ends the server', () => {
    const marker = sandbox.path('tries');
    const { status } = pull(['a', 'b:8b', 'c/d'], {
      serve: `trap 'echo ended >> ${sandbox.path('server')}; exit 0' TERM; while :; do /bin/sleep 0.05; done`,
      list: `echo x >> ${marker}; [ "$(wc -l < ${marker})" -ge 3 ]`,
    });
    expect(status).toBe(0);
    expect(calls().filter((call) => call.startsWith('pull'))).toEqual(['pull a', 'pull b:8b', 'pull c/d']);
    expect(sandbox.read('tries').trim().split('\n')).toHaveLength(3);
  });

  it('T-I1 needs no network for a model that is there', () => {
    expect(pull(['here', 'gone'], { show: '[ "$2" = here ]' }).status).toBe(0);
    expect(calls().filter((call) => call.startsWith('pull'))).toEqual(['pull gone']);
  });

  it('T-I1 tries a pull that fails again', () => {
    const count = sandbox.path('count');
    expect(pull(['a'], { pull: `echo x >> ${count}; [ "$(wc -l < ${count})" -ge 3 ]` }).status).toBe(0);
    expect(calls().filter((call) => call === 'pull a')).toHaveLength(3);
  });

  it('T-I1 stops the pod when a model cannot be pulled, and names it', () => {
    const { status, stderr } = pull(['good', 'bad', 'never'], { pull: '[ "$2" = good ]' });
    expect([status, stderr]).toEqual([1, expect.stringContaining('could not pull bad')]);
    expect(calls().filter((call) => call.startsWith('pull'))).toEqual(['pull bad', 'pull bad', 'pull bad', 'pull good']);
  });

  it('T-I1 stops when the server ends before it answers', () => {
    const { status, stderr } = pull(['a'], { serve: 'exit 3', list: '/bin/sleep 0.05; exit 1' });
    expect([status, stderr]).toEqual([1, expect.stringContaining('the server ended')]);
  });

  it('T-I1 stops when the server never answers', () => {
    const { status, stderr } = pull(['a'], { list: 'exit 1' });
    expect([status, stderr]).toEqual([1, expect.stringContaining('no answer from the server after 20 tries')]);
  });

  it('passes over empty lines and takes names as they are', () => {
    expect(pull(['', 'a', '', 'x y']).status).toBe(0);
    expect(calls().filter((call) => call.startsWith('pull'))).toEqual(['pull a', 'pull x y']);
  });
});
