import type { IForbiddenRuleType } from 'dependency-cruiser';

// The directions of imports. http, jobs, cli and main.ts -> domains -> leaves; checked by check-boundaries.ts.
// An exception is a line here with its reason.

/** Import no domain, and know nothing of HTTP or of the business. */
export const leaves = ['db', 'money', 'clock', 'id', 'config', 'errors', 'json', 'lanes'];

/** Above the domains. Every other folder of server/src is a domain. */
export const edges = ['http', 'jobs', 'cli'];

const anyOf = (folders: string[]) => `^server/src/(${folders.join('|')})/`;
const outsideTests = { pathNot: '\\.test\\.ts$|^server/test/' };
const domain = `^server/src/(?!(${[...leaves, ...edges, 'request-keys'].join('|')})/)[^/]+/`;

export const rules: (IForbiddenRuleType & { name: string; comment: string })[] = [
  {
    name: 'no-cycles',
    comment: 'Two files that import each other are one file, or have a third between them.',
    severity: 'error',
    from: outsideTests,
    to: { circular: true },
  },
  {
    name: 'leaves-import-no-domain',
    comment: 'A leaf imports other leaves only.',
    severity: 'error',
    from: { path: anyOf(leaves), ...outsideTests },
    to: { path: '^server/src/', pathNot: anyOf(leaves) },
  },
  {
    name: 'request-keys-is-a-leaf',
    comment: 'It sits over db and errors, under http and the domains.',
    severity: 'error',
    from: { path: anyOf(['request-keys']), ...outsideTests },
    to: { path: '^server/src/', pathNot: anyOf([...leaves, 'request-keys']) },
  },
  {
    name: 'domains-know-no-edge',
    comment:
      'A domain does not know who calls it: no http, jobs, cli, nor a file of the root such as main.ts.',
    severity: 'error',
    from: { path: domain, ...outsideTests },
    to: { path: `${anyOf(edges)}|^server/src/[^/]+$` },
  },
  {
    name: 'ledger-imports-no-domain',
    comment: 'Every domain books in the ledger, and the ledger knows none of them.',
    severity: 'error',
    from: { path: '^server/src/ledger/', ...outsideTests },
    to: { path: domain, pathNot: '^server/src/ledger/' },
  },
  {
    name: 'edges-know-no-root',
    comment: 'main.ts composes; what it composes does not import it.',
    severity: 'error',
    from: { path: anyOf(edges), ...outsideTests },
    to: { path: '^server/src/[^/]+$' },
  },
  {
    name: 'http-and-jobs-know-no-cli',
    comment: 'The CLI may serve HTTP, and not the other way round.',
    severity: 'error',
    from: { path: anyOf(['http', 'jobs']), ...outsideTests },
    to: { path: anyOf(['cli']) },
  },
  {
    name: 'folders-meet-at-index',
    comment: 'index.ts is the only file of a folder that others may import.',
    severity: 'error',
    from: { path: '^server/src/([^/]+)/', ...outsideTests },
    to: { path: '^server/src/[^/]+/', pathNot: '^server/src/($1/|[^/]+/index\\.ts$)' },
  },
  {
    name: 'root-enters-at-index',
    comment:
      'index.ts is the only file of a folder that main.ts and its neighbours may import; the routes have one of their own, because they import the kernel.',
    severity: 'error',
    from: { path: '^server/src/[^/]+$', ...outsideTests },
    to: { path: '^server/src/[^/]+/', pathNot: '^server/src/([^/]+|http/routes)/index\\.ts$' },
  },
  {
    name: 'source-knows-no-test',
    comment: 'What ships does not import what tests it.',
    severity: 'error',
    from: { path: '^(server|sdk|dashboard)/src/', ...outsideTests },
    to: { path: '\\.test\\.ts$|^server/test/|node_modules/(vitest|fast-check)/' },
  },
  {
    name: 'sdk-depends-on-nothing',
    comment:
      'The client runs wherever fetch does: no package, no Node, nothing of the server, nor the parts of the SDK that need Node.',
    severity: 'error',
    from: { path: '^sdk/src/', pathNot: `^sdk/src/(recorder|fastify)/|${outsideTests.pathNot}` },
    to: { pathNot: '^sdk/src/(?!(recorder|fastify)/)' },
  },
  {
    name: 'recorder-needs-only-node',
    comment: 'The recorder writes files, so it may import Node; a package or a host it may not.',
    severity: 'error',
    from: { path: '^sdk/src/recorder/', ...outsideTests },
    to: { pathNot: '^sdk/src/(?!fastify/)', dependencyTypesNot: ['core'] },
  },
  {
    name: 'fastify-plugin-needs-only-fastify',
    comment: 'The plugin is registered in a host that has Fastify, and nothing else is known of it.',
    severity: 'error',
    from: { path: '^sdk/src/fastify/', ...outsideTests },
    to: { pathNot: '^sdk/src/|(^|/)node_modules/fastify/', dependencyTypesNot: ['core'] },
  },
  {
    name: 'fastify-only-as-types',
    comment: "The host's Fastify comes as an argument: to import another would be a dependency.",
    severity: 'error',
    from: { path: '^sdk/src/fastify/', ...outsideTests },
    to: { path: '(^|/)node_modules/fastify/|^fastify$', dependencyTypesNot: ['type-only'] },
  },
  {
    name: 'dashboard-uses-the-sdk',
    comment: 'The dashboard is a program of the public API: it imports the SDK, never the server.',
    severity: 'error',
    from: { path: '^dashboard/src/' },
    to: { path: '^(server|tools|examples)/|^sdk/src/(?!index\\.ts$)' },
  },
  {
    name: 'dashboard-ui-knows-no-page',
    comment: 'What draws knows neither who asks for it nor where figures come from.',
    severity: 'error',
    from: { path: '^dashboard/src/(ui|charts|format)/' },
    to: { path: '^dashboard/src/(pages|shell|api)/|^dashboard/src/[^/]+$' },
  },
  {
    name: 'examples-use-the-sdk',
    comment: 'An example shows what a reader can do, and a reader has the SDK and not our server.',
    severity: 'error',
    from: { path: '^examples/', ...outsideTests },
    to: { path: '^(server|tools)/' },
  },
  {
    name: 'imports-resolve',
    comment: 'What cannot be resolved is not checked either.',
    severity: 'error',
    from: {},
    to: { couldNotResolve: true },
  },
];
