import { AgentWorkspaces } from '../../../constructs/hosts/workspace';

const file = (path: string, text: string) => ({ path, text, policy: 'create' as const });

describe('the workspace host', () => {
  it('keeps the first of two files of one path: a user comes before a pack', () => {
    const workspaces = new AgentWorkspaces();
    expect([workspaces.addFile(file('a.md', 'mine')), workspaces.addFile(file('a.md', 'theirs'))]).toEqual([true, false]);
    expect(workspaces.contents).toEqual([{ name: undefined, files: [file('a.md', 'mine')], folders: [] }]);
  });

  it('has the main workspace first, and those that were added', () => {
    const workspaces = new AgentWorkspaces();
    workspaces.add('work');
    workspaces.addFile(file('a.md', 'x'), 'work');
    workspaces.addFolder('notes');
    expect(workspaces.contents).toEqual([
      { name: undefined, files: [], folders: ['notes'] },
      { name: 'work', files: [file('a.md', 'x')], folders: [] },
    ]);
  });

  it('refuses a second workspace of a name, and files for one that is not there', () => {
    const workspaces = new AgentWorkspaces();
    workspaces.add('work');
    expect(() => workspaces.add('work')).toThrow('workspace "work" is already there');
    expect(() => workspaces.addFolder('x', 'other')).toThrow('there is no workspace "other"');
  });
});
