/**
 * Names the methods and states of a write benchmark, and answers the question whether writes to one file exclude each
 * other. The text and the HTML page use this module.
 * @module
 */
import type {
  FileState,
  WriteAccess,
  WriteBenchReport,
  WriteMethod,
  WriteQuestion,
  WriteSync,
  WriteVerdict,
} from '../../bench/index.js';

const methods: Readonly<Record<WriteMethod, string>> = {
  threads: 'threads, one file',
  'file-each': 'threads, a file each',
  processes: 'processes, one file',
  hdf5: 'HDF5 library (h5py)',
  fio: 'fio',
  dd: 'dd, one process per part',
};
const states: Readonly<Record<FileState, string>> = {
  written: 'overwriting',
  preallocated: 'preallocated space',
  growing: 'growing',
  sparse: 'filling holes',
};
const syncs: Readonly<Record<WriteSync, string>> = {
  none: '',
  end: ', fdatasync at the end',
  each: ', fdatasync after each write',
};

/** Returns the name of a table row: the state of the blocks and the method. */
export function writeRowName(state: FileState, method: WriteMethod): string {
  return `${states[state]}: ${methods[method]}`;
}

/** Returns the name of a method. */
export function writeMethodName(method: WriteMethod): string {
  return methods[method];
}

/** Returns the name of a state of the blocks, such as `growing`. */
export function fileStateName(state: FileState): string {
  return states[state];
}

/** Names the cells of one table, such as `direct, fdatasync at the end`. */
export function writeGroupName(access: WriteAccess, sync: WriteSync): string {
  return `${access}${syncs[sync]}`;
}

/** Returns the combinations of access and fdatasync that were measured. */
export function writeGroups({ cells }: WriteBenchReport): { access: WriteAccess; sync: WriteSync }[] {
  const groups = new Map(cells.map(({ access, sync }) => [`${access} ${sync}`, { access, sync }]));
  return [...groups.values()];
}

/** Titles of the questions, in the order in which they are answered. */
export const writeQuestions: readonly (readonly [WriteQuestion, string])[] = [
  ['exclusion', 'Can one file be written in parallel, or do the writes exclude each other?'],
  ['one file or many', 'Is one file as fast as many?'],
  ['waits', 'Where do the writing threads spend their time?'],
  ['costs', 'What do growing, fdatasync and other methods cost?'],
];

/** Joins words as `a, b and c`. */
function list(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}

/** Answers the question whether writes to one file exclude each other: at most one sentence per kind of access. */
export function answerExclusion({ verdicts, cells }: WriteBenchReport): string[] {
  const accesses = [...new Set(cells.map(({ access }) => access))];
  const of = (access: WriteAccess, answer: string): string[] =>
    verdicts
      .filter((verdict) => verdict.question === 'exclusion' && verdict.answer === answer)
      .filter(({ subject }) => subject.includes(`, ${access}`))
      .map(({ subject }) => subject.split(',')[0] ?? subject);
  return accesses.flatMap((access) => {
    const [shared, exclusive, open] = [
      of(access, 'run at the same time'),
      of(access, 'exclude each other'),
      of(access, 'undecided'),
    ] as const;
    const parts = [
      shared.length === 0 ? null : `at the same time when ${list(shared)}`,
      exclusive.length === 0 ? null : `one after the other when ${list(exclusive)}`,
      open.length === 0 ? null : `undecided when ${list(open)}`,
    ].filter((part) => part !== null);
    const name = access === 'direct' ? 'Direct' : 'Buffered';
    return parts.length === 0 ? [] : [`${name} writes to one file run ${parts.join('; ')}.`];
  });
}

/** Returns the verdicts about a question, decided ones first. */
export function verdictsAbout(verdicts: readonly WriteVerdict[], question: WriteQuestion): WriteVerdict[] {
  const own = verdicts.filter((verdict) => verdict.question === question);
  return [...own.filter(({ answer }) => answer !== 'undecided'), ...own.filter(({ answer }) => answer === 'undecided')];
}
