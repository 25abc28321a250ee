/**
 * The expressions between `{{` and `}}`: names, texts, whole-number arithmetic, and calls with keyword arguments.
 *
 *     sum     = product (('+' | '-') product)*
 *     product = factor (('*' | '//' | '%') factor)*
 *     factor  = '-' factor | '(' sum ')' | number | text | name | name '(' (name '=' sum),* ')'
 * @module
 */

/** What an expression is, or means. */
export type Value = string | number;

/** What the names in an expression mean. */
export interface Scope {
  valueOf(name: string): Value;
  call(name: string, given: ReadonlyMap<string, Value>): Value;
  /** The error for an expression that is not read. */
  refusal(): Error;
}

type Token =
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'name' | 'text' | 'sign'; readonly value: string };

const tokenPattern = /\s*(?:(\d+)|([A-Za-z_]\w*)|'([^'\\]*)'|"([^"\\]*)"|(\/\/|[-+*%(),=]))/y;
/** Longer expressions are refused: the parser calls itself. */
const maxTokens = 100;

/**
 * The value of `source`.
 * @throws {Error} `scope.refusal()` for what is no expression, whose operands are no whole numbers, or whose result is none.
 */
export function evaluate(source: string, scope: Scope): Value {
  return new Parser(tokensOf(source.trim(), scope), scope).evaluate();
}

function tokensOf(text: string, scope: Scope): Token[] {
  const tokens: Token[] = [];
  tokenPattern.lastIndex = 0;
  while (tokenPattern.lastIndex < text.length) {
    const match = tokenPattern.exec(text);
    if (match === null || tokens.length === maxTokens) throw scope.refusal();
    const [, digits, name, single, double, sign] = match;
    if (digits !== undefined) tokens.push({ kind: 'number', value: Number(digits) });
    else if (name !== undefined) tokens.push({ kind: 'name', value: name });
    else if (sign !== undefined) tokens.push({ kind: 'sign', value: sign });
    else tokens.push({ kind: 'text', value: single ?? double ?? '' });
  }
  return tokens;
}

/** Computes while it parses. */
class Parser {
  readonly #tokens: readonly Token[];
  readonly #scope: Scope;
  #at = 0;

  constructor(tokens: readonly Token[], scope: Scope) {
    this.#tokens = tokens;
    this.#scope = scope;
  }

  evaluate(): Value {
    const value = this.#sum();
    if (this.#at < this.#tokens.length) throw this.#scope.refusal();
    return value;
  }

  #sum(): Value {
    let value = this.#product();
    for (;;) {
      if (this.#takes('+')) value = this.#integer(this.#integer(value) + this.#integer(this.#product()));
      else if (this.#takes('-')) value = this.#integer(this.#integer(value) - this.#integer(this.#product()));
      else return value;
    }
  }

  #product(): Value {
    let value = this.#factor();
    for (;;) {
      if (this.#takes('*')) value = this.#integer(this.#integer(value) * this.#integer(this.#factor()));
      else if (this.#takes('//')) value = this.#quotient(value, this.#factor());
      else if (this.#takes('%')) value = this.#remainder(value, this.#factor());
      else return value;
    }
  }

  #factor(): Value {
    if (this.#takes('-')) return -this.#integer(this.#factor());
    if (this.#takes('(')) {
      const value = this.#sum();
      this.#expect(')');
      return value;
    }
    const token = this.#tokens[this.#at++];
    if (token === undefined || token.kind === 'sign') throw this.#scope.refusal();
    if (token.kind !== 'name') return token.value;
    return this.#takes('(') ? this.#call(token.value) : this.#scope.valueOf(token.value);
  }

  /** Behind the opening bracket. A comma may stand behind the last argument. */
  #call(name: string): Value {
    const given = new Map<string, Value>();
    for (let isLast = false; !this.#takes(')'); ) {
      const key = this.#tokens[this.#at++];
      if (isLast || key?.kind !== 'name') throw this.#scope.refusal();
      this.#expect('=');
      given.set(key.value, this.#sum());
      isLast = !this.#takes(',');
    }
    return this.#scope.call(name, given);
  }

  /** Rounded down, as in Python. */
  #quotient(value: Value, by: Value): number {
    return this.#integer(Math.floor(this.#integer(value) / this.#integer(by)));
  }

  /** With the sign of the divisor, as in Python. */
  #remainder(value: Value, by: Value): number {
    const divisor = this.#integer(by);
    return this.#integer(((this.#integer(value) % divisor) + divisor) % divisor);
  }

  #integer(value: Value): number {
    if (typeof value === 'number' && Number.isSafeInteger(value)) return value;
    throw this.#scope.refusal();
  }

  #takes(sign: string): boolean {
    const token = this.#tokens[this.#at];
    if (token?.kind !== 'sign' || token.value !== sign) return false;
    this.#at += 1;
    return true;
  }

  #expect(sign: string): void {
    if (!this.#takes(sign)) throw this.#scope.refusal();
  }
}
