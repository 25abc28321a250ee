/**
 * Chooses the engine of each write of one array.
 * @module
 */
import { dtypeInfo } from '../core/dtype.js';
import type { Durability } from '../core/generated/write.js';
import { product } from '../core/numbers.js';
import type { WriteEngine } from '../exec/submit-write.js';
import type { ArrayDescriptor } from '../formats/format.js';
import { binding, isNativeError } from '../native/binding.js';
import {
  chooseWriteEngine,
  inPlaceWriteOf,
  minDirectBytes,
  type WriteEngineName,
  type WriteFileFacts,
} from '../plan/write-engine.js';
import type { WriteBackMode } from './write-back.js';
import type { WritePlan } from './write-plan.js';

const writeBackTexts: Readonly<Record<WriteBackMode, (unit: string) => string>> = {
  none: () => '',
  used: () => '; chunks stay in memory until flush(), close(), or until they exceed `writeBackBytes`',
  'too small': (unit) => `; no chunk stays in memory, because \`writeBackBytes\` is less than one ${unit}`,
};

/** Chooses engines by the properties of the array's file, which it remembers. */
export class WriteEngineSelector {
  readonly #asked: WriteEngineName;
  readonly #durability: Durability;
  readonly #writeBack: WriteBackMode;
  #facts: WriteFileFacts | null = null;

  /** @param durability the durability that `close()` ensures. */
  constructor(asked: WriteEngineName, durability: Durability, writeBack: WriteBackMode) {
    this.#asked = asked;
    this.#writeBack = writeBack;
    this.#durability = durability;
  }

  /**
   * Finds out the properties of the data file, if they matter for the choice. Call it again when the file has grown.
   * Makes no system call if they do not matter, for example because the array is too small for a direct write.
   */
  async examine(path: string, { shape, dtype }: Pick<ArrayDescriptor, 'shape' | 'dtype'>): Promise<void> {
    if (this.#asked === 'pwrite') return;
    const arrayBytes = product(shape, dtypeInfo(dtype).size);
    if (this.#asked === 'auto' && (arrayBytes < minDirectBytes || this.#durability === 'none')) return;
    const facts = await binding().storage_facts(path);
    if (isNativeError(facts)) {
      this.#facts = null;
      return;
    }
    this.#facts = {
      sizeBytes: facts.size,
      allocatedBytes: facts.allocatedBytes,
      directError: facts.directOpen,
      alignment: facts.direct,
    };
  }

  /** Returns the engine for a plan. Makes no system call. */
  choose({ plan, shards }: WritePlan): WriteEngine {
    const [layer] = plan.layers;
    if (layer === undefined) return { engine: 'none', engineReason: 'nothing to write', directAlignment: 0 };
    if (layer.locations.kind === 'template') {
      const unit = shards === null ? 'chunk' : 'shard';
      const reason = `each ${unit} is a file that replaces the old one, through the page cache`;
      return { engine: 'pwrite', engineReason: reason + writeBackTexts[this.#writeBack](unit), directAlignment: 0 };
    }
    const facts = { ...inPlaceWriteOf(layer), asked: this.#asked, durability: this.#durability, file: this.#facts };
    const { engine, reason, alignment } = chooseWriteEngine(facts);
    return { engine, engineReason: reason, directAlignment: alignment };
  }
}
