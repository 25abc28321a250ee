type Entry = string | readonly [string, ...unknown[]] | { readonly name: string };
export const engines: readonly { readonly name: string }[];
export const codecs: readonly (readonly [name: string, id: number, meaning: string])[];
export const sections: readonly {
  readonly file: string;
  readonly doc: string;
  readonly parts: readonly { readonly kind: string; readonly entries?: readonly Entry[] }[];
}[];
