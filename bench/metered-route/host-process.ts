import { Tallystick } from '@tallystick/sdk';
import { tallystickFastify } from '@tallystick/sdk/fastify';
import Fastify from 'fastify';

// A host with one route. Arguments: where to deliver calls and the spool folder; without them it is not metered.

const [base_url, spool_folder] = process.argv.slice(2);
const server = Fastify();
if (base_url !== undefined && spool_folder !== undefined) {
  await server.register(tallystickFastify, {
    client: new Tallystick({ base_url, api_key: `tally_live_${'x'.repeat(40)}` }),
    spool_folder,
    identify: () => ({ tenant_id: '01900000-0000-7000-8000-00000000000a' }),
  });
}
const answer = {
  type: 'object',
  properties: { episode_id: { type: 'string' }, title: { type: 'string' }, minutes: { type: 'integer' } },
};
server.get('/episodes/:episode_id', { schema: { response: { 200: answer } } }, async ({ params }) => {
  const { episode_id } = params as { episode_id: string };
  return { episode_id, title: 'The one about keys', minutes: 42 };
});
process.send?.(await server.listen({ host: '127.0.0.1', port: 0 }));
process.on('disconnect', async () => {
  await server.close();
  process.exit(0);
});
