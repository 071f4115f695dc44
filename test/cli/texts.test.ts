import { expect, test } from 'vitest';
import { noCounts, type RunResult } from '../../src/activation/run.js';
import { maskIdentifier } from '../../src/text/mask-identifier.js';
import { progressLine } from '../../src/terminal/progress-line.js';
import { scheduleText } from '../../src/text/schedule-text.js';
import { plural, duration } from '../../src/text/words.js';

test('a masked identifier can be recognised by who knows it, and by nobody else', () => {
  const masked = ['jane@example.com', 'j@example.com', 'a@b@c.com', '@nobody', 'customer-17', 'ab', 'x', '李小龙', ''];
  expect(masked.map(maskIdentifier)).toEqual([
    'j•••@example.com',
    'j•••@example.com',
    'a•••@c.com',
    '@n•••',
    'cu•••',
    '•••',
    '•••',
    '李小•••',
    '•••',
  ]);
});

test('durations have their two largest units', () => {
  const ms = [0, 400, 1_000, 61_000, 3_600_000, 7_262_000, 90_000_000, 30 * 86_400_000];
  expect(ms.map(duration)).toEqual(['0 s', '0 s', '1 s', '1 min 1 s', '1 h', '2 h 1 min', '1 d 1 h', '30 d']);
});

test('counts are read at a glance', () => {
  expect([plural(0, 'contact'), plural(1, 'contact'), plural(1_234_567, 'contact')]).toEqual([
    '0 contacts',
    '1 contact',
    '1,234,567 contacts',
  ]);
});

test('schedules are told in words', () => {
  expect(scheduleText([])).toBe('by hand');
  expect(
    scheduleText([
      { kind: 'every', everyMs: 900_000, timezone: 'UTC' },
      { kind: 'weekly', on: ['mon', 'thu'], at: '07:00', timezone: 'Europe/Paris' },
    ]),
  ).toBe('every 15 min, and mon, thu at 07:00 Europe/Paris');
});

test('progress counts rows while the segment is read, and chunks while they are sent', () => {
  const startedAt = '2026-11-24T07:00:00.000Z';
  const now = Date.parse(startedAt) + 30_000;
  const result = { state: 'diffing', startedAt, counts: { ...noCounts, read: 500 } } as RunResult;
  const line = (progress: Parameters<typeof progressLine>[1]): string => progressLine('loyalty', progress, 8, now);
  const at = { result, contactsBefore: 1000, chunks: 0, chunksDone: 0, isSplitting: false };
  expect(line(undefined)).toBe('loyalty   starting');
  expect(line({ ...at, contactsBefore: 0 })).toBe('loyalty   reading   ░░░░░░░░░░░░    ?  500 rows, 30 s');
  expect(line(at)).toBe('loyalty   reading   ██████░░░░░░  50%  500 of about 1,000 rows, 30 s');
  // A segment that has grown is not done because it is as large as it was.
  expect(line({ ...at, contactsBefore: 400 })).toContain(' 99%  500 of about 400 rows, 30 s');
  const sending = { ...result, state: 'sending', counts: { ...noCounts, accepted: 1500, rejected: 2 } } as RunResult;
  const sent = { ...at, result: sending, chunks: 4, chunksDone: 3 };
  expect(line(sent)).toBe(
    'loyalty   sending   █████████░░░  75%  3 of 4 chunks, 30 s, 50/s, about 10 s left: 1,500 accepted, 2 rejected',
  );
  expect(line({ ...sent, isSplitting: true })).toContain('75%  searching the refused contacts, 30 s, 50/s');
  const waiting = {
    for: 'destination',
    ...{ destination: 'app', target: 'app', reason: 'connection refused' },
    ...{ since: '2026-11-24T07:00:10.000Z', until: '2026-11-24T07:00:42.000Z' },
  } as const;
  expect(line({ ...sent, result: { ...sending, waiting } })).toBe(
    'loyalty   waits     for destination app: connection refused, 20 s; next try in 12 s',
  );
  const closed = { ...result, state: 'closed', outcome: 'completed_with_warnings' } as RunResult;
  expect(line({ result: closed, contactsBefore: 1000, chunks: 0, chunksDone: 0, isSplitting: false })).toBe(
    'loyalty   completed with warnings',
  );
  const held = { ...result, state: 'held' } as RunResult;
  expect(line({ result: held, contactsBefore: 1000, chunks: 4, chunksDone: 0, isSplitting: false })).toBe(
    'loyalty   held      by a guard: nothing is sent until it is approved',
  );
});
