/** Types of simplify.mjs for its test. */
export function namesOfErrorsAsText(source: string): string;
export function mergeThrows(text: string): string;
