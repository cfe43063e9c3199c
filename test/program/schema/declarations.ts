/**
 * What @pulumi/aws declares that its resources and functions take. The provider's schema is not in the package, but its
 * declaration files are made from it, one for each resource, so they are read instead: `XArgs` of a resource, and the
 * nested types in types/input.d.ts, of which only the modules that are asked for are parsed.
 */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import ts from "typescript";

const PACKAGE = path.dirname(createRequire(import.meta.url).resolve("@pulumi/aws/package.json"));

/** What may stand for an input, once Pulumi's `Input` is taken off. */
export type Type =
    | { readonly kind: "any" }
    | { readonly kind: "nothing" }
    | { readonly kind: "string" | "number" | "boolean" }
    | { readonly kind: "choice"; readonly choices: ReadonlyMap<string, Choice> }
    | { readonly kind: "list"; readonly of: Type }
    | { readonly kind: "map"; readonly of: Type }
    | { readonly kind: "object"; readonly shape: () => Shape }
    | { readonly kind: "asset" | "archive" | "resource" }
    | { readonly kind: "union"; readonly of: readonly Type[] };

export interface Choice {
    /** Why it should not be chosen any more; undefined if it may. */
    readonly deprecated: string | undefined;
}

export type Shape = ReadonlyMap<string, Input>;

export interface Input {
    readonly type: Type;
    readonly isRequired: boolean;
    /** What the provider says against it; undefined if it may be used. */
    readonly deprecated: string | undefined;
}

const shapes = new Map<string, Shape>();

/** The inputs of a resource or a function, by its token, such as `aws:sqs/queue:Queue` or `aws:index/getRegion:getRegion`. */
export function inputsOf(token: string): Shape {
    return remembered(shapes, token, () => {
        const { file, name } = locationOf(token);
        const source = parse(file, read(file));
        const declared = declarationIn(source.statements, `${pascal(name)}Args`);
        // A function that takes nothing has no such interface.
        if (declared === undefined && /^get[A-Z]/.test(name)) return new Map();
        if (declared === undefined) throw new Error(`${file} does not declare ${pascal(name)}Args`);
        return shapeOf(declared, new Reader(source));
    });
}

/** Why a resource or a function should not be used any more at all; undefined if it may. */
export function deprecationOfType(token: string): string | undefined {
    const source = read(locationOf(token).file.replace(/\.d\.ts$/, ".js"));
    return /pulumi\.log\.warn\("\w+ is deprecated: (.*?)"\)/.exec(source)?.[1];
}

/** The inputs without which the constructor of a resource throws. */
export function demandedBy(token: string): string[] {
    const { file } = locationOf(token);
    const source = read(file.replace(/\.d\.ts$/, ".js"));
    return [...source.matchAll(/"Missing required property '(\w+)'"/g)].map(([, name = ""]) => name);
}

function locationOf(token: string): { file: string; name: string } {
    const [provider, module = "", name = ""] = token.split(":");
    if (provider !== "aws" || name === "") throw new Error(`${token} is nothing of @pulumi/aws`);
    return { file: `${module.replace(/^index\//, "")}.d.ts`, name };
}

function pascal(name: string): string {
    return name.charAt(0).toUpperCase() + name.slice(1);
}

function shapeOf(declared: ts.InterfaceDeclaration, reader: Reader): Shape {
    const shape = new Map<string, Input>();
    for (const member of declared.members) {
        if (!ts.isPropertySignature(member) || !member.type) {
            throw new Error(`cannot read ${member.getText()} of ${declared.name.text}`);
        }
        const name = ts.isComputedPropertyName(member.name) ? member.name.getText() : member.name.text;
        shape.set(name, {
            type: reader.type(member.type),
            isRequired: member.questionToken === undefined,
            deprecated: deprecationOf(member),
        });
    }
    return shape;
}

function deprecationOf(node: ts.Node): string | undefined {
    const tag = ts.getJSDocDeprecatedTag(node);
    return tag && (ts.getTextOfJSDocComment(tag.comment) ?? "");
}

/** Reads the types of one declaration file. */
class Reader {
    private readonly source: ts.SourceFile;

    constructor(source: ts.SourceFile) {
        this.source = source;
    }

    type(node: ts.TypeNode): Type {
        if (ts.isUnionTypeNode(node)) return union(node.types.map((each) => this.type(each)));
        if (ts.isArrayTypeNode(node)) return { kind: "list", of: this.type(node.elementType) };
        if (ts.isParenthesizedTypeNode(node)) return this.type(node.type);
        if (ts.isTypeLiteralNode(node)) return this.map(node);
        if (ts.isLiteralTypeNode(node) && ts.isStringLiteral(node.literal)) {
            return { kind: "choice", choices: new Map([[node.literal.text, { deprecated: undefined }]]) };
        }
        if (ts.isTypeReferenceNode(node)) return this.reference(node);
        const keyword = KEYWORDS.get(node.kind);
        if (keyword) return { kind: keyword };
        throw this.unreadable(node);
    }

    private map(node: ts.TypeLiteralNode): Type {
        const [index] = node.members;
        if (index && ts.isIndexSignatureDeclaration(index)) return { kind: "map", of: this.type(index.type) };
        throw this.unreadable(node);
    }

