export const emptyTaskQueue = 'bench-empty';
