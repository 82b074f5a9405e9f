import { defineConfig } from 'vitest/config';

const conditions = ['tallystick-source'];

/** What must hold for each write in a transaction of its own exactly as for batches. */
const writtenEitherWay = [
  'server/test/property/{token-book.soak,api-usage.soak,decisions}.test.ts',
  'server/test/crash/{kill,concurrent-clients,postgres-crash,killed-decisions}.soak.test.ts',
  'server/test/routes/{usage,holds,api-usage}.test.ts',
];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: conditions } },
  test: {
    globalSetup: ['server/test/harness/global-setup.ts'],
    pool: 'forks',
    // Of two cores the default leaves one idle.
    maxWorkers: '100%',
    testTimeout: 30_000,
    hookTimeout: 60_000,
    projects: [
      {
        extends: true,
        test: { name: 'lanes', include: ['{server,sdk,dashboard,tools,examples,bench}/**/*.test.ts'] },
      },
      {
        extends: true,
        test: {
          name: 'one transaction a write',
          include: writtenEitherWay,
          env: { TALLYSTICK_LANES: '0' },
        },
      },
    ],
  },
});
