import { labels } from '../../../constructs/wire/names';
import { cut, joinWithin } from '../../../controller/status/text';
import { World, createKnown, stopAll } from '../world';

afterEach(stopAll);

const ESCAPE = '\u001B[2J\u001B]0;owned\u0007';
const TURNED = '\u202Etxt.exe\u2066';

describe('T-T7 words of others', () => {
  it.each([
    ['tell a terminal nothing', `a${ESCAPE}b`, 'a [2J ]0;owned b'],
    ['turn no line round', `a${TURNED}b`, 'a txt.exe b'],
    ['end no line', 'a\r\nb\u2028c\0d', 'a b c d'],
    ['keep whole characters', 'a 😀 ü 漢', 'a 😀 ü 漢'],
    ['keep no half ones', 'a\uD83Db', 'a b'],
  ])('%s', (_what, text, expected) => {
    expect([cut(text, 100), joinWithin([text], 100)]).toEqual([expected, expected]);
  });

  it('are cut between characters, never within one', () => {
    for (const limit of [10, 11, 12, 13]) {
      const text = cut('😀'.repeat(20), limit);
      expect(text.length).toBeLessThanOrEqual(limit);
      expect(text).not.toMatch(/\p{Cs}/u);
    }
  });

  it('T-R14 that end in the middle of a character are written once', async () => {
    const world = await World.start((api) => createKnown(api));
    await world.live();
    const metadata = { name: 'alice-0', namespace: 'team-a', labels: { [labels.instance]: 'alice', 'app.kubernetes.io/name': 'openclaw' } };
    const waiting = { reason: 'CreateContainerError', message: `${'x'.repeat(390)}${ESCAPE.slice(0, 9)}😀` };
    const status = { containerStatuses: [{ name: 'openclaw', ready: false, state: { waiting } }] };
    world.api.seed({ apiVersion: 'v1', kind: 'Pod', metadata, status });
    world.api.edit('StatefulSet', 'alice', { status: { readyReplicas: 0 } });
    await world.settle();
    const text = JSON.stringify(world.instance.status);
    expect(text).toContain('xxxx');
    expect(text).not.toMatch(/\\ud[89a-f]|\\u001b/i);
  });
});
