import { AgentConfig } from '../../../constructs/hosts/config';
import { AgentNetworkPolicy } from '../../../constructs/hosts/network';
import { AgentPod } from '../../../constructs/hosts/pod';
import { AgentService } from '../../../constructs/hosts/service';
import { imageReference, inRegistry } from '../../../constructs/wire/image';

describe('the pod host', () => {
  const container = { name: 'x', image: 'a/b:1' };

  it.each<[string, (pod: AgentPod, owner: string) => void]>([
    ['container', (pod, owner) => pod.addContainer(owner, container)],
    ['volume', (pod, owner) => pod.addVolume(owner, { name: 'x' })],
    ['variable', (pod, owner) => pod.addEnv(owner, { name: 'x', value: '1' })],
    ['annotation', (pod, owner) => pod.addAnnotation(owner, 'x', '1')],
  ])('refuses a second %s of one name and names both parts', (what, add) => {
    const pod = new AgentPod('agent');
    add(pod, 'red');
    expect(() => add(pod, 'blue')).toThrow(`${what} "x" of part "blue" is already there, added by part "red"`);
  });

  it('refuses an init container of the name of a container: a pod has one list of names', () => {
    const pod = new AgentPod('agent');
    pod.addInitContainer('red', container);
    expect(() => pod.addContainer('blue', container)).toThrow('already there');
  });

  it('refuses a second post-start command', () => {
    const pod = new AgentPod('agent');
    pod.onStart(['a']);
    expect(() => pod.onStart(['b'])).toThrow('post-start');
  });

  it('gives what is shared to every container of ours, whenever it came, and to none of the user', () => {
    const pod = new AgentPod('agent');
    const mount = { name: 'ca', mountPath: '/ca' };
    pod.addContainer('early', { name: 'early', image: 'i', env: [{ name: 'CA', value: 'own' }] });
    pod.addToOwnContainers('early', { volumes: [], env: [{ name: 'CA', value: 'shared' }], volumeMounts: [mount] });
    pod.addInitContainer('late', { name: 'late', image: 'i' });
    pod.addFragments('containers', [{ name: 'theirs' }]);
    const { containers, initContainers } = pod.render({ name: 'agent', image: 'i' });
    expect(containers).toEqual([
      { name: 'agent', image: 'i', env: [{ name: 'CA', value: 'shared' }], volumeMounts: [mount] },
      { name: 'early', image: 'i', env: [{ name: 'CA', value: 'own' }], volumeMounts: [mount] },
      { name: 'theirs' },
    ]);
    expect(initContainers).toEqual([{ name: 'late', image: 'i', env: [{ name: 'CA', value: 'shared' }], volumeMounts: [mount] }]);
  });

  it('T-R6 has one mount at a path, however the path is written', () => {
    const pod = new AgentPod('agent');
    pod.addMount('red', { name: 'a', mountPath: '/home/x/.y' });
    for (const mountPath of ['/home/x/.y', '/home//x/./.y/', '/home/z/../x/.y']) {
      expect(() => pod.addMount('blue', { name: 'b', mountPath })).toThrow('mount "/home/x/.y" of part "blue" is already there');
      expect(pod.ownerOf('mount', mountPath)).toBe('red');
    }
    expect(pod.additions.mounts).toEqual([{ name: 'a', mountPath: '/home/x/.y' }]);
  });

  it('mounts into the container that is named, be it there already or not, and into the agent', () => {
    const pod = new AgentPod('agent');
    const mount = { name: 'v', mountPath: '/v' };
    pod.mountInto('red', 'late', mount);
    pod.mountInto('red', 'agent', mount);
    pod.addContainer('blue', { name: 'late', image: 'i', volumeMounts: [{ name: 'own', mountPath: '/own' }] });
    pod.addContainer('blue', { name: 'other', image: 'i' });
    const { containers } = pod.render({ name: 'agent', image: 'i' });
    expect(containers.slice(1)).toEqual([
      { name: 'late', image: 'i', volumeMounts: [{ name: 'own', mountPath: '/own' }, mount] },
      { name: 'other', image: 'i' },
    ]);
    expect(pod.additions.mounts).toEqual([mount]);
  });

  it('knows who took a name, and the name of the agent is taken', () => {
    const pod = new AgentPod('agent');
    pod.addVolume('red', { name: 'v' });
    expect([pod.ownerOf('volume', 'v'), pod.ownerOf('volume', 'w'), pod.ownerOf('container', 'agent')]).toEqual([
      'red',
      undefined,
      'agent',
    ]);
  });

  it('renders no list of init containers when there are none', () => {
    expect(new AgentPod('agent').render({ name: 'agent', image: 'i' })).not.toHaveProperty('initContainers');
  });
});

