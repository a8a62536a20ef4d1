/** A state of the data volume, as a shell script that makes it. */
export interface HostileState {
  readonly title: string;
  readonly script: string;
}

const state = (title: string, script: string): HostileState => ({ title, script });

/** An endless or deep text without a loop in the shell. */
const repeated = (text: string, count: number): string => `node -e 'process.stdout.write(${JSON.stringify(text)}.repeat(${count}))'`;

/** The config, in the state folder. */
const CONFIG = [
  state('the config is a pipe', 'rm openclaw.json; mkfifo openclaw.json'),
  state('the config is a sparse file of 3 GiB', 'truncate -s 3G openclaw.json'),
  state('the config is a link to a device', 'rm openclaw.json; ln -s /dev/zero openclaw.json'),
  state('the config is a link to a file outside', 'rm openclaw.json; ln -s /outside/file openclaw.json'),
  state('the config is a link to itself', 'rm openclaw.json; ln -s openclaw.json openclaw.json'),
  state('the config is a link that leads nowhere outside', 'rm openclaw.json; ln -s /outside/new openclaw.json'),
  state('the config is a folder that is not empty', 'rm openclaw.json; mkdir -p openclaw.json/a; echo mine-1 > openclaw.json/a/b'),
  state(
    'the config is a folder that nobody may enter',
    'rm openclaw.json; mkdir openclaw.json; echo mine-2 > openclaw.json/x; chmod 000 openclaw.json',
  ),
  state(
    'the config is a socket',
    `rm openclaw.json; node -e 'require("net").createServer().listen("openclaw.json", () => process.exit())'`,
  ),
  state('the config cannot be read', 'chmod 000 openclaw.json'),
  state('the config is read only', 'chmod 400 openclaw.json'),
  state('the config is empty', ': > openclaw.json'),
  state('the config is a list', 'echo "[1]" > openclaw.json'),
  state('the config is null', 'echo null > openclaw.json'),
  state('the config is bytes', 'head -c 5000 /dev/urandom > openclaw.json'),
  state('the config is 400,000 lists in one another', `${repeated('[', 400_000)} > openclaw.json`),
  state(
    'the config is 100,000 objects in one another',
    `(${repeated('{"a":', 100_000)}; echo 1; ${repeated('}', 100_000)}) > openclaw.json`,
  ),
  state('the config is valid and 1,000 levels deep', `(${repeated('{"a":', 1000)}; echo 1; ${repeated('}', 1000)}) > openclaw.json`),
  state('the config is JSON5 without end', `(echo '{ a: "'; ${repeated('x', 900_000)}) > openclaw.json`),
  state('the config has wrong types everywhere', `echo '{"gateway":[],"logging":"x","agents":3}' > openclaw.json`),
  state('the config has keys of a prototype', `echo '{"__proto__":{"x":1},"constructor":{"prototype":{"y":1}}}' > openclaw.json`),
  state('the config has a second name', 'ln openclaw.json workspace/mine.json; echo "{\\"mine\\":3}" > workspace/mine.json'),
  state('names of copies are taken', 'echo mine-4 > openclaw.json.broken; mkdir openclaw.json.broken-2; echo x > openclaw.json'),
  state(
    'a copy of the next one is a folder',
    'mkdir openclaw.json.next; echo mine-5 > openclaw.json.next/x; chmod 000 openclaw.json.next; echo x > openclaw.json',
  ),
  state('the draft is a pipe', 'rm .install-config.next; mkfifo .install-config.next; echo x > openclaw.json'),
  state(
    'the draft is a folder',
    'rm .install-config.next; mkdir .install-config.next; echo mine-6 > .install-config.next/x; echo x > openclaw.json',
  ),
  state('the draft is a link outside', 'rm .install-config.next; ln -s /outside/file .install-config.next; echo x > openclaw.json'),
  state(
    'the draft is another file of the agent too',
    'echo mine-7 > precious; ln -f precious .install-config.next; echo x > openclaw.json',
  ),
  state('the draft is sparse and huge', 'truncate -s 2G .install-config.next; echo x > openclaw.json'),
  state('the draft cannot be written', 'chmod 000 .install-config.next; echo x > openclaw.json'),
];

