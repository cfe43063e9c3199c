/** The parser of condition, filter and key condition expressions. */
import { ARITY } from "./condition-check.ts";
import type { Comparator, Condition, ConditionExpression, Operand, Predicate } from "./condition.ts";
import { ExpressionError, Tokens, tooManyOperators } from "./lexer.ts";
import { placeholdersIn, parsePath } from "./paths.ts";
import type { Findings, Path } from "./paths.ts";

const COMPARATORS = new Set<string>(["=", "<>", "<", "<=", ">", ">="]);
/** "Length of operand list", in the service's quotas. */
const MAX_LISTED = 100;
/** "Expression operators and operands" there, for updates. DynamoDB Local applies it to conditions, too. */
const MAX_OPERATORS = 300;

/** Throws `ExpressionError` for every mistake that does not depend on names and values. */
export function parseCondition(source: string): ConditionExpression {
    return new Parser(source).parse();
}

/** What was read so far: a condition, or an operand that an operator may follow. */
type Parsed = ({ readonly condition: Condition } | { readonly operand: Operand }) & {
    /** Whether one pair of parentheses encloses all of it. */
    readonly isEnclosed?: boolean;
};

class Parser {
    private readonly tokens: Tokens;
    private readonly findings: Findings = {};
    private readonly predicates: Predicate[] = [];
    private readonly paths: Path[] = [];
    private readonly values = new Set<string>();
    private operators = 0;
    private redundantParentheses = false;
    private unknownFunction: string | undefined;
    private misusedFunction: string | undefined;

    constructor(source: string) {
        this.tokens = new Tokens(source);
    }

    parse(): ConditionExpression {
        const root = this.need(this.parseOr());
        this.tokens.expectEnd();
        this.checkFindings();
        return {
            root,
            predicates: this.predicates,
            paths: this.paths,
            names: placeholdersIn(this.paths),
            values: [...this.values],
        };
    }

    private checkFindings(): void {
        if (this.redundantParentheses) throw new ExpressionError("The expression has redundant parentheses;");
        if (this.unknownFunction !== undefined) {
            throw new ExpressionError(`Invalid function name; function: ${this.unknownFunction}`);
        }
        if (this.misusedFunction !== undefined) {
            throw new ExpressionError(
                `The function is not allowed to be used this way in an expression; function: ${this.misusedFunction}`,
            );
        }
        if (this.findings.reserved !== undefined) throw new ExpressionError(this.findings.reserved);
        if (this.operators > MAX_OPERATORS) throw tooManyOperators(MAX_OPERATORS);
    }

    private parseOr(): Parsed {
        let left = this.parseAnd();
        while (this.tokens.atWord("OR")) {
            const condition = this.need(left);
            this.tokens.next();
            this.operators++;
            left = { condition: { kind: "or", left: condition, right: this.need(this.parseAnd()) } };
        }
        return left;
    }

    private parseAnd(): Parsed {
        let left = this.parseNot();
        while (this.tokens.atWord("AND")) {
            const condition = this.need(left);
            this.tokens.next();
            this.operators++;
            left = { condition: { kind: "and", left: condition, right: this.need(this.parseNot()) } };
        }
        return left;
    }

    private parseNot(): Parsed {
        if (!this.tokens.acceptWord("NOT")) return this.parsePredicate();
        this.operators++;
        return { condition: { kind: "not", condition: this.need(this.parseNot()) } };
    }

    /** The condition, where there must be one. Of operands, only a function is a condition. */
    private need(parsed: Parsed): Condition {
        if ("condition" in parsed) return parsed.condition;
        if (parsed.operand.kind !== "function") this.tokens.fail();
        if (parsed.operand.name === "size") this.misusedFunction ??= "size";
        return this.note(parsed.operand);
    }

    private parsePredicate(): Parsed {
        const first = this.tokens.at("(") ? this.parseParentheses() : { operand: this.parseOperand() };
        if ("condition" in first || !this.atOperator()) return first;
        return { condition: this.parseOperator(first.operand) };
    }

    private parseParentheses(): Parsed {
        this.tokens.expect("(");
        const inner = this.parseOr();
        this.tokens.expect(")");
        if (inner.isEnclosed) this.redundantParentheses = true;
        return { ...inner, isEnclosed: true };
    }

    private atOperator(): boolean {
        const { kind, text } = this.tokens.current;
        if (kind === "symbol") return COMPARATORS.has(text);
        return this.tokens.atWord("BETWEEN") || this.tokens.atWord("IN");
    }

    private parseOperator(operand: Operand): Condition {
        if (this.tokens.acceptWord("BETWEEN")) {
            const low = this.parseGrouped();
            if (!this.tokens.acceptWord("AND")) this.tokens.fail();
            const high = this.parseGrouped();
            this.checkMisuse([operand, low, high]);
            return this.note({ kind: "between", operand, low, high });
        }
        if (this.tokens.acceptWord("IN")) {
            this.tokens.expect("(");
            const list = this.parseOperands();
            this.checkMisuse([operand, ...list]);
            if (list.length > MAX_LISTED) {
                throw new ExpressionError(
                    `The IN operator is provided with too many operands; number of operands: ${list.length}`,
                );
            }
            return this.note({ kind: "in", operand, list });
        }
        const comparator = this.tokens.next().text as Comparator;
        const right = this.parseGrouped();
        this.checkMisuse([operand, right]);
        return this.note({ kind: "compare", comparator, left: operand, right });
    }

    /** An operand, in parentheses or not. */
    private parseGrouped(): Operand {
        if (!this.tokens.accept("(")) return this.parseOperand();
        if (this.tokens.at("(")) this.redundantParentheses = true;
        const operand = this.parseGrouped();
        this.tokens.expect(")");
        return operand;
    }

    private parseOperands(): readonly Operand[] {
        const operands = [this.parseGrouped()];
        while (this.tokens.accept(",")) operands.push(this.parseGrouped());
        this.tokens.expect(")");
        return operands;
    }

    private parseOperand(): Operand {
        const { tokens } = this;
        if (tokens.current.kind === "value") {
            const name = tokens.next().text;
            this.values.add(name);
            return { kind: "value", name };
        }
        if (tokens.current.kind === "word" && tokens.following?.text === "(") {
            const name = tokens.next().text;
            if (["AND", "OR", "NOT", "IN", "BETWEEN"].includes(name.toUpperCase())) tokens.fail();
            tokens.expect("(");
            const operands = this.parseOperands();
            if (!Object.hasOwn(ARITY, name)) this.unknownFunction ??= name;
            if (name === "size") this.operators++;
            this.checkMisuse(operands);
            return { kind: "function", name, operands };
        }
        const path = parsePath(tokens, this.findings);
        this.paths.push(path);
        return { kind: "path", path };
    }

    /** Of all functions only `size` is a value. */
    private checkMisuse(operands: readonly Operand[]): void {
        for (const operand of operands) {
            if (operand.kind === "function" && operand.name !== "size") this.misusedFunction ??= operand.name;
        }
    }

    private note(predicate: Predicate): Predicate {
        this.predicates.push(predicate);
        this.operators++;
        return predicate;
    }
}
