// Compiles src/ to dist/ and bundles the workflows, so that the commands and the worker start without a compiler.
// With --if-stale only where dist/ is missing or older than the sources: npm repeats `prepare` at odd moments, such as
// the first `npx outflow` in the checkout.
import { execFileSync } from 'node:child_process';
import { chmodSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath, URL } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const dist = join(root, 'dist');

if (!process.argv.includes('--if-stale') || isStale()) await build();

/** Beside dist/ first, which is then replaced at once: commands that run meanwhile find their files. */
async function build() {
  const name = `.dist-${process.pid}`;
  const fresh = join(root, name);
  const replaced = `${fresh}-replaced`;
  try {
    const tsc = createRequire(import.meta.url).resolve('typescript/lib/tsc.js');
    const args = [tsc, '-p', join(root, 'tsconfig.build.json'), '--outDir', fresh];
    execFileSync(process.execPath, args, { stdio: 'inherit', cwd: root });
    const { bundleWorkflowCode, DefaultLogger } = await import('@temporalio/worker');
    const { code } = await bundleWorkflowCode({
      workflowsPath: join(fresh, 'workflows', 'index.js'),
      logger: new DefaultLogger('WARN'),
    });
    writeFileSync(join(fresh, 'workflow-bundle.js'), code.replaceAll(name, 'dist'));
    chmodSync(join(fresh, 'cli', 'main.js'), 0o755);
    moveIfThere(dist, replaced);
    renameSync(fresh, dist);
  } finally {
    rmSync(fresh, { recursive: true, force: true });
    rmSync(replaced, { recursive: true, force: true });
  }
}

function isStale() {
  const builtAt = modifiedAt(join(dist, 'workflow-bundle.js'));
  const inputs = ['src', 'package.json', 'package-lock.json', 'tsconfig.json', 'scripts'].map((path) =>
    join(root, path),
  );
  return builtAt === undefined || inputs.some((path) => newestIn(path) > builtAt);
}

function newestIn(path) {
  const files = statSync(path).isDirectory() ? readdirSync(path, { recursive: true }) : [];
  return Math.max(modifiedAt(path), ...files.map((file) => modifiedAt(join(path, file))));
}

function modifiedAt(path) {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs;
}

function moveIfThere(from, to) {
  try {
    renameSync(from, to);
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
  }
}
