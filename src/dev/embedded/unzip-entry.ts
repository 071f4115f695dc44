import { createWriteStream } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { createInflateRaw } from 'node:zlib';

const endRecord = { signature: 0x06054b50, size: 22 };
const centralEntry = { signature: 0x02014b50, size: 46 };
const localHeader = { size: 30 };
const deflated = 8;

/**
 * Writes the one file of a zip archive whose name ends with `suffix` to `target`. For archives below 4 GB without a
 * comment, the file compressed the usual way.
 */
export async function unzipEntry(archive: string, suffix: string, target: string): Promise<void> {
  const file = await open(archive);
  try {
    const { offset, compressedSize } = await findEntry(file, suffix);
    const header = await readAt(file, offset, localHeader.size);
    const start = offset + localHeader.size + header.readUInt16LE(26) + header.readUInt16LE(28);
    const data = file.createReadStream({ start, end: start + compressedSize - 1, autoClose: false });
    await pipeline(data, createInflateRaw(), createWriteStream(target));
  } finally {
    await file.close();
  }
}

async function findEntry(file: FileHandle, suffix: string): Promise<{ offset: number; compressedSize: number }> {
  const { size } = await file.stat();
  const end = await readAt(file, size - endRecord.size, endRecord.size);
  if (end.readUInt32LE(0) !== endRecord.signature) throw new Error('not a zip archive');
  const directory = await readAt(file, end.readUInt32LE(16), end.readUInt32LE(12));

  for (let at = 0; at < directory.length;) {
    if (directory.readUInt32LE(at) !== centralEntry.signature) break;
    const nameLength = directory.readUInt16LE(at + 28);
    const name = directory.toString('utf8', at + centralEntry.size, at + centralEntry.size + nameLength);
    if (name.endsWith(suffix) && directory.readUInt16LE(at + 10) === deflated) {
      return { compressedSize: directory.readUInt32LE(at + 20), offset: directory.readUInt32LE(at + 42) };
    }
    at += centralEntry.size + nameLength + directory.readUInt16LE(at + 30) + directory.readUInt16LE(at + 32);
  }
  throw new Error(`the archive holds no ${suffix}`);
}

async function readAt(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(length), position });
  if (bytesRead < length) throw new Error('the archive is cut off');
  return buffer;
}