/** What the seeding program remembers. */
const MARKER = [
  state('the marker is a pipe', 'rm .workspace-seeded.json; mkfifo .workspace-seeded.json'),
  state('the marker is a folder', 'rm .workspace-seeded.json; mkdir .workspace-seeded.json; echo mine-8 > .workspace-seeded.json/x'),
  state('the marker is a link to a device', 'rm .workspace-seeded.json; ln -s /dev/zero .workspace-seeded.json'),
  state('the marker is a link outside', 'rm .workspace-seeded.json; ln -s /outside/file .workspace-seeded.json'),
  state('the marker cannot be read', 'chmod 000 .workspace-seeded.json'),
  state('the marker is a sparse file of 3 GiB', 'truncate -s 3G .workspace-seeded.json'),
  state('the marker has wrong types', `echo '[1,null,{"a":1},["x"],"y"]' > .workspace-seeded.json`),
  state('the marker is 400,000 lists in one another', `${repeated('[', 400_000)} > .workspace-seeded.json`),
  state('the marker is broken JSON', 'echo "[" > .workspace-seeded.json; rm -rf workspace/tools'),
  state('the draft of seeds is a folder', 'mkdir .seed.next; echo mine-9 > .seed.next/x; rm -rf workspace/tools .workspace-seeded.json'),
  state('the draft of seeds is a pipe', 'mkfifo .seed.next; rm -rf workspace/tools .workspace-seeded.json'),
];

/** Workspaces and what stands in them. */
const WORKSPACE = [
  state('the workspace is a link to a system folder', 'rm -rf workspace; ln -s /etc workspace; rm -f .workspace-seeded.json'),
  state('the workspace is a link outside', 'rm -rf workspace; ln -s /outside workspace; rm -f .workspace-seeded.json'),
  state('the workspace is a relative link outside', 'rm -rf workspace; ln -s ../../../outside workspace; rm -f .workspace-seeded.json'),
  state('the workspace is a link to itself', 'rm -rf workspace; ln -s workspace workspace; rm -f .workspace-seeded.json'),
  state(
    'the workspace moved to another place on the volume',
    'mv workspace elsewhere; ln -s elsewhere workspace; rm .workspace-seeded.json',
  ),
  state('the workspace is a file', 'rm -rf workspace; echo mine-10 > workspace'),
  state('the workspace is a pipe', 'rm -rf workspace; mkfifo workspace'),
  state('nobody may enter the workspace', 'chmod 000 workspace; rm .workspace-seeded.json'),
  state('the workspace is read only', 'chmod 555 workspace; rm -rf workspace/tools; rm .workspace-seeded.json'),
  state('a file that is always written cannot be read', 'chmod 000 workspace/ENVIRONMENT.md'),
  state('a file that is always written is a pipe', 'rm workspace/ENVIRONMENT.md; mkfifo workspace/ENVIRONMENT.md'),
  state(
    'a file that is always written is a folder',
    'rm workspace/ENVIRONMENT.md; mkdir workspace/ENVIRONMENT.md; echo mine-11 > workspace/ENVIRONMENT.md/x',
  ),
  state('a file that is always written is a link outside', 'rm workspace/ENVIRONMENT.md; ln -s /outside/file workspace/ENVIRONMENT.md'),
  state('a file that is always written is sparse and huge', 'truncate -s 3G workspace/ENVIRONMENT.md'),
  state('a file that is always written has a second name', 'ln workspace/ENVIRONMENT.md mine.md; echo mine-12 > mine.md'),
  state('a folder of seeds is a link to a system folder', 'rm -rf workspace/tools; ln -s /etc workspace/tools; rm .workspace-seeded.json'),
  state('a folder of seeds is a link outside', 'rm -rf workspace/tools; ln -s /outside workspace/tools; rm .workspace-seeded.json'),
  state(
    'a folder of seeds is a chain of links',
    'rm -rf workspace/tools; cd workspace; ln -s b tools; ln -s c b; ln -s ../../.. c; rm ../.workspace-seeded.json',
  ),
  state('a folder of seeds cannot be entered', 'chmod 000 workspace/tools; rm .workspace-seeded.json'),
  state('a folder of seeds is a device link', 'rm -rf workspace/tools; ln -s /dev/null workspace/tools; rm .workspace-seeded.json'),
  state(
    'there are 2,000 entries beside the workspace',
    `node -e 'for (let i = 0; i < 2000; i += 1) require("fs").writeFileSync("entry-" + i, "")'`,
  ),
  state('names are no text', `node -e 'require("fs").writeFileSync(Buffer.from([0xff, 0xfe, 0x41]), "mine-13")'`),
];

