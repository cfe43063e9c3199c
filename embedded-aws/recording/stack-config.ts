/**
 * Reads Pulumi.yaml and Pulumi.<stack>.yaml as Pulumi's engine does. The project's `config:` has defaults and types,
 * the stack's `config:` has values, and the program gets every value as a string.
 */
import { existsSync, readFileSync, readdirSync, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { parseDocument } from "yaml";

export interface StackConfig {
    readonly project: string;
    readonly stack: string;
    /** The file that is the program. */
    readonly entry: string;
    /** The folder in which Pulumi runs the program: that of `main`. */
    readonly workingDirectory: string;
    /** Whether Pulumi compiles the program, which it does unless `runtime` says `typescript: false`. */
    readonly compiles: boolean;
    /** The tsconfig.json of a program that Pulumi compiles, from `workingDirectory`. */
    readonly tsconfig: string;
    /** By key with namespace, as Pulumi passes them: text, with lists and objects as JSON. */
    readonly config: Readonly<Record<string, string>>;
    /** The keys whose values the program gets as secrets. */
    readonly secretKeys: readonly string[];
    readonly region: string;
}

export interface StackConfigOptions {
    /** Where Pulumi.yaml is. */
    directory: string;
    stack: string;
    /** Values that replace the stack's, as `pulumi config set` would write them; keys as in the stack's file. */
    overrides?: Readonly<Record<string, string>>;
}

/** What is wrong with the file of a project or a stack, for the person who fixes it. */
export class StackConfigError extends Error {
    override readonly name = "StackConfigError";
}

/** There is no such project, or it has no such stack. */
export class NoSuchStackError extends StackConfigError {}

type YamlMap = Record<string, unknown>;

interface Declaration {
    readonly type?: string;
    readonly items?: Declaration;
    readonly secret?: boolean;
    /** `default`, or the `value` of a key that belongs to another namespace. */
    readonly value?: unknown;
}

/** A value of the stack's file: text, or a list or object as JSON. */
interface Value {
    readonly text: string;
    readonly isObject: boolean;
    readonly isOverride?: boolean;
}

export function readStackConfig(options: StackConfigOptions): StackConfig {
    const directory = resolve(options.directory);
    const projectFile = findProjectFile(directory);
    const project = readYaml(projectFile);
    const name = project["name"];
    if (typeof name !== "string" || name === "") {
        throw new StackConfigError(
            `${projectFile} has no project name; give it one, such as \`name: turnstile\`.`,
        );
    }
    const declarations = readDeclarations(project["config"], name, basename(projectFile));
    const stackFile = findStackFile(directory, project, options.stack);
    const values = readValues(stackFile, name, options.overrides ?? {});
    applyDeclarations(options.stack, name, declarations, values);
    const secretKeys = [...declarations].filter(([, declared]) => declared.secret).map(([key]) => key);
    const config: Record<string, string> = {};
    for (const [key, value] of [...values].sort(([a], [b]) => (a < b ? -1 : 1))) config[key] = value.text;
    return {
        project: name,
        stack: options.stack,
        entry: findEntry(directory, project["main"]),
        workingDirectory: workingDirectoryOf(directory, project["main"]),
        ...compilationOf(project["runtime"]),
        config,
        secretKeys,
        region: config["aws:region"] ?? "us-east-1",
    };
}

/** The stacks that have a file in `directory` (the directory of Pulumi.yaml, or its `stackConfigDir`). */
export function stacksIn(directory: string): string[] {
    if (!existsSync(directory)) return [];
    return readdirSync(directory)
        .map((file) => /^Pulumi\.(.+)\.ya?ml$/.exec(file)?.[1])
        .filter((stack) => stack !== undefined)
        .sort();
}

function findProjectFile(directory: string): string {
    for (const file of ["Pulumi.yaml", "Pulumi.yml"]) {
        if (existsSync(join(directory, file))) return join(directory, file);
    }
    throw new NoSuchStackError(
        `There is no Pulumi.yaml in ${directory}; run this in the directory of a Pulumi project.`,
    );
}

function findStackFile(directory: string, project: YamlMap, stack: string): string {
    const subdirectory = project["stackConfigDir"];
    const stackDirectory = typeof subdirectory === "string" ? join(directory, subdirectory) : directory;
    for (const extension of ["yaml", "yml"]) {
        const file = join(stackDirectory, `Pulumi.${stack}.${extension}`);
        if (existsSync(file)) return file;
    }
    const stacks = stacksIn(stackDirectory);
    const known =
        stacks.length > 0 ? `The stacks here are: ${stacks.join(", ")}.` : "There is no stack here yet.";
    throw new NoSuchStackError(
        `There is no stack '${stack}': ${join(stackDirectory, `Pulumi.${stack}.yaml`)} does not exist. ${known}`,
    );
}

function findEntry(directory: string, main: unknown): string {
    const path = resolve(directory, typeof main === "string" ? main : ".");
    if (!existsSync(path)) {
        throw new StackConfigError(`Pulumi.yaml says \`main: ${String(main)}\`, but there is no ${path}.`);
    }
    if (!statSync(path).isDirectory()) return path;
    const manifest = join(path, "package.json");
    const named = existsSync(manifest)
        ? (JSON.parse(readFileSync(manifest, "utf8")) as YamlMap)["main"]
        : undefined;
    const candidates = [...(typeof named === "string" ? [named] : []), "index.ts", "index.js"];
    for (const candidate of candidates) {
        if (existsSync(join(path, candidate))) return join(path, candidate);
    }
    throw new StackConfigError(
        `There is no program in ${path}: expected ${candidates.join(" or ")}, or \`main:\` in Pulumi.yaml.`,
    );
}

function workingDirectoryOf(directory: string, main: unknown): string {
    const path = resolve(directory, typeof main === "string" ? main : ".");
    return statSync(path).isDirectory() ? path : dirname(path);
}

function compilationOf(runtime: unknown): Pick<StackConfig, "compiles" | "tsconfig"> {
    const options = isMap(runtime) && isMap(runtime["options"]) ? runtime["options"] : {};
    const { typescript, tsconfig } = options;
    return {
        compiles: typescript !== false,
        tsconfig: typeof tsconfig === "string" ? tsconfig : "tsconfig.json",
    };
}

function readYaml(file: string): YamlMap {
    const document = parseDocument(readFileSync(file, "utf8"));
    const [mistake] = document.errors;
    if (mistake) throw new StackConfigError(`${file} is not YAML: ${mistake.message}`);
    const content: unknown = document.toJS() ?? {};
    if (!isMap(content)) throw new StackConfigError(`${file} should be a map of keys and values.`);
    return content;
}

function readDeclarations(config: unknown, project: string, file: string): Map<string, Declaration> {
    const declarations = new Map<string, Declaration>();
    if (config === undefined || config === null) return declarations;
    if (!isMap(config))
        throw new StackConfigError(`\`config:\` in ${file} should be a map of configuration keys.`);
    for (const [key, declared] of Object.entries(config)) {
        const namespaced = withNamespace(key, project);
        declarations.set(namespaced, readDeclaration(key, declared, namespaced.startsWith(`${project}:`)));
    }
    return declarations;
}

function readDeclaration(key: string, declared: unknown, isOwn: boolean): Declaration {
    if (!isMap(declared)) return { value: declared };
    const declaration = declared as {
        type?: string;
        items?: Declaration;
        secret?: boolean;
        value?: unknown;
        default?: unknown;
    };
    if (!isOwn && declaration.default !== undefined) {
        throw new StackConfigError(
            `Configuration key '${key}' belongs to another namespace, so Pulumi.yaml cannot give it a default: use \`value\` instead.`,
        );
    }
    const value = declaration.default ?? declaration.value;
    if (declaration.type === undefined) return { value };
    const type = typeName(declaration);
    if (!/^(array<)*(string|integer|boolean|object)>*$/.test(type)) {
        throw new StackConfigError(
            `Configuration key '${key}' in Pulumi.yaml has the type '${type}'; expected string, integer, boolean, object, or array with \`items\`.`,
        );
    }
    if (value !== undefined && value !== null && !hasType(value, declaration)) {
        throw new StackConfigError(
            `The default value of configuration key '${key}' in Pulumi.yaml must be of type '${type}'.`,
        );
    }
    const { items, secret } = declaration;
    return {
        type: declaration.type,
        value,
        ...(items && { items }),
        ...(secret !== undefined && { secret }),
    };
}

function readValues(
    file: string,
    project: string,
    overrides: Readonly<Record<string, string>>,
): Map<string, Value> {
    const content = readYaml(file);
    if (content["environment"] !== undefined) {
        throw new StackConfigError(
            `${file} imports an environment, which only the Pulumi CLI can open; give its values as plain configuration in a stack for local use.`,
        );
    }
    const values = new Map<string, Value>();
    for (const [key, text] of Object.entries(overrides)) {
        values.set(withNamespace(key, project), { text, isObject: false, isOverride: true });
    }
    const config = content["config"] ?? {};
    if (!isMap(config))
        throw new StackConfigError(`\`config:\` in ${file} should be a map of configuration keys.`);
    for (const [key, value] of Object.entries(config)) {
        const namespaced = withNamespace(key, project);
        if (values.has(namespaced)) continue;
        refuseSecure(file, key, value);
        if (value !== null) values.set(namespaced, toValue(value));
    }
    return values;
}

function refuseSecure(file: string, key: string, value: unknown): void {
    if (!isMap(value) && !Array.isArray(value)) return;
    if (isMap(value) && typeof value["secure"] === "string") {
        throw new StackConfigError(
            `Configuration key '${key}' in ${file} is encrypted, and only the Pulumi CLI can decrypt it. ` +
                `Override it for this run, or use a stack for local use that has a plain value.`,
        );
    }
    for (const item of Object.values(value)) refuseSecure(file, key, item);
}

/** Fills in the project's defaults and checks types, with the errors that the engine gives. */
function applyDeclarations(
    stack: string,
    project: string,
    declarations: ReadonlyMap<string, Declaration>,
    values: Map<string, Value>,
): void {
    const missing: string[] = [];
    for (const [key, declared] of [...declarations].sort(([a], [b]) => (a < b ? -1 : 1))) {
        const shown = key.startsWith(`${project}:`) ? key.slice(project.length + 1) : key;
        const given = values.get(key);
        if (given) {
            checkType(stack, shown, declared, given);
        } else if (declared.value !== undefined && declared.value !== null) {
            values.set(key, toValue(declared.value));
        } else if (key.startsWith(`${project}:`)) {
            missing.push(`'${shown}'`);
        }
    }
    if (missing.length > 0) {
        const list =
            missing.length === 1 ? missing[0] : `${missing.slice(0, -1).join(", ")} and ${missing.at(-1)}`;
        throw new StackConfigError(
            `Stack '${stack}' is missing configuration value${missing.length > 1 ? "s" : ""} ${list}`,
        );
    }
}

function checkType(stack: string, key: string, declared: Declaration, given: Value): void {
    if (declared.type === undefined) return;
    if (declared.secret && !given.isOverride) {
        throw new StackConfigError(
            `Stack '${stack}' with configuration key '${key}' must be encrypted as it's secret`,
        );
    }
    const wantsStructure = declared.type === "array" || declared.type === "object";
    if (hasType(given.isObject || wantsStructure ? parseJson(given.text) : given.text, declared)) return;
    throw new StackConfigError(
        `Stack '${stack}' with configuration key '${key}' must be of type '${typeName(declared)}', but is ${JSON.stringify(given.text)}`,
    );
}

function hasType(value: unknown, declared: Declaration): boolean {
    switch (declared.type) {
        case "string":
            return typeof value === "string";
        case "integer":
            return Number.isInteger(value) || (typeof value === "string" && /^[+-]?\d+$/.test(value));
        case "boolean":
            return typeof value === "boolean" || value === "true" || value === "false";
        case "array":
            return Array.isArray(value) && value.every((item) => hasType(item, declared.items ?? {}));
        case "object":
            return isMap(value);
        default:
            return false;
    }
}

function typeName(declared: Declaration): string {
    return declared.type === "array" && declared.items
        ? `array<${typeName(declared.items)}>`
        : String(declared.type);
}

function toValue(value: unknown): Value {
    return {
        text: typeof value === "string" ? value : JSON.stringify(value),
        isObject: typeof value === "object",
    };
}

function parseJson(text: string): unknown {
    try {
        return JSON.parse(text) as unknown;
    } catch {
        return text;
    }
}

function withNamespace(key: string, project: string): string {
    return key.includes(":") ? key : `${project}:${key}`;
}

function isMap(value: unknown): value is YamlMap {
    return typeof value === "object" && value !== null && !Array.isArray(value);
}
