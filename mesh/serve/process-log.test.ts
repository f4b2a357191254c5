import { expect, test } from 'vitest';
import { createProcessLog } from '#mesh/serve/process-log.ts';

/** A disk with so much space. */
function disk(space: number) {
  let text = '';
  const state = { space };
  return {
    state,
    text: () => text,
    write(bytes: Buffer): number {
      if (state.space === 0) throw new Error('ENOSPC: no space left on device, write');
      const taken = bytes.subarray(0, state.space);
      state.space -= taken.length;
      text += taken.toString();
      return taken.length;
    },
  };
}

const now = () => new Date(0);
const time = '1970-01-01T00:00:00.000Z';

test('what a full disk does not take is counted, and told once there is room', () => {
  const full = disk(0);
  const log = createProcessLog({ write: full.write, now });
  log('one');
  log('two');
  full.state.space = 1_000;
  log('three');
  log('four');
  expect(full.text()).toBe(
    `${time} 2 messages could not be written: ENOSPC: no space left on device, write\n${time} three\n${time} four\n`,
  );
});

test('a line that was torn ends before the next begins', () => {
  const full = disk(time.length + 3);
  const log = createProcessLog({ write: full.write, now });
  log('one');
  full.state.space = 1_000;
  log('two');
  expect(full.text()).toBe(
    `${time} on\n${time} 1 messages could not be written: ENOSPC: no space left on device, write\n${time} two\n`,
  );
});
