import type { DemoOptions } from '../../dev/demo/demo.js';

/** `outflow demo` */
export async function demoCommand(options: DemoOptions): Promise<number> {
  const { runDemo } = await import('../../dev/demo/demo.js');
  return runDemo(options);
}
