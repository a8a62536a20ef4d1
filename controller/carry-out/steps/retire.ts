import type { Retire } from '../../lifecycle/step';
import type { Runner } from '../runner';
import { NO_REPOSITORY } from './unpublish';

/** When everything is applied, and only then, the repository lets an instance go. */
export const retire: Runner<Retire> = {
  stage: 'release',
  describe: () => 'removal from Git',
  run: async (_step, { git, instance, report }) => {
    if (git === undefined) return instance.status?.git?.tree === undefined ? 'done' : NO_REPOSITORY;
    report.git = await git.retire(instance);
    return 'done';
  },
};
