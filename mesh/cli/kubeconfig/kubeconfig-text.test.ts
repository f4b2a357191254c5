import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { KubeconfigError, mergeInto, meshEntries, takeOut } from '#mesh/cli/kubeconfig/kubeconfig-text.ts';
import { ownConfig } from '#mesh/cli/kubeconfig/testing/own-config.ts';

const server = 'https://127.0.0.1:6443';
const entries = meshEntries(ownConfig(server));
const keep = { use: false };

/** A file of the user's, as kubectl writes one, with a comment in each place. */
const kubectls = `# mine
apiVersion: v1
clusters:
# the big one
- cluster:
    server: "https://k8s.example"   # behind the VPN
  name: gke_a-very-long-project-name-that-no-line-has-room-for_europe-west3-a_and-a-name-of-its-own
contexts:
- context: {cluster: gke, user: me}
  name: work
current-context: work
kind: Config
preferences: {}

users:
- name: me
  user:
    exec:
      command: gke-gcloud-auth-plugin
      args: null
`;

describe('merging', () => {
  it('leaves all lines of the file, comments too, and takes only its own out again', () => {
    const { text, former, isCurrent } = mergeInto(kubectls, entries, keep);
    expect([former, isCurrent]).toEqual(['work', false]);
    const lines = new Set(text.split('\n').map((line) => line.replace(/ +#/, ' #')));
    expect(kubectls.split('\n').filter((line) => !lines.has(line.replace(/ +#/, ' #')))).toEqual([]);
    expect(parse(text)).toMatchObject({
      clusters: [{}, { name: 'mesh101', cluster: { server, 'certificate-authority-data': 'Q0E=' } }],
      users: [{ name: 'me' }, { name: 'mesh101', user: { 'client-key-data': 'a2V5' } }],
      contexts: [{ name: 'work' }, { name: 'mesh101', context: { cluster: 'mesh101', user: 'mesh101' } }],
      'current-context': 'work',
    });
    const taken = takeOut(text, { server });
    expect(taken?.isEmpty).toBe(false);
    expect(taken?.text.replace(/ +#/g, ' #')).toBe(kubectls.replace(/ +#/g, ' #'));
  });

  it.each([
    ['nothing', ''],
    ['a comment', '# nothing yet\n'],
    ['null', 'null\n'],
    ['an empty mapping', '{}\n'],
    ['a marker', '---\n'],
    ['lists that are null', 'apiVersion: v1\nkind: Config\nclusters: null\ncontexts:\nusers: ~\n'],
    ['empty lists', 'apiVersion: v1\nkind: Config\nclusters: []\ncontexts: []\nusers: []\n'],
    ['an empty current context', 'kind: Config\ncurrent-context: ""\n'],
    ['a byte order mark', '\uFEFFkind: Config\n'],
  ])('a file with %s becomes one whose current context is the mesh', (_what, before) => {
    const { text, isCurrent, former } = mergeInto(before, entries, keep);
    expect([isCurrent, former]).toEqual([true, undefined]);
    expect(parse(text)).toEqual({
      ...parse(ownConfig(server)),
      ...parse(text),
      'current-context': 'mesh101',
    });
    expect(parse(text)).toMatchObject({ kind: 'Config', apiVersion: 'v1' });
    expect(text).toContain('\nclusters:\n- ');
    expect(text.includes('# nothing yet')).toBe(before.includes('#'));
    expect(takeOut(text, { server })).toMatchObject({ isEmpty: true });
  });

  it('is the current context when asked, and gives it back', () => {
    const { text, former } = mergeInto(kubectls, entries, { use: true });
    expect([former, parse(text)['current-context']]).toEqual(['work', 'mesh101']);
    const taken = takeOut(text, { server, ...(former && { former }) });
    expect([taken?.restored, parse(taken?.text ?? '')['current-context']]).toEqual(['work', 'work']);
    const gone = takeOut(text.replaceAll('name: work', 'name: renamed'), { server, former: 'work' });
    expect([gone?.restored, parse(gone?.text ?? '')['current-context']]).toEqual([undefined, '']);
  });

  it('replaces the entries of an earlier mesh, and leaves those of another one', () => {
    const earlier = mergeInto(kubectls, meshEntries(ownConfig('https://127.0.0.1:1')), keep).text;
    const { text } = mergeInto(earlier, entries, keep);
    expect(text).toBe(mergeInto(kubectls, entries, keep).text);
    expect(takeOut(text, { server: 'https://127.0.0.1:1' })).toBeUndefined();
    expect(takeOut(kubectls, { server })).toBeUndefined();
  });

  it.each([
    ['JSON', '{\n  "kind": "Config",\n  "apiVersion": "v1",\n  "clusters": []\n}\n'],
    ['JSON on one line', '{"clusters":[{"name":"a","cluster":{}}]}'],
  ])('%s stays JSON', (_what, before) => {
    const after = mergeInto(before, entries, keep).text;
    expect(JSON.parse(after)).toMatchObject({ ...JSON.parse(before), clusters: expect.any(Array) });
    expect(after.split('\n').length > 2).toBe(before.includes('\n'));
  });

  it('keeps the ends of lines and the indentation of lists', () => {
    const windows = kubectls.replaceAll('\n', '\r\n');
    expect(mergeInto(windows, entries, keep).text.replaceAll('\r\n', '')).not.toContain('\n');
    const indented = 'kind: Config\nclusters:\n  - name: a\n    cluster: {server: b}\n';
    expect(mergeInto(indented, entries, keep).text).toContain(
      '\n  - name: a\n    cluster: {server: b}\n  - name:',
    );
  });
});

it.each([
  ['a quote that does not end', 'kind: "Config\n', 'Missing closing "quote at line 2, column 1'],
  ['a tab', 'clusters:\n\t- name: a\n', 'at line 2'],
  ['a key twice', 'clusters: []\nclusters: []\n', 'Map keys must be unique at line 2'],
  ['a list', '- a\n', 'it is not a mapping'],
  ['a word', 'hello\n', 'it is not a mapping'],
  ['clusters that are a mapping', 'clusters: {a: b}\n', 'its clusters are not a list'],
  ['an alias', 'a: &a []\nusers: *a\n', 'its users are an alias'],
  ['several documents', 'kind: Config\n---\nkind: Config\n', 'it has several documents'],
  ['another kind', 'kind: Deployment\n', 'its kind is Deployment instead of Config'],
])('%s is no kubeconfig, and told', (_what, text, sentence) => {
  for (const act of [() => mergeInto(text, entries, keep), () => takeOut(text, { server })]) {
    expect(act).toThrow(KubeconfigError);
    expect(act).toThrow(sentence);
  }
});

it('a file without the mesh is not the own one', () => {
  expect(() => meshEntries(kubectls)).toThrow('clusters has no mesh101');
});
