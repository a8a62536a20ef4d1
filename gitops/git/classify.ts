/** What went wrong, read from what git and servers say. Each list holds the words of real servers. */
import { GitError, type GitErrorCode } from './errors';

interface Pattern {
  readonly code: GitErrorCode;
  readonly says: string;
  readonly words: RegExp;
  /** @default - the remedy of the code */
  readonly remedy?: string;
}

/** In order: the first that matches. Servers often add a general line after the telling one. */
const PATTERNS: readonly Pattern[] = [
  {
    code: 'GIT-HOSTKEY',
    says: 'the server shows a host key that known_hosts does not have',
    words: /host key verification failed|remote host identification has changed|no \S+ host key is known/i,
  },
  {
    code: 'GIT-UNREACHABLE',
    says: 'the certificate of the server is not trusted',
    words: /certificate (?:problem|verif|subject)|server certificate verification|ssl certificate/i,
    remedy: 'set the certificate authority of the server; it is tried again',
  },
  {
    code: 'GIT-SETTINGS',
    says: 'the server speaks only the dumb HTTP protocol, which cannot take a push',
    words: /dumb http transport|smart http|not valid: is this a git repository/i,
    remedy: 'serve the repository by the smart HTTP protocol (git http-backend), or use ssh',
  },
  {
    code: 'GIT-REJECTED',
    says: 'the branch holds objects that git refuses to take',
    words: /\bfsck error\b|error: object [0-9a-f]{40,64}: /i,
    remedy: 'repair the branch (git fsck --strict shows what is wrong)',
  },
  {
    code: 'GIT-REJECTED',
    says: 'another branch stands in the way: Git keeps no branch below a branch',
    words: /exists; cannot create|directory file conflict/i,
    remedy: 'rename or delete the branch that the message names',
  },
  {
    code: 'GIT-RACE',
    says: 'another writer was faster',
    words:
      /non-fast-forward|fetch first|stale info|cannot lock ref|incorrect old value|reference already exists|failed to update ref|remote ref updated since/i,
  },
  {
    code: 'GIT-UNREACHABLE',
    says: 'the server answered with an error of its own',
    words:
      /returned error: (?:429|5\d\d)|internal (?:server|api) error|internal api unreachable|service unavailable|temporarily unavailable/i,
  },
  {
    code: 'GIT-PROTECTED',
    says: 'the branch is protected',
    words:
      /protected branch|GH006|not allowed to push (?:code )?to|branch (?:\S+ )?is protected|TF402455|restricted branch|(?:made|modified|changed) (?:only )?through (?:a )?pull requests?|permission denied to update branch|cannot update this protected ref/i,
  },
  {
    code: 'GIT-REJECTED',
    says: 'a rule of the server refuses the commit',
    words:
      /GH0\d\d|hook declined|push declined|push protection|rule violations|exceed(?:s|ed) .*(?:limit|size|quota|storage)|maximum allowed size|currently checked out|prohibited by|hidden ref|remote rejected|quota/i,
  },
  {
    code: 'GIT-AUTH',
    says: 'the server does not accept the credential, or does not show it this repository',
    words:
      /authentication failed|could not read (?:username|password)|access denied|permission denied|invalid (?:credentials|username|key)|returned error: (?:401|403|404)|terminal prompts disabled|unable to get password|repository (?:'[^']*' )?not found|project you were looking for|load key/i,
  },
  {
    code: 'GIT-UNREACHABLE',
    says: 'the repository cannot be reached',
    words:
      /could not resolve|connection (?:refused|reset|timed out|closed)|timed out|failed to connect|couldn't connect|network is unreachable|no route to host|hung up|disconnect|early eof|rpc failed|empty reply|operation too slow|transfer closed|timeout|does not appear to be a git repository|could not read from remote|kex_exchange|broken pipe|aborted/i,
  },
];

/** @param text what git said, without any credential */
export function classify(command: string, text: string): GitError {
  const found = PATTERNS.find(({ words }) => words.test(text));
  const detail = text === '' ? 'no message' : text;
  if (!found) return new GitError('GIT-FAILED', `git ${command} failed: ${detail}`);
  return new GitError(found.code, `${found.says} (git ${command}: ${detail})`, found.remedy);
}
