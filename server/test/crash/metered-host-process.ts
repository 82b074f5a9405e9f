import { Tallystick } from '@tallystick/sdk';
import { tallystickFastify } from '@tallystick/sdk/fastify';
import fastify from 'fastify';

// A host application as a process of its own: `metered-host-process.ts BASE_URL API_KEY SPOOL_FOLDER`. It tells its parent
// where it listens, and closes when its parent is gone or says so.

const [, , base_url = '', api_key = '', spool_folder = ''] = process.argv;
const app = fastify();
app.register(tallystickFastify, {
  client: new Tallystick({ base_url, api_key }),
  spool_folder,
  recorder_options: { onTrouble: () => undefined },
});
app.get('/episodes/:id', () => ({ title: 'Fog' }));
process.send?.(await app.listen({ host: '127.0.0.1', port: 0 }));
const end = () => void app.close().then(() => process.exit());
process.on('message', end);
process.on('disconnect', end);
