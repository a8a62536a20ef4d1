import { type Change, type ChangeSet, type ManifestSet, type Sink, SinkError } from '../constructs';
import { type Modifier, anInstance, rendered, withChromium, withConfig, withSpec } from './builders';

/** A sink to be tried, and eyes that see the place behind it without the sink. */
export interface SinkSubject {
  readonly sink: Sink;
  /** A namespace that the place takes. @default 'team-a' */
  readonly namespace?: string;
  /** The name of the set that a change is about. */
  setOf(change: Change): string;
  /** Everything that is there, in a form in which any write shows, also one that changes nothing. */
  state(): Promise<unknown>;
  /** Whether an object of a set is there: what was asked for, as an engine or a person would find it. */
  holds(set: string, kind: string, name: string): Promise<boolean>;
  /** Puts things of others where ours could be, with names that a careless sink would take for its own. */
  plant(): Promise<void>;
  /** Those things as they are now. */
  planted(): Promise<unknown>;
  /** Puts something of others just where something of the set would have to be; returns it as it is at any time. */
  block(set: string): Promise<() => Promise<unknown>>;
  /** Changes, as others do, something that the sink put there for the set. */
  spoil(set: string): Promise<void>;
  /** The same place through a sink that remembers nothing, as after a restart. */
  reopen(): Promise<Sink>;
  close(): Promise<void>;
}

/** What the place does with the data of a set that is gone. */
export interface SinkTraits {
  /** A claim stays when its set goes. */
  readonly keepsClaims: boolean;
  /** A set that is refused holds up all others: everything is written, or nothing. */
  readonly isAllOrNothing: boolean;
}

/** Names that lead out of the place, hide in it or mean something else there. */
const HOSTILE = [
  '',
  '.',
  '..',
  '../evil',
  '/evil',
  'a/b',
  'a\\b',
  'a b',
  'a\nb',
  'a\0b',
  '-rf',
  '.hidden',
  'Upper',
  'a..b',
  '$(id)',
  'x'.repeat(300),
];

const ORDER: readonly Change['action'][] = ['created', 'configured', 'unchanged', 'deleted'];

/** What the sink refuses to do. */
async function refused(work: Promise<ChangeSet>): Promise<SinkError> {
  const error: unknown = await work.catch((cause: unknown) => cause);
  if (error instanceof SinkError) return error;
  throw new Error(`nothing was refused: ${String(error)}`);
}

