/** What is asked of a forge. One of them speaks to GitHub, one to GitLab, one to Gitea and Forgejo; nothing else knows which. */

/** A pull request as a forge tells it; GitLab calls it a merge request. */
export interface PullRequest {
  /** Its number in the repository. */
  readonly number: number;
  /** Where a person looks at it. */
  readonly url: string;
  readonly state: 'open' | 'closed' | 'merged';
  /** The branch that is to be merged. */
  readonly branch: string;
  readonly title: string;
  /** Markdown. */
  readonly body: string;
}

export interface PullRequestText {
  /** One line, at most 200 characters. */
  readonly title: string;
  /** Markdown, at most 60,000 characters. */
  readonly body: string;
}

/** The pull requests of one repository into one branch of it. Every method throws a {@link ForgeError}. */
export interface Forge {
  /** What people call it: `GitHub`. */
  readonly name: string;
  /** Those that are open, from branches that begin with `prefix`. */
  open(prefix: string): Promise<readonly PullRequest[]>;
  /** The newest one from a branch, in whatever state. */
  last(branch: string): Promise<PullRequest | undefined>;
  /** One that is there already is taken for it. */
  create(branch: string, text: PullRequestText): Promise<PullRequest>;
  update(number: number, text: PullRequestText): Promise<PullRequest>;
  /** Closes it without a merge. */
  close(number: number, text: PullRequestText): Promise<void>;
}

/** A forge that opens, updates and closes pull requests by itself, from what comes with a push. Nothing can be asked of it. */
export interface PushOptions {
  readonly name: string;
  /** What goes with each push of a branch. */
  readonly pushOptions: readonly string[];
}
