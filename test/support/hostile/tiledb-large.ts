export const tiledbPauses: never[] = [];