/** What every sink does. One suite for all of them; a sink may do more. */
export function sinkContract(title: string, open: () => Promise<SinkSubject>, { keepsClaims, isAllOrNothing }: SinkTraits): void {
  describe(title, () => {
    let subject: SinkSubject;

    beforeEach(async () => {
      subject = await open();
    });
    afterEach(async () => {
      await subject.close();
    });

    function set(name: string, ...modifiers: readonly Modifier[]): ManifestSet {
      const { namespace = 'team-a' } = subject;
      const move: Modifier = (written) => ({ ...written, metadata: { ...written.metadata, namespace } });
      return { name, namespace, manifests: rendered(anInstance(name, move, ...modifiers)).manifests };
    }

    /** What happened to a set, each kind of change once. */
    function actions(changes: ChangeSet, name: string): Change['action'][] {
      const found = new Set(changes.filter((change) => subject.setOf(change) === name).map(({ action }) => action));
      return ORDER.filter((action) => found.has(action));
    }

    /** Looks twice, then does it: all must say the same, and looking must change nothing. */
    async function apply(...sets: readonly ManifestSet[]): Promise<ChangeSet> {
      const before = await subject.state();
      const expected = await subject.sink.diff(sets);
      expect(await subject.sink.diff(sets)).toEqual(expected);
      expect(await subject.state()).toEqual(before);
      const changes = await subject.sink.apply(sets);
      expect(changes).toEqual(expected);
      return changes;
    }

    it('creates everything at the first apply', async () => {
      const changes = await apply(set('alice'), set('bob'));
      expect([actions(changes, 'alice'), actions(changes, 'bob')]).toEqual([['created'], ['created']]);
      expect(await subject.holds('alice', 'StatefulSet', 'alice')).toBe(true);
      expect(await subject.holds('bob', 'ConfigMap', 'bob-config')).toBe(true);
    });

    it('finds everything unchanged at the second one, and writes nothing', async () => {
      const first = await apply(set('alice'), set('bob'));
      const before = await subject.state();
      const second = await apply(set('alice'), set('bob'));
      expect(second).toEqual(first.map(({ id }) => ({ id, action: 'unchanged' })));
      expect(await subject.state()).toEqual(before);
    });

    it('finds everything unchanged after a restart', async () => {
      await apply(set('alice'));
      const before = await subject.state();
      const changes = await (await subject.reopen()).apply([set('alice')]);
      expect(changes.filter(({ action }) => action !== 'unchanged')).toEqual([]);
      expect(actions(changes, 'alice')).toEqual(['unchanged']);
      expect(await subject.state()).toEqual(before);
    });

    it('configures what changed, and nothing else', async () => {
      const first = await apply(set('alice'), set('bob'));
      const changes = await apply(set('alice', withConfig({ logging: { level: 'debug' } })), set('bob'));
      expect(actions(changes, 'alice')).toContain('configured');
      expect(actions(changes, 'alice').filter((action) => action !== 'unchanged')).toEqual(['configured']);
      expect(actions(changes, 'bob')).toEqual(['unchanged']);
      expect(changes.map(({ id }) => id)).toEqual(first.map(({ id }) => id));
    });

    it('brings the objects of a feature, and takes them away again', async () => {
      await apply(set('alice'), set('bob'));
      const on = await apply(set('alice', withChromium()), set('bob'));
      expect(actions(on, 'alice')).not.toContain('deleted');
      expect(await subject.holds('alice', 'Service', 'alice-cdp')).toBe(true);
      const off = await apply(set('alice'), set('bob'));
      expect(actions(off, 'alice')).not.toContain('created');
      expect(actions(off, 'alice')).toEqual(expect.arrayContaining([expect.stringMatching(/^(?:configured|deleted)$/)]));
      expect(await subject.holds('alice', 'Service', 'alice-cdp')).toBe(false);
      expect([actions(on, 'bob'), actions(off, 'bob')]).toEqual([['unchanged'], ['unchanged']]);
    });

    it('deletes a set that is gone, once', async () => {
      await apply(set('alice'), set('bob'));
      const changes = await apply(set('bob'));
      expect([actions(changes, 'alice'), actions(changes, 'bob')]).toEqual([['deleted'], ['unchanged']]);
      expect(await subject.holds('alice', 'StatefulSet', 'alice')).toBe(false);
      expect(await subject.holds('bob', 'StatefulSet', 'bob')).toBe(true);
      const before = await subject.state();
      expect(actions(await apply(set('bob')), 'alice')).toEqual([]);
      expect(await subject.state()).toEqual(before);
    });

    it(keepsClaims ? 'T4 keeps the claims of a set that is gone' : 'keeps no file of a set that is gone', async () => {
      await apply(set('alice'), set('bob'));
      await apply(set('bob'));
      expect(await subject.holds('alice', 'PersistentVolumeClaim', 'alice-data')).toBe(keepsClaims);
    });

    it('T4 never deletes a claim that a set no longer has, where it keeps claims', async () => {
      await apply(set('alice'));
      await apply(set('alice', withSpec({ storage: { persistence: { enabled: false } } })));
      expect(await subject.holds('alice', 'PersistentVolumeClaim', 'alice-data')).toBe(keepsClaims);
    });

    it('takes a set back that was gone', async () => {
      await apply(set('alice'), set('bob'));
      await apply(set('bob'));
      const changes = await apply(set('alice'), set('bob'));
      expect(actions(changes, 'alice')).toEqual(expect.arrayContaining([expect.stringMatching(/^(?:created|configured)$/)]));
      expect(actions(changes, 'alice')).not.toContain('deleted');
      expect(await subject.holds('alice', 'StatefulSet', 'alice')).toBe(true);
    });

    it('takes the last set away as well, and an empty place for what it is', async () => {
      expect(await apply()).toEqual([]);
      await apply(set('alice'));
      expect(actions(await apply(), 'alice')).toEqual(['deleted']);
      expect(await apply()).toEqual([]);
    });

    it('names each thing once, in the order of names, whatever the order of the sets', async () => {
      const [alice, bob, carol] = [set('alice'), set('bob'), set('carol')];
      const ids = (await apply(carol, alice, bob)).map(({ id }) => id);
      expect(ids).toEqual([...new Set(ids)].toSorted((a, b) => (a < b ? -1 : 1)));
      expect((await apply(bob, carol, alice)).map(({ id }) => id)).toEqual(ids);
    });

    it('leaves what others put there, at every step', async () => {
      await subject.plant();
      const before = await subject.planted();
      await apply(set('alice'), set('bob'));
      await apply(set('alice', withChromium()));
      await apply();
      expect(await subject.planted()).toEqual(before);
    });

    it('tells of every set that something of others stands in the way of, and touches none of that', async () => {
      const blocks = [await subject.block('carol'), await subject.block('alice')];
      const looks = async (): Promise<unknown[]> => Promise.all(blocks.map((look) => look()));
      const [before, theirs] = [await subject.state(), await looks()];
      const sets = [set('carol'), set('bob'), set('alice')];
      const expected = await refused(subject.sink.diff(sets));
      expect(expected.refusals.map(({ id }) => subject.setOf({ id, action: 'unknown' }))).toEqual(['alice', 'carol']);
      expect(await subject.state()).toEqual(before);
      const { refusals, changes } = await refused(subject.sink.apply(sets));
      expect({ refusals, changes }).toEqual({ refusals: expected.refusals, changes: expected.changes });
      expect(await looks()).toEqual(theirs);
    });

    it(isAllOrNothing ? 'writes nothing where one set is refused' : 'writes the others where one set is refused', async () => {
      const look = await subject.block('alice');
      const [before, theirs] = [await subject.state(), await look()];
      const { changes } = await refused(subject.sink.apply([set('alice'), set('bob')]));
      expect(await subject.holds('bob', 'StatefulSet', 'bob')).toBe(!isAllOrNothing);
      expect(actions(changes, 'bob')).toEqual(isAllOrNothing ? [] : ['created']);
      if (isAllOrNothing) expect(await subject.state()).toEqual(before);
      expect(await look()).toEqual(theirs);
    });

    it('takes back what others changed of its own, and says so', async () => {
      await apply(set('alice'));
      await subject.spoil('alice');
      const changes = await apply(set('alice'));
      expect(actions(changes, 'alice').filter((action) => action !== 'unchanged')).toEqual(['configured']);
      const again = await apply(set('alice'));
      expect(actions(again, 'alice')).toEqual(['unchanged']);
    });

    it.each(HOSTILE.map((name) => [JSON.stringify(name.slice(0, 20)), name] as const))(
      'refuses %s as a name and as a namespace, and writes nothing',
      async (_title, name) => {
        const before = await subject.state();
        const { manifests } = set('alice');
        const sets: ManifestSet[][] = [[{ ...set('alice'), name }], [{ name: 'alice', namespace: name, manifests }]];
        for (const hostile of sets) {
          await expect(subject.sink.diff(hostile)).rejects.toThrow();
          await expect(subject.sink.apply(hostile)).rejects.toThrow();
        }
        expect(await subject.state()).toEqual(before);
      },
    );
  });
}
