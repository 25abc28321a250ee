/**
 * Parses the expressions between `{{` and `}}`: names, strings, integer arithmetic and calls with keyword
 * arguments. In this grammar, `x,*` means any number of x, separated by commas:
 *
 *     sum     = product (('+' | '-') product)*
 *     product = factor (('*' | '//' | '%') factor)*
 *     factor  = '-' factor | '(' sum ')' | number | text | name | name '(' (name '=' sum),* ')'
 * @module
 */

/** Value of an expression. */
export type Value = string | number;

/** Values of the names in an expression. */
export interface Scope {
  valueOf(name: string): Value;
  call(name: string, given: ReadonlyMap<string, Value>): Value;
}

/** Creates the error for an expression that is not supported. */
export type Refusal = () => Error;

type Operator = '+' | '-' | '*' | '//' | '%';

/** A parsed expression. It is parsed once and evaluated for each set of variables. */
export type Expression =
  | { readonly kind: 'value'; readonly value: Value }
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'call'; readonly name: string; readonly given: readonly (readonly [string, Expression])[] }
  | { readonly kind: 'negated'; readonly of: Expression }
  | { readonly kind: Operator; readonly left: Expression; readonly right: Expression };

type Token =
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'name' | 'text' | 'sign'; readonly value: string };

const tokenPattern = /(\d+)|([A-Za-z_]\w*)|'([^'\\]*)'|"([^"\\]*)"|(\/\/|[-+*%(),=])/y;
const spacePattern = /\s*/y;
/** Maximum number of tokens in an expression. Limits the recursion depth of the parser. */
const maxTokens = 100;

/**
 * Parses an expression.
 * @throws {Error} `refusal()` if `source` is not an expression.
 */
export function parseExpression(source: string, refusal: Refusal): Expression {
  return new Parser(tokensOf(source, refusal), refusal).parse();
}

/**
 * Evaluates an expression.
 * @throws {Error} `refusal()` if an operand or the result of an arithmetic operation is not a safe integer, and as
 *   `scope` does.
 */
export function evaluate(expression: Expression, scope: Scope, refusal: Refusal): Value {
  switch (expression.kind) {
    case 'value':
      return expression.value;
    case 'name':
      return scope.valueOf(expression.name);
    case 'call':
      return scope.call(
        expression.name,
        new Map(expression.given.map(([name, value]) => [name, evaluate(value, scope, refusal)])),
      );
    case 'negated':
      return -integer(evaluate(expression.of, scope, refusal), refusal);
    default: {
      const left = integer(evaluate(expression.left, scope, refusal), refusal);
      const right = integer(evaluate(expression.right, scope, refusal), refusal);
      return integer(apply(expression.kind, left, right), refusal);
    }
  }
}

function integer(value: Value, refusal: Refusal): number {
  if (typeof value === 'number' && Number.isSafeInteger(value)) return value;
  throw refusal();
}

/** Evaluates integer arithmetic as Python does: quotients round down, remainders have the sign of the divisor. */
function apply(operator: Operator, left: number, right: number): number {
  switch (operator) {
    case '+':
      return left + right;
    case '-':
      return left - right;
    case '*':
      return left * right;
    case '//':
      return Math.floor(left / right);
    case '%':
      return ((left % right) + right) % right;
  }
}

function tokensOf(text: string, refusal: Refusal): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  for (;;) {
    spacePattern.lastIndex = at;
    at += spacePattern.exec(text)?.[0].length ?? 0;
    if (at === text.length) return tokens;
    tokenPattern.lastIndex = at;
    const match = tokenPattern.exec(text);
    if (match === null || tokens.length === maxTokens) throw refusal();
    at += match[0].length;
    const [, digits, name, single, double, sign] = match;
    if (digits !== undefined) {
      if (!Number.isSafeInteger(Number(digits))) throw refusal();
      tokens.push({ kind: 'number', value: Number(digits) });
    } else if (name !== undefined) tokens.push({ kind: 'name', value: name });
    else if (sign !== undefined) tokens.push({ kind: 'sign', value: sign });
    else tokens.push({ kind: 'text', value: single ?? double ?? '' });
  }
}

class Parser {
  readonly #tokens: readonly Token[];
  readonly #refusal: Refusal;
  #at = 0;

  constructor(tokens: readonly Token[], refusal: Refusal) {
    this.#tokens = tokens;
    this.#refusal = refusal;
  }

  parse(): Expression {
    const expression = this.#sum();
    if (this.#at < this.#tokens.length) throw this.#refusal();
    return expression;
  }

  #sum(): Expression {
    let left = this.#product();
    for (;;) {
      if (this.#takes('+')) left = { kind: '+', left, right: this.#product() };
      else if (this.#takes('-')) left = { kind: '-', left, right: this.#product() };
      else return left;
    }
  }

  #product(): Expression {
    let left = this.#factor();
    for (;;) {
      if (this.#takes('*')) left = { kind: '*', left, right: this.#factor() };
      else if (this.#takes('//')) left = { kind: '//', left, right: this.#factor() };
      else if (this.#takes('%')) left = { kind: '%', left, right: this.#factor() };
      else return left;
    }
  }

  #factor(): Expression {
    if (this.#takes('-')) return { kind: 'negated', of: this.#factor() };
    if (this.#takes('(')) {
      const expression = this.#sum();
      this.#expect(')');
      return expression;
    }
    const token = this.#tokens[this.#at++];
    if (token === undefined || token.kind === 'sign') throw this.#refusal();
    if (token.kind !== 'name') return { kind: 'value', value: token.value };
    return this.#takes('(') ? this.#call(token.value) : { kind: 'name', name: token.value };
  }

  /** Parses the arguments after the opening bracket. A comma may follow the last one. */
  #call(name: string): Expression {
    const given: [string, Expression][] = [];
    for (let isLast = false; !this.#takes(')'); ) {
      const key = this.#tokens[this.#at++];
      if (isLast || key?.kind !== 'name') throw this.#refusal();
      this.#expect('=');
      given.push([key.value, this.#sum()]);
      isLast = !this.#takes(',');
    }
    return { kind: 'call', name, given };
  }

  #takes(sign: string): boolean {
    const token = this.#tokens[this.#at];
    if (token?.kind !== 'sign' || token.value !== sign) return false;
    this.#at += 1;
    return true;
  }

  #expect(sign: string): void {
    if (!this.#takes(sign)) throw this.#refusal();
  }
}
