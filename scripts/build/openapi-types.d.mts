/** Path of the generated file. */
export const typesFile: string;
/** Returns the module with the types of the routes below `/api/v1`. */
export function openApiTypes(document: unknown): string;
