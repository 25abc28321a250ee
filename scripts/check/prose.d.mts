export interface Passage {
  readonly line: number;
  readonly text: string;
}

export interface Findings {
  readonly comments: number;
  readonly paragraphs: number;
  readonly openers: readonly string[];
  readonly idioms: readonly string[];
  readonly longLines: readonly string[];
}

export const limits: { readonly openers: number; readonly idioms: number; readonly longLines: number };
export function commentsOf(text: string, extension: string): Passage[];
export function paragraphsOf(text: string): Passage[];
export function measure(files: readonly (readonly [path: string, text: string])[]): Findings;
export function projectFiles(root?: string): [path: string, text: string][];
