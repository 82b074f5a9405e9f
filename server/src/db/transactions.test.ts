import { sql } from 'kysely';
import { expect, it } from 'vitest';
import { describeOnEachDatabase } from '../../test/harness/index.ts';

const ROOT = '01900000-0000-7000-8000-000000000001';

describeOnEachDatabase('transactions', (getDb) => {
  it('runs as the role it says', async () => {
    const who = sql<{ name: string }>`select current_user::text as name`;
    const names = await Promise.all([
      getDb().inTenant(ROOT, (tx) => who.execute(tx)),
      getDb().asJob((tx) => who.execute(tx)),
    ]);
    expect(names.map(({ rows }) => rows[0]?.name)).toEqual(['tallystick_app', 'tallystick_job']);
  });
});
