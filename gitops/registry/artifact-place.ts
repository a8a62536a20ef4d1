import { GitError } from '../git/errors';
import { type Repository, repositoryOf } from './repository';

/** A place for artifacts: one tag of one repository. */
export interface ArtifactPlace {
  readonly repository: Repository;
  /** `oci://host/path`, as engines name it. */
  readonly url: string;
  readonly tag: string;
}

/** As the distribution specification has it, and short enough for the tag of a revision behind it. */
const TAG = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,99}$/;

/** Whether a text can be the tag that moves. */
export function isTag(text: string): boolean {
  return TAG.test(text);
}

/**
 * Reads `oci://host/path`, or the same without the scheme.
 *
 * @throws {@link GitError} `OCI-SETTINGS`
 */
export function artifactPlace(text: string, tag: string): ArtifactPlace {
  const name = text.replace(/^oci:\/\//, '');
  const repository = repositoryOf(name);
  // The name of an image alone would be one of Docker Hub; a tag or digest belongs elsewhere.
  if (repository === undefined || name !== `${repository.host}/${repository.path}` || !name.includes('/')) {
    throw new GitError('OCI-SETTINGS', 'the repository of artifacts is not of the form oci://host/path, without a tag');
  }
  if (!isTag(tag))
    throw new GitError('OCI-SETTINGS', `the tag ${JSON.stringify(tag.slice(0, 80))} is none: use letters, digits, '.', '_' and '-'`);
  return { repository, url: `oci://${name}`, tag };
}
