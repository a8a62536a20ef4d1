import { quote } from '../../schema/quote';
import type { Issue } from '../../spec/issue';
import { Mistakes } from './mistakes';

const annotations = new Mistakes('values/annotations');

/** What the annotations of one object take together, keys and values, in bytes. */
const MAX_BYTES = 256 * 1024;

type Annotations = Readonly<Record<string, string>>;

/**
 * Annotations that stand on one object.
 *
 * @param ours what stands beside those of the user
 */
export function* annotationMistakes(theirs: Annotations | undefined, path: string, ours: Annotations = {}): Iterable<Issue> {
  if (theirs === undefined) return;
  const bytes = Object.entries({ ...ours, ...theirs }).reduce(
    (sum, [key, value]) => sum + Buffer.byteLength(key) + Buffer.byteLength(value),
    0,
  );
  if (bytes > MAX_BYTES)
    yield annotations.at(path, `take ${bytes} bytes together, and an object has room for ${MAX_BYTES}: move long texts elsewhere`);
}

const APPARMOR = 'container.apparmor.security.beta.kubernetes.io/';

/** Values that an annotation for AppArmor may have. */
const PROFILE = /^(runtime\/default|unconfined|localhost\/.+)?$/;

/**
 * Annotations of the pod that Kubernetes itself reads.
 *
 * @param isContainer whether a container of the pod has this name
 */
export function* podAnnotationMistakes(
  theirs: Annotations | undefined,
  path: string,
  isContainer: (name: string) => boolean,
): Iterable<Issue> {
  for (const [key, value] of Object.entries(theirs ?? {})) {
    if (!key.startsWith(APPARMOR)) continue;
    const place = `${path}[${key}]`;
    const name = key.slice(APPARMOR.length);
    if (!isContainer(name)) yield annotations.at(place, `the pod has no container ${quote(name)}: name one of it`);
    if (!PROFILE.test(value)) yield annotations.at(place, `must be runtime/default, unconfined or localhost/PROFILE, not ${quote(value)}`);
  }
}
