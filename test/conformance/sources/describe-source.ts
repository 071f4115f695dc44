import { describe } from 'vitest';
import { describeChecksum } from './describe-checksum.js';
import { describeEnds } from './describe-ends.js';
import { describeFaults } from './describe-faults.js';
import { describeReading } from './describe-reading.js';
import { describeValues } from './describe-values.js';
import { startLab } from './lab.js';
import type { SourceSuite } from './suite.js';

/** What every type of source has to hold, whatever it is. */
export function describeSource(suite: SourceSuite): void {
  describe(`a source of type ${suite.type.type}`, () => {
    const lab = startLab(suite);
    describeFaults(lab);
    describeValues(lab);
    describeReading(lab);
    describeChecksum(lab);
    describeEnds(lab);
  });
}
