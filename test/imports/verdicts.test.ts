import { schemaOf } from '../../constructs/schema/schemas';
import { isError } from '../../constructs/spec/issue';
import { admit } from '../../constructs/resolve/admission';
import { accepted } from './accepted';
import { instance, type Document } from './documents';
import { refused, renamed } from './refused-rules';

const plurals: Readonly<Record<string, Parameters<typeof schemaOf>[0]>> = {
  OpenClawInstance: 'openclawinstances',
  OpenClawSelfConfig: 'openclawselfconfigs',
  OpenClawClusterDefaults: 'openclawclusterdefaults',
};

// A document that travels has no `undefined`.
const asSent = (document: Document): object => JSON.parse(JSON.stringify(document));

function verdict(document: Document, previous?: Document): readonly { readonly path: string; readonly message: string }[] {
  const plural = plurals[document.kind];
  if (plural === undefined) throw new Error(`no schema for ${document.kind}`);
  const { issues } = admit(schemaOf(plural), asSent(document), previous && asSent(previous));
  // A warning is no verdict: the server has none.
  return issues.filter(isError).map(({ path, message }) => ({ path, message }));
}

const claim = (persistence: object): Document => instance({ storage: { persistence } });

// The server writes the key of a map in brackets when a rule fails there, and with a dot when the shape is wrong; we have one form.
const withDots = (path: string): string => path.replaceAll(/\[(\D[^\]]*)\]/g, '.$1');

/** The same documents as in the cluster tests: a laptop must say what the server says. */
describe('without a server', () => {
  test.each(accepted)('accepts $title', ({ document }) => {
    expect(verdict(document)).toEqual([]);
  });

  test.each(refused)('refuses $title', ({ document, path, says }) => {
    expect(verdict(document)).toEqual([{ path: withDots(path), message: expect.stringContaining(says) }]);
  });

  test.each(refused)('T-R2 stored before our rules, $title may be annotated, though not made', ({ document }) => {
    const annotated = {
      ...document,
      metadata: { ...document.metadata, annotations: { a: 'b' }, finalizers: ['openclaw.rocks/finalizer'] },
    };
    expect(verdict(annotated, document)).toEqual([]);
    expect(verdict(annotated)).not.toEqual([]);
  });

  test.each(renamed)('T-R2 $title stays usable: what is new in it is judged all the same', ({ document }) => {
    const change = (spec: object): Document => ({ ...document, spec });
    expect(verdict(change({ registry: 'r.example' }), document)).toEqual([]);
    expect(verdict(change({ registry: 'https://r.example' }), document).map(({ path }) => path)).toEqual(['spec.registry']);
  });

  test('a shape that was stored wrong is spared while nothing about it changes', () => {
    const long = { skills: Array.from({ length: 21 }, (_, index) => `s${index}`) };
    expect(verdict(instance({ ...long, suspended: true }), instance(long))).toEqual([]);
    expect(verdict(instance({ skills: [...long.skills, 's21'] }), instance(long)).map(({ path }) => path)).toEqual(['spec.skills']);
  });

  test('storageClass may be set and unset but not changed', () => {
    const [fast, slow, none] = [claim({ storageClass: 'fast' }), claim({ storageClass: 'slow' }), claim({})];
    expect(verdict(slow, fast)).toEqual([
      { path: 'spec.storage.persistence.storageClass', message: expect.stringContaining('storageClass cannot be changed') },
    ]);
    expect([verdict(fast, fast), verdict(none, fast), verdict(fast, none)]).toEqual([[], [], []]);
  });
});
