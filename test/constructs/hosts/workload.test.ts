import { AgentPod } from '../../../constructs/hosts/pod';
import { AgentWorkload } from '../../../constructs/hosts/workload';

describe('the workload host', () => {
  it('has one pod that is rolled, unless somebody says otherwise', () => {
    expect(new AgentWorkload(new AgentPod('openclaw')).render()).toEqual({
      replicas: 1,
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 0 } },
    });
  });

  it('leaves the number of pods out where somebody else decides, and refuses a second one who does', () => {
    const workload = new AgentWorkload(new AgentPod('openclaw'));
    workload.scaleElsewhere('autoscaling');
    expect(workload.render()).not.toHaveProperty('replicas');
    expect(() => workload.scaleElsewhere('other')).toThrow('decision on replicas "replicas" of part "other" is already there');
  });

  it('has as many pods as it is fixed at, whoever scales it', () => {
    const workload = new AgentWorkload(new AgentPod('openclaw'));
    workload.scaleElsewhere('autoscaling');
    workload.fix(2);
    workload.fix(0);
    expect([workload.replicas, workload.render().replicas]).toEqual([0, 0]);
  });

  it('gives each pod the claims that were asked for, one of a name', () => {
    const workload = new AgentWorkload(new AgentPod('openclaw'));
    const template = { metadata: { name: 'data' }, spec: { accessModes: ['ReadWriteOnce'] } };
    workload.addClaimTemplate('autoscaling', template);
    expect(() => workload.addClaimTemplate('other', template)).toThrow('claim template "data" of part "other"');
    expect(workload.render().volumeClaimTemplates).toEqual([template]);
  });

  it('takes another update strategy', () => {
    const workload = new AgentWorkload(new AgentPod('openclaw'));
    workload.setUpdateStrategy({ type: 'OnDelete' });
    expect(workload.render().updateStrategy).toEqual({ type: 'OnDelete' });
  });
});
