/** Returns the texts of the generated files, by their paths in the repository. */
export function generatedFiles(): ReadonlyMap<string, string>;
/** Returns the paths of generated files that are missing, out of date, or superfluous. */
export function staleFiles(): string[];
