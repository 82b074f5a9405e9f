import { test } from 'vitest';
import { Tallystick } from '@tallystick/sdk';
import { testApp } from '../../server/test/harness/test-app.ts';
import { serveProduct } from './served-product.ts';
test('x', async () => {
  const s = await serveProduct();
  const t = new Tallystick({ base_url: s.base_url, api_key: s.operator_key });
  const x = await t.createTenant({ name: 'x' });
  const tt = t.forTenant(x.tenant_id);
  console.log(await tt.purchaseAiTokens({ tokens_to_purchase: 100000 }));
  console.log(await tt.useAiTokens({ tokens_used: 1e6, feature_type: 'x' }).catch((e) => e));
  console.log(await t.listFeatures().catch((e) => e));
  console.log(await t.listAccounts().catch((e) => e));
  await s.close();
});
