import type { OpenClawInstanceSpec } from '../../../constructs';
import { withSpec } from '../../builders';
import { SmallCluster, conditionText, messageOf } from './small-cluster';

const passOf = (spec: OpenClawInstanceSpec) => new SmallCluster(withSpec(spec)).pass();
const scheduled = (enabled: boolean) => passOf({ backup: { schedule: '0 2 * * *' }, storage: { persistence: { enabled } } });

const TYPE = 'ScheduledBackupReady';

describe(`condition ${TYPE}`, () => {
  it('is True while the CronJob is there', () => {
    const after = scheduled(true);
    expect(conditionText(after, TYPE)).toBe('True CronJobReady');
    expect(messageOf(after, TYPE)).toContain('CronJob alice-backup-periodic');
  });

  it('T69 says that there is nothing to back up', () => {
    const after = scheduled(false);
    expect(conditionText(after, TYPE)).toBe('False PersistenceDisabled');
    expect(messageOf(after, TYPE)).toContain('persistence');
  });

  it('is absent where nobody asks for backups', () => {
    expect(conditionText(passOf({}), TYPE)).toBe('off');
  });
});
