import { schemaOf } from '../../constructs/schema/schemas';
import { isError } from '../../constructs/spec/issue';
import { admit } from '../../constructs/resolve/admission';
import { accepted } from './accepted';
import { instance, type Document } from './documents';
import { refused } from './refused-rules';

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

  test('storageClass may be set and unset but not changed', () => {
    const [fast, slow, none] = [claim({ storageClass: 'fast' }), claim({ storageClass: 'slow' }), claim({})];
    expect(verdict(slow, fast)).toEqual([
      { path: 'spec.storage.persistence.storageClass', message: expect.stringContaining('storageClass cannot be changed') },
    ]);
    expect([verdict(fast, fast), verdict(none, fast), verdict(fast, none)]).toEqual([[], [], []]);
  });
});
