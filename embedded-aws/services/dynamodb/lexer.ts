/** Tokens of DynamoDB's expressions and a cursor over them, with AWS's syntax errors. */

export interface Token {
    readonly kind: "word" | "name" | "value" | "number" | "symbol" | "end";
    readonly text: string;
    readonly start: number;
    readonly end: number;
}

/** What is wrong with an expression. The answer to the caller adds `Invalid …Expression: ` before it. */
export class ExpressionError extends Error {}

/** Counting stops at the first operator too many. */
export function tooManyOperators(max: number): ExpressionError {
    return new ExpressionError(`The expression contains too many operators; operator count: ${max + 1}`);
}

const PATTERN =
    /[ \t\r\n]+|(?<word>[A-Za-z][A-Za-z0-9_]*)|(?<name>#[A-Za-z0-9_]+)|(?<value>:[A-Za-z0-9_]+)|(?<number>[0-9]+)|<>|<=|>=|./gsu;

export class Tokens {
    private readonly tokens: Token[] = [];
    private readonly source: string;
    private position = 0;

    constructor(source: string) {
        this.source = source;
        if (source === "") throw new ExpressionError("The expression can not be empty;");
        for (const match of source.matchAll(PATTERN)) {
            const text = match[0];
            if (/^[ \t\r\n]/.test(text)) continue;
            const kinds = match.groups as Partial<Record<Token["kind"], string>>;
            const kind =
                (["word", "name", "value", "number"] as const).find((name) => kinds[name]) ?? "symbol";
            this.tokens.push({ kind, text, start: match.index, end: match.index + text.length });
        }
        this.tokens.push({ kind: "end", text: "<EOF>", start: source.length, end: source.length });
    }

    get current(): Token {
        return this.tokens[this.position] as Token;
    }

    get following(): Token | undefined {
        return this.tokens[this.position + 1];
    }

    next(): Token {
        const token = this.current;
        if (token.kind !== "end") this.position++;
        return token;
    }

    /** Whether the current token is this symbol. */
    at(symbol: string): boolean {
        return this.current.kind === "symbol" && this.current.text === symbol;
    }

    /** Whether the current token is this keyword, in upper or lower case. */
    atWord(keyword: string): boolean {
        return this.current.kind === "word" && this.current.text.toUpperCase() === keyword;
    }

    /** Steps over the symbol if it is next. */
    accept(symbol: string): boolean {
        if (!this.at(symbol)) return false;
        this.position++;
        return true;
    }

    acceptWord(keyword: string): boolean {
        if (!this.atWord(keyword)) return false;
        this.position++;
        return true;
    }

    expect(symbol: string): void {
        if (!this.accept(symbol)) this.fail();
    }

    expectEnd(): void {
        if (this.current.kind !== "end") this.fail();
    }

    /** Throws AWS's error for the current token, which names it and shows its neighbours. */
    fail(): never {
        const token = this.current;
        const from = this.tokens[this.position - 1]?.start ?? token.start;
        const to = this.following?.end ?? token.end;
        const near = this.source.slice(from, to).trimEnd();
        throw new ExpressionError(`Syntax error; token: "${token.text}", near: "${near}"`);
    }
}
