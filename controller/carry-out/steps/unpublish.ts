import type { Failure } from '../../decide/outcome';
import type { Unpublish } from '../../lifecycle/step';
import type { Runner } from '../runner';

const NO_REPOSITORY: Failure = {
  reason: 'GitNotConfigured',
  message:
    'the instance stands in Git and the controller has no repository: set it again, or remove the directory and the finalizer yourself',
  transient: false,
};

/** Until the repository holds nothing of the instance any more, nothing else is taken away. */
export const unpublish: Runner<Unpublish> = {
  stage: 'withdraw',
  describe: () => 'removal from Git',
  run: async ({ isGone, abandon }, { git, instance, report }) => {
    if (git === undefined) return instance.status?.git?.tree === undefined ? 'done' : NO_REPOSITORY;
    report.git = await (abandon ? git.abandon(instance) : git.unpublish(instance, isGone));
    return report.git.state === 'committed' ? 'done' : 'blocked';
  },
};
