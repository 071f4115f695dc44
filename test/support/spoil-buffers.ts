import { spoilReleasedBuffers } from '../../src/buffers/buffer-pool.js';

spoilReleasedBuffers();