const documentOf = (config: AgentConfig): unknown => JSON.parse(config.data()['openclaw.json'] ?? '');

const hashOf = (files: Record<string, string>) => {
  const config = new AgentConfig({});
  for (const [key, text] of Object.entries(files)) config.addFile('x', key, text);
  return config.hash();
};

describe('the config host', () => {
  it('puts patches under the document: objects meet, every other value of the user stays', () => {
    const config = new AgentConfig({ a: { list: [1], off: false, nothing: null, text: '' }, b: 'text' });
    config.patch({ a: { list: [2], off: true, nothing: 1, text: 'x', added: 1 }, b: { c: 1 }, d: {} });
    expect(documentOf(config)).toEqual({ a: { list: [1], off: false, nothing: null, text: '', added: 1 }, b: 'text', d: {} });
  });

  it('lets the first of two patches win', () => {
    const config = new AgentConfig({});
    config.patch({ a: 1 });
    config.patch({ a: 2, b: 3 });
    expect(documentOf(config)).toEqual({ a: 1, b: 3 });
  });

  it('never changes the document of the user', () => {
    const base = { a: { b: [1] } };
    const config = new AgentConfig(base);
    config.patch({ a: { c: 1 } });
    config.append(['a', 'b'], ['x'], 'join');
    config.data();
    expect(base).toEqual({ a: { b: [1] } });
  });

  it.each([
    ['join', undefined, ['x', 'y']],
    ['join', ['y', 'z'], ['y', 'z', 'x']],
    ['yield', undefined, ['x', 'y']],
    ['yield', ['z'], ['z']],
    ['yield', [], []],
  ] as const)('appends in mode %s to %j', (mode, list, expected) => {
    const config = new AgentConfig(list === undefined ? {} : { deep: { list } });
    config.append(['deep', 'list'], ['x', 'y'], mode);
    expect(documentOf(config)).toEqual({ deep: { list: expected } });
  });

  it('yields to a list of the user even when another part has joined it before', () => {
    const config = new AgentConfig({});
    config.append(['list'], ['joined'], 'join');
    config.append(['list'], ['default'], 'yield');
    expect(documentOf(config)).toEqual({ list: ['default', 'joined'] });
  });

  it('leaves a value that is no list, and a path through a value that is no object, as the user wrote it', () => {
    const config = new AgentConfig({ list: 'text', deep: 1 });
    config.append(['list'], ['x'], 'join');
    config.append(['deep', 'list'], ['x'], 'join');
    expect(documentOf(config)).toEqual({ list: 'text', deep: 1 });
  });

  it('refuses a second file of one name and names both parts', () => {
    const config = new AgentConfig({});
    config.addFile('red', 'a.sh', '1');
    expect(() => config.addFile('blue', 'a.sh', '2')).toThrow('config file "a.sh" of part "blue" is already there, added by part "red"');
  });

  it('has a hash that tells apart where one text ends and the next begins', () => {
    expect(hashOf({ a: 'b', c: '' })).not.toBe(hashOf({ a: '', c: 'b' }));
    expect(hashOf({ a: '1', b: '2' })).toBe(hashOf({ b: '2', a: '1' }));
    expect(hashOf({})).toMatch(/^[0-9a-f]{16}$/);
  });

  it('renders what was added after it was asked the first time', () => {
    const config = new AgentConfig({});
    const before = config.hash();
    config.patch({ a: 1 });
    expect(documentOf(config)).toEqual({ a: 1 });
    expect(config.hash()).not.toBe(before);
  });
});

