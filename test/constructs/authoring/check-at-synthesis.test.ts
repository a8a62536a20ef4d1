import { App, type Chart, Testing } from 'cdk8s';
import { OpenClaw, type OpenClawProps, WireChart } from '../../../constructs';
import { newChart } from './synthesized';

const SIDECAR = { name: 'helper', image: 'busybox:1.37' };
const SPEC: OpenClawProps = { image: { tag: '2026.9.6' }, sidecars: [SIDECAR], extraVolumes: [{ name: 'mine', emptyDir: {} }] };

function synthesisOf(add: (openclaw: OpenClaw) => void, chart: Chart = newChart()): () => unknown {
  add(new OpenClaw(chart, 'alice', SPEC));
  return () => Testing.synth(chart);
}

describe('what an author adds after construction is checked at synthesis', () => {
  test.each<[string, (openclaw: OpenClaw) => void, string]>([
    [
      'a container named as a sidecar of the spec',
      ({ pod }) => pod.addContainer('mine', SIDECAR),
      '[chart/alice] spec.sidecars[0].name: "helper" is the name of a container of ours: choose another name',
    ],
    [
      'a volume named as one of the spec',
      ({ pod }) => pod.addVolume('mine', { name: 'mine', emptyDir: {} }),
      '[chart/alice] spec.extraVolumes[0].name: "mine" is the name of a volume of ours: choose another name',
    ],
    [
      'a fragment named as the agent',
      ({ pod }) => pod.addFragments('initContainers', [{ name: 'openclaw' }]),
      '[chart/alice] pod: two containers are named "openclaw": choose another name for one of them',
    ],
    [
      'two volume fragments of one name',
      ({ pod }) => pod.addVolumeFragments([{ name: 'twice' }, { name: 'twice' }]),
      '[chart/alice] pod: two volumes are named "twice": choose another name for one of them',
    ],
    [
      'a mount of a volume that is not there',
      ({ pod }) => pod.addMount('mine', { name: 'nowhere', mountPath: '/x' }),
      '[chart/alice] pod: container "openclaw" mounts volume "nowhere" at /x, which is not there: add the volume',
    ],
    [
      'a mount into a container that is not there',
      ({ pod }) => pod.mountInto('mine', 'nobody', { name: 'data', mountPath: '/x' }),
      '[chart/alice] pod: no container is named "nobody", into which a volume was to be mounted: add it, or name another one',
    ],
  ])('%s', (_, add, message) => {
    expect(synthesisOf(add)).toThrow(message);
    expect(synthesisOf(add, new WireChart(new App(), 'chart', { namespace: 'team-a' }))).toThrow(message);
  });

  test('all mistakes at once', () => {
    const synthesis = synthesisOf(({ pod }) => {
      pod.addContainer('mine', SIDECAR);
      pod.addVolume('mine', { name: 'mine', emptyDir: {} });
    });
    expect(synthesis).toThrow(/spec\.extraVolumes\[0\].*\n.*spec\.sidecars\[0\]/);
  });

  test('what is fine passes', () => {
    const synthesis = synthesisOf(({ pod }) => {
      pod.addVolume('mine', { name: 'cache', emptyDir: {} });
      pod.addContainer('mine', { name: 'cache', image: 'redis:8', volumeMounts: [{ name: 'cache', mountPath: '/cache' }] });
      pod.mountInto('mine', 'cache', { name: 'mine', mountPath: '/mine' });
    });
    expect(synthesis).not.toThrow();
  });
});
