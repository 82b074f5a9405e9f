import { expect, it } from 'vitest';
import { gatheredLines, logOptions } from './log-options.ts';

it('strikes secrets out by the name of their field and by the form of a key', () => {
  const strike = logOptions('info', { write: () => {} }).hooks.streamWrite;
  expect(strike('{"msg":"GET /x?k=tally_live_aB3_9zZ failed","api_key_id":"kept"}')).toBe(
    '{"msg":"GET /x?k=[redacted] failed","api_key_id":"kept"}',
  );
  expect(strike('{"a":{"authorization":"Bearer \\"x\\\\","b":1},"password":"p"}')).toBe(
    '{"a":{"authorization":"[redacted]","b":1},"password":"[redacted]"}',
  );
});

it('writes the lines of a turn together and in order', async () => {
  const written: string[] = [];
  const lines = gatheredLines({ write: (text) => written.push(text) });
  lines.write('a\n');
  lines.write('b\n');
  await expect.poll(() => written).toEqual(['a\nb\n']);
});
