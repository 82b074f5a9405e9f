import { mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UsageRecorder } from '@tallystick/sdk/recorder';
import { array, assert, asyncProperty, constant, constantFrom, integer, oneof, record } from 'fast-check';
import { expect, test } from 'vitest';
import { type Received, Receiver } from './receiver.ts';
import { nextTurn } from './recording.ts';

/** What a delivery meets: the receiver, nobody, or the receiver with an answer that is lost. */
type Weather = 'fine' | 'away' | 'answers are lost';

const steps = array(
  oneof(
    record({ do: constant('record' as const), count: integer({ min: 1, max: 40 }) }),
    record({
      do: constant('weather' as const),
      weather: constantFrom<Weather>('fine', 'away', 'answers are lost'),
    }),
    record({ do: constant('wait' as const), turns: integer({ min: 1, max: 5 }) }),
    record({ do: constant('close' as const), deadline_ms: integer({ min: 1, max: 3 }) }),
    record({ do: constant('flush' as const) }),
  ),
  { minLength: 1, maxLength: 25 },
);

/** Small enough that every bound is met. */
const bounds = record({
  batch_events_max: integer({ min: 1, max: 30 }),
  batch_bytes_max: integer({ min: 20, max: 600 }),
  memory_events_max: integer({ min: 1, max: 60 }),
});

test('whatever fails and whenever it is restarted, each event arrives and counts once', async () => {
  await assert(
    asyncProperty(steps, bounds, async (plan, limits) => {
      const spool_folder = mkdtempSync(join(tmpdir(), 'tallystick-property-'));
      const receiver = new Receiver();
      let weather: Weather = 'fine';
      const start = () =>
        new UsageRecorder<Received>({
          ...limits,
          spool_folder,
          batch_wait_ms: 1,
          retry_pause_first_ms: 0.01,
          retry_pause_max_ms: 0.1,
          onTrouble: () => undefined,
          deliver: async (events, _signal, toJson) => {
            expect(JSON.parse(toJson())).toEqual(events);
            expect(events.length).toBeLessThanOrEqual(limits.batch_events_max);
            if (weather === 'away') throw new Error('away');
            const answer = receiver.receive(events);
            await nextTurn();
            if (weather === 'answers are lost') throw new Error('lost');
            return answer;
          },
        });
      let recorder = start();
      let recorded = 0;
      for (const step of plan) {
        if (step.do === 'record')
          for (let index = 0; index < step.count; index++) recorder.record({ id: `${recorded++}` });
        else if (step.do === 'weather') weather = step.weather;
        else if (step.do === 'wait') for (let turn = 0; turn < step.turns; turn++) await nextTurn();
        else if (step.do === 'flush') await recorder.flush().catch(() => undefined);
        else {
          await recorder.close(step.deadline_ms);
          expect(recorder.figures).toMatchObject({ dropped: 0, rejected: 0 });
          recorder = start();
        }
      }
      weather = 'fine';
      await recorder.close(10_000);
      expect(receiver.kept.size).toBe(recorded);
      expect(recorder.figures.pending).toBe(0);
      expect(readdirSync(spool_folder)).toEqual([]);
      rmSync(spool_folder, { recursive: true });
    }),
    { numRuns: process.env.TALLYSTICK_SOAK === 'true' ? 2000 : 150 },
  );
});

test('a spool that was cut anywhere gives back its whole lines', async () => {
  await assert(
    asyncProperty(integer({ min: 1, max: 30 }), integer({ min: 0, max: 1000 }), async (count, cut) => {
      const spool_folder = mkdtempSync(join(tmpdir(), 'tallystick-property-'));
      const receiver = new Receiver();
      const deliver = async (events: readonly Received[]) => receiver.receive(events);
      const away = async () => {
        throw new Error('away');
      };
      const options = { spool_folder, onTrouble: () => undefined };
      const first = new UsageRecorder<Received>({ ...options, deliver: away });
      for (let index = 0; index < count; index++) first.record({ id: `é-${index}` });
      await first.close(1);
      const [name = ''] = readdirSync(spool_folder);
      const bytes = readFileSync(join(spool_folder, name));
      const kept = bytes.subarray(0, cut % (bytes.length + 1));
      truncateSync(join(spool_folder, name), kept.length);
      const next = new UsageRecorder<Received>({ ...options, deliver });
      await next.close();
      expect(receiver.kept.size).toBe(kept.filter((byte) => byte === 10).length);
      rmSync(spool_folder, { recursive: true });
    }),
    { numRuns: 50 },
  );
});
