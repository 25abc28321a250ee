/**
 * Metadata of the codecs of Zarr v3.
 * @module
 */

/** Metadata of a codec. */
export type CodecMetadata = { readonly name: string; readonly configuration?: Readonly<Record<string, unknown>> };