/** The whole state, and the folders of the home. */
const FOLDERS = [
  state('nobody may enter the state', 'chmod 000 .'),
  state('the state is read only', 'chmod 555 .; echo x > openclaw.json'),
  state('nobody may enter the folders of the home', 'chmod 000 ../.local ../.cache ../.config'),
  state('the state is empty', 'rm -rf ./* ./.[a-z]*'),
  state('the volume is full', 'dd if=/dev/zero of=fill bs=1M 2>/dev/null; true'),
  state('the volume is full and the config is another one', 'echo "{}" > openclaw.json; dd if=/dev/zero of=fill bs=4096 2>/dev/null; true'),
  state(
    'the volume is full and the config is a pipe',
    'rm openclaw.json; mkfifo openclaw.json; dd if=/dev/zero of=fill bs=4096 2>/dev/null; true',
  ),
  state('the volume is full and nothing is remembered', 'rm .workspace-seeded.json; dd if=/dev/zero of=fill bs=4096 2>/dev/null; true'),
  state(
    'there are no more files',
    `node -e 'try { for (let i = 0; ; i += 1) require("fs").writeFileSync("workspace/i-" + i, "") } catch {}'; echo "{}" > openclaw.json`,
  ),
];

/** What only an administrator, a sidecar or an accident can make: in the root of the volume. */
const ROOT = [
  state('.local is a link out of the volume', 'rmdir .local; ln -s /etc .local'),
  state('.cache is a file, .config a pipe', 'rmdir .cache .config; echo mine-14 > .cache; mkfifo .config'),
  state('.local belongs to root', 'chown 0:0 .local; chmod 755 .local; echo mine-15 > .local/x'),
  state('.cache is a link to another folder of the volume', 'rmdir .cache; mkdir big; chown 1000:1000 big; ln -s big .cache'),
  state('the state belongs to root', 'chown 0:0 .openclaw; chmod 755 .openclaw'),
  state('the state belongs to another user', 'chown -R 2000:1000 .openclaw; chmod -R g+rwX .openclaw'),
  state('the state is a link outside', 'mv .openclaw saved; ln -s /outside .openclaw'),
  state('the state is a file', 'mv .openclaw saved; echo mine-16 > .openclaw'),
  state('the mark of the layout is gone', 'rm .openclaw-subfolder'),
  state('the links in the root are gone, or files', 'rm openclaw.json workspace; echo mine-17 > workspace'),
  state('there is lost+found', 'mkdir -m 700 lost+found; touch lost+found/x'),
];

/** Made by the agent in its state folder. */
export const agentStates: readonly HostileState[] = [...CONFIG, ...MARKER, ...WORKSPACE, ...FOLDERS];

/** Made by root in the root of the volume. */
export const rootStates: readonly HostileState[] = ROOT;

/** Made by an agent whose state is the root of the volume. */
export const sharedStates: readonly HostileState[] = [
  state('.local is a link out of the volume', 'rm -rf .local; ln -s /etc .local'),
  state('.cache is a link that leads up', 'rm -rf .cache; ln -s ../../.. .cache'),
  state('.config is a link to itself', 'rm -rf .config; ln -s .config .config'),
  state('.local is a pipe, .cache a file', 'rm -rf .local .cache; mkfifo .local; echo mine-18 > .cache'),
  state('nobody may enter .local', 'chmod 000 .local'),
  state('.cache is a link to a folder of the workspace', 'rm -rf .cache; mkdir workspace/cache; ln -s workspace/cache .cache'),
  ...CONFIG.slice(0, 8),
  ...WORKSPACE.slice(0, 8),
];