describe('the service and network hosts', () => {
  const port = { name: 'a', port: 1, targetPort: 2 };

  it.each([
    ['name', { name: 'a', port: 9, targetPort: 9 }],
    ['number', { name: 'b', port: 1, targetPort: 9 }],
  ])('refuse a second port of one %s', (_what, second) => {
    const service = new AgentService(undefined);
    service.addPort('red', port);
    expect(() => service.addPort('blue', second)).toThrow('part "blue" meets port "a" (1)');
  });

  it('open the ports behind the Service to the peers that were named, whatever came first', () => {
    const service = new AgentService(undefined);
    const network = new AgentNetworkPolicy(service);
    network.allowFrom({ podSelector: {} });
    network.allow('everybody', [{ port: 9090, protocol: 'TCP' }]);
    service.addPort('late', port);
    expect(network.render()).toEqual({
      ingress: [{ from: [{ podSelector: {} }], ports: [{ port: 2, protocol: 'TCP' }] }, { ports: [{ port: 9090, protocol: 'TCP' }] }],
      egress: [],
    });
  });

  it('open a port to those who are named for it alone, and to nobody where the list is empty', () => {
    const network = new AgentNetworkPolicy(new AgentService(undefined));
    const peer = { podSelector: { matchLabels: { app: 'prometheus' } } };
    network.allow([peer], [{ port: 9090, protocol: 'TCP' }]);
    network.allow([], [{ port: 9091, protocol: 'TCP' }]);
    expect(network.render().ingress).toEqual([{ from: [peer], ports: [{ port: 9090, protocol: 'TCP' }] }]);
  });

  it('open nothing when nobody is named', () => {
    const service = new AgentService(undefined);
    service.addPort('red', port);
    expect(new AgentNetworkPolicy(service).render()).toEqual({ ingress: [], egress: [] });
  });
});

describe('an image', () => {
  it.each([
    [{ repository: 'a/b', tag: '1' }, 'a/b:1'],
    [{ repository: 'a/b', tag: '1', digest: 'sha256:abc' }, 'a/b@sha256:abc'],
    [{ repository: 'a/b' }, 'a/b:latest'],
  ])('%j is %s', (image, expected) => {
    expect(imageReference(image, undefined)).toBe(expected);
  });

  it.each([
    ['ghcr.io/a/b:1', 'r.example.com/a/b:1'],
    ['docker.io/library/nginx:1', 'r.example.com/nginx:1'],
    ['docker.io/ollama/ollama:2', 'r.example.com/ollama/ollama:2'],
    ['ollama/ollama:2', 'r.example.com/ollama/ollama:2'],
    ['nginx', 'r.example.com/nginx'],
    ['localhost:5000/x', 'r.example.com/x'],
    ['localhost/x', 'r.example.com/x'],
    ['[::1]:5000/x', 'r.example.com/x'],
    ['a/b@sha256:abc', 'r.example.com/a/b@sha256:abc'],
  ])('%s comes from another registry as %s', (reference, expected) => {
    for (const registry of ['r.example.com', 'r.example.com/', 'r.example.com///']) expect(inRegistry(reference, registry)).toBe(expected);
  });

  it('stays what it is without one', () => {
    expect(inRegistry('docker.io/library/nginx:1', undefined)).toBe('docker.io/library/nginx:1');
    expect(inRegistry('docker.io/library/nginx:1', '')).toBe('docker.io/library/nginx:1');
  });
});