    private reference(node: ts.TypeReferenceNode): Type {
        const name = node.typeName.getText();
        const [of] = node.typeArguments ?? [];
        if (/^pulumi\.(Input|Output)$/.test(name) && of) return this.type(of);
        if (name === "pulumi.asset.Asset") return { kind: "asset" };
        if (name === "pulumi.asset.Archive") return { kind: "archive" };
        const [root, ...rest] = name.split(".");
        if (root === "inputs") return { kind: "object", shape: () => nestedShape(rest) };
        if (root === "enums") return { kind: "choice", choices: choicesOf(rest) };
        // A resource where its name or ARN is meant, such as `Input<string | Topic>`: the constructor takes either.
        if (rest.length === 0 && this.imports(name)) return { kind: "resource" };
        throw this.unreadable(node);
    }

    private imports(name: string): boolean {
        return this.source.statements.some((statement) => {
            if (!ts.isImportDeclaration(statement)) return false;
            const bindings = statement.importClause?.namedBindings;
            return (
                bindings &&
                ts.isNamedImports(bindings) &&
                bindings.elements.some((each) => each.name.text === name)
            );
        });
    }

    private unreadable(node: ts.Node): Error {
        return new Error(
            `cannot read the type ${node.getText()} in ${this.source.fileName}; teach ${import.meta.filename}`,
        );
    }
}

const KEYWORDS: ReadonlyMap<ts.SyntaxKind, "any" | "nothing" | "string" | "number" | "boolean"> = new Map([
    [ts.SyntaxKind.AnyKeyword, "any"],
    [ts.SyntaxKind.UndefinedKeyword, "nothing"],
    [ts.SyntaxKind.StringKeyword, "string"],
    [ts.SyntaxKind.NumberKeyword, "number"],
    [ts.SyntaxKind.BooleanKeyword, "boolean"],
]);

/** `string | Runtime` is a choice too: the provider lists what there is. */
function union(types: readonly Type[]): Type {
    const something = types.filter(({ kind }) => kind !== "nothing");
    const isChoice = something.some(({ kind }) => kind === "choice");
    const of = isChoice ? merged(something.filter(({ kind }) => kind !== "string")) : something;
    const [only] = of;
    return of.length === 1 && only ? only : { kind: "union", of };
}

/** One choice of what all of them offer. */
function merged(types: readonly Type[]): Type[] {
    const choices = types.flatMap((type) => (type.kind === "choice" ? [...type.choices] : []));
    return [{ kind: "choice", choices: new Map(choices) }, ...types.filter(({ kind }) => kind !== "choice")];
}

/** Of a nested type, by module and name, such as `lambda.FunctionEnvironment`. */
function nestedShape(names: readonly string[]): Shape {
    return remembered(shapes, `inputs.${names.join(".")}`, () => {
        const name = names.at(-1) ?? "";
        const source = namespaceOf(names.slice(0, -1));
        const declared = declarationIn(source.statements, name);
        if (!declared) throw new Error(`types/input.d.ts does not declare ${names.join(".")}`);
        return shapeOf(declared, new Reader(source));
    });
}

const sources = new Map<string, ts.SourceFile>();

/** A module's part of types/input.d.ts, cut out by its first and last line: the whole file takes a third of a second. */
function namespaceOf(modules: readonly string[]): ts.SourceFile {
    const [module] = modules;
    if (module === undefined) return parse("types/input.d.ts", read("types/input.d.ts"));
    return remembered(sources, `namespace ${module}`, () => {
        const text = read("types/input.d.ts");
        const head = `export declare namespace ${module} {\n`;
        const from = text.indexOf(`\n${head}`);
        const to = text.indexOf("\n}\n", from);
        if (from < 0 || to < 0) throw new Error(`types/input.d.ts has no namespace ${module}`);
        return parse(`types/input.d.ts ${module}`, text.slice(from + 1 + head.length, to));
    });
}

/** The values of an enum, which stand as an object of literals in types/enums. */
function choicesOf(names: readonly string[]): ReadonlyMap<string, Choice> {
    const file = ["types/enums", ...names.slice(0, -1), "index.d.ts"].join("/");
    const source = parse(file, read(file));
    const name = names.at(-1);
    const literal = source.statements
        .filter(ts.isVariableStatement)
        .flatMap(({ declarationList }) => [...declarationList.declarations])
        .find((declaration) => declaration.name.getText() === name)?.type;
    if (!literal || !ts.isTypeLiteralNode(literal)) throw new Error(`${file} does not declare ${name}`);
    return new Map(
        literal.members.filter(ts.isPropertySignature).map((member) => {
            const { type } = member;
            if (!type || !ts.isLiteralTypeNode(type) || !ts.isStringLiteral(type.literal)) {
                throw new Error(`cannot read ${member.getText()} of ${name}`);
            }
            return [type.literal.text, { deprecated: deprecationOf(member) }];
        }),
    );
}

function declarationIn(
    statements: readonly ts.Statement[],
    name: string,
): ts.InterfaceDeclaration | undefined {
    return statements.filter(ts.isInterfaceDeclaration).find((each) => each.name.text === name);
}

function parse(file: string, text: string): ts.SourceFile {
    return remembered(sources, file, () => ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true));
}

const texts = new Map<string, string>();

function read(file: string): string {
    return remembered(texts, file, () => readFileSync(path.join(PACKAGE, file), "utf8"));
}

function remembered<T>(known: Map<string, T>, key: string, make: () => T): T {
    const found = known.get(key) ?? make();
    known.set(key, found);
    return found;
}
