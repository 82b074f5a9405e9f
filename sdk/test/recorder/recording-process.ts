import { Tallystick } from '@tallystick/sdk';
import { deliverThrough, UsageRecorder } from '@tallystick/sdk/recorder';

// A process that records without end, to be killed: `recording-process.ts BASE_URL SPOOL_FOLDER PREFIX`. After each
// turn of the event loop it tells its parent how many calls it has recorded up to the turn before, which are on disk.

const [, , base_url = '', spool_folder = '', prefix = ''] = process.argv;
const recorder = new UsageRecorder({
  ...deliverThrough(new Tallystick({ base_url, api_key: 'key' })),
  spool_folder,
  batch_wait_ms: 5,
  batch_events_max: 50,
  retry_pause_first_ms: 1,
  retry_pause_max_ms: 20,
  onTrouble: () => undefined,
});

let recorded = 0;
function turn(): void {
  process.send?.(recorded);
  for (let index = 0; index < 7; index++) {
    recorded += 1;
    recorder.record({
      id: `${prefix}-${recorded}`,
      endpoint: '/episodes/:id',
      method: 'GET',
      status_code: 200,
      response_time_ms: 1,
      occurred_at: '2026-01-31T12:00:00Z',
    });
  }
  // Behind the recorder's own, which was asked for while recording.
  setImmediate(turn);
}
turn();
process.on('disconnect', () => process.exit());
