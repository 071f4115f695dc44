// Every export of this file is a workflow type, under its own name: only what people may start stands here.
export { activation } from './activation.js';
export { recovery } from './recovery.js';
