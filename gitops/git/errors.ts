/** What each code means for the caller: whether a person has to act, and what that person should do. */
const CODES = {
  'GIT-SETTINGS': { stalled: true, remedy: 'correct the settings of the repository' },
  'GIT-AUTH': { stalled: true, remedy: 'give the writer a valid credential that may push to this repository' },
  'GIT-HOSTKEY': { stalled: true, remedy: 'put the host key of the server into known_hosts, after checking its fingerprint' },
  'GIT-UNREACHABLE': {
    stalled: false,
    remedy: 'nothing, if the server comes back; else check its address and the network policy of the writer',
  },
  'GIT-RACE': { stalled: false, remedy: 'nothing: the commit is rebuilt on the new tip' },
  'GIT-PROTECTED': { stalled: true, remedy: 'let the account of the writer push to this branch, or choose another branch' },
  'GIT-REJECTED': { stalled: true, remedy: 'read the message of the server and change what it refuses' },
  'GIT-BRANCH-MISSING': { stalled: true, remedy: 'create the branch, or have it created by --git-create-branch' },
  'GIT-FAILED': { stalled: false, remedy: 'nothing: it is tried again; if it stays, read the message' },
  'OCI-SETTINGS': { stalled: true, remedy: 'correct the settings of the repository of artifacts' },
  'OCI-AUTH': { stalled: true, remedy: 'give the writer a credential that may push to this repository' },
  'OCI-UNREACHABLE': {
    stalled: false,
    remedy: 'nothing, if the registry comes back; else check its address and the network policy of the writer',
  },
  'OCI-RACE': { stalled: false, remedy: 'nothing: the artifact is built again on the newest one' },
  'OCI-REJECTED': {
    stalled: true,
    remedy: 'read the words of the registry and change what it refuses: the moving tag must not be immutable',
  },
  'OCI-FOREIGN': { stalled: true, remedy: 'remove the tag, or choose another one by --oci-tag' },
  'OCI-FAILED': { stalled: false, remedy: 'nothing: it is tried again; if it stays, read the message' },
  'WRITE-FENCED': { stalled: false, remedy: 'nothing: another writer is in charge' },
  'PATH-FOREIGN-OWNER': { stalled: true, remedy: 'remove what is in the way, or give this cluster another name' },
  'PATH-SYMLINK': { stalled: true, remedy: 'remove the link, submodule or file that stands where a directory has to be' },
  'FILE-COLLISION': { stalled: true, remedy: 'rename one of the two objects' },
  'FILE-NAME': { stalled: true, remedy: 'choose a shorter name, of letters, digits, dots and dashes' },
  'SECRET-FOUND': { stalled: true, remedy: 'put the value into a Secret and refer to it' },
  'NOT-FOR-GIT': { stalled: true, remedy: 'leave the object out of what is committed' },
  'HELD-REVERT': { stalled: true, remedy: 'change the instance, or revert that commit, or let it be written over' },
  'HELD-CHANGE': { stalled: true, remedy: 'change the instance, or revert that commit, or let it be written over' },
  'AWAITING-APPROVAL': { stalled: true, remedy: 'look at the plan; then approve it by its hash' },
  'ENGINE-DELETES': {
    stalled: true,
    remedy: 'have it keep what it applied: preserveResourcesOnDeletion of the ApplicationSet, deletionPolicy Orphan of the Kustomization',
  },
  'MASS-DELETE': { stalled: true, remedy: 'check that the deletions are meant; then confirm them' },
  'SIGN-FAILED': { stalled: true, remedy: 'give the writer a usable signing key' },
  'PULL-REQUEST-OPEN': { stalled: true, remedy: 'review the pull request; then merge it, or close it' },
  'PULL-REQUEST-CLOSED': { stalled: true, remedy: 'change the instance, or open the pull request again' },
  'HELD-BRANCH': { stalled: true, remedy: 'merge it, or delete the branch, or let it be written over' },
  'FORGE-SETTINGS': { stalled: true, remedy: 'correct the settings of the forge' },
  'FORGE-AUTH': { stalled: true, remedy: 'give the writer a token that may read and write pull requests of this repository' },
  'FORGE-REFUSED': { stalled: true, remedy: 'read the message of the server and change what it refuses' },
  'FORGE-LIMIT': { stalled: false, remedy: 'nothing: it is asked again when the server allows it' },
  'FORGE-UNREACHABLE': {
    stalled: false,
    remedy: 'nothing, if the server comes back; else check its address and the network policy of the writer',
  },
} as const;

export type GitErrorCode = keyof typeof CODES;

/** Why something could not be written to Git. Its texts hold no credential: they may go to a log, an event or a status. */
export class GitError extends Error {
  public override readonly name = 'GitError';
  /** Whether a person has to act: trying again changes nothing. Else it is worth another try later. */
  public readonly stalled: boolean;
  /** What to do about it. */
  public readonly remedy: string;

  /** @param message lower case, without any credential */
  public constructor(
    public readonly code: GitErrorCode,
    message: string,
    remedy: string = CODES[code].remedy,
  ) {
    super(`${code}: ${message}`);
    this.stalled = CODES[code].stalled;
    this.remedy = remedy;
  }
}
