/** The texts of the generated files, by their paths in the repository. */
export function generatedFiles(): ReadonlyMap<string, string>;
/** The paths of generated files that are missing, differ from what would be written, or have no section any more. */
export function staleFiles(): string[];
