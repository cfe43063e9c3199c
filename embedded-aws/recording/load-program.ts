/**
 * Loads a Pulumi program as Pulumi's own host for Node does: TypeScript through ts-node unless Pulumi.yaml turns that off,
 * CommonJS by `require`, modules by `import`. Types are not checked: that is the compiler's work, and takes long.
 */
import { existsSync, readFileSync } from "node:fs";
import { createRequire, register } from "node:module";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";

export interface ProgramFile {
    /** The file to load. */
    readonly entry: string;
    /** Whether Pulumi compiles TypeScript for the program; Node itself may run it otherwise. */
    readonly compiles: boolean;
    /** The program's tsconfig.json, from its folder. */
    readonly tsconfig: string;
}

/** The parts of Pulumi's tsutils that its host uses. */
interface TypeScriptTools {
    loadTypeScriptCompilerOptions(file: string): Record<string, unknown>;
    typeScriptRequireStrings(): { readonly tsnodeRequire: string; readonly typescriptRequire: string };
}

interface TsNode {
    register(options: object): void;
}

/** What the program exports. */
export async function loadProgram(program: ProgramFile): Promise<unknown> {
    const { entry } = program;
    const isModule = /\.m[jt]s$/.test(entry) || (!/\.c[jt]s$/.test(entry) && isInModule(dirname(entry)));
    const isCompiled = program.compiles && /\.[cm]?ts$/.test(entry);
    const isLeftToNode = isCompiled && !startTypeScript(program, isModule);
    if (isCompiled && !isModule) return createRequire(entry)(entry);
    try {
        const module = (await import(pathToFileURL(entry).href)) as Record<string, unknown>;
        return "default" in module ? module["default"] : { ...module };
    } catch (error) {
        throw isLeftToNode ? withHint(error) : error;
    }
}

/** What Node says of TypeScript that it does not run, or of a file that is imported by the name that it has once it is compiled. */
const NOT_COMPILED: readonly unknown[] = ["ERR_UNKNOWN_FILE_EXTENSION", "ERR_MODULE_NOT_FOUND"];

function withHint(error: unknown): unknown {
    if (!(error instanceof Error) || !NOT_COMPILED.includes((error as NodeJS.ErrnoException).code))
        return error;
    const hint =
        "Pulumi compiles ES modules with ts-node, which this project does not have: npm install --save-dev ts-node";
    return new Error(`${error.message}. ${hint}`, { cause: error });
}

/** Whether the nearest package.json says that its files are modules. */
function isInModule(folder: string): boolean {
    const file = join(folder, "package.json");
    if (existsSync(file))
        return (JSON.parse(readFileSync(file, "utf8")) as { type?: string }).type === "module";
    const parent = dirname(folder);
    return parent !== folder && isInModule(parent);
}

/**
 * Makes Node compile TypeScript as Pulumi's host does, with the program's own compiler or Pulumi's.
 * @returns whether it does; otherwise the program is left to Node
 */
function startTypeScript({ entry, tsconfig }: ProgramFile, isModule: boolean): boolean {
    // What Pulumi finds is what it would use.
    const fromPulumi = createRequire(createRequire(entry).resolve("@pulumi/pulumi/package.json"));
    const tools = fromPulumi("@pulumi/pulumi/tsutils") as TypeScriptTools;
    const { tsnodeRequire, typescriptRequire } = tools.typeScriptRequireStrings();
    const options = (compilerOptions: object): object => ({
        compiler: typescriptRequire,
        transpileOnly: true,
        project: tsconfig,
        skipProject: !existsSync(tsconfig),
        compilerOptions: { ...compilerOptions, ...tools.loadTypeScriptCompilerOptions(tsconfig) },
    });
    if (!isModule) {
        const tsNode = fromPulumi(tsnodeRequire) as TsNode;
        const settings = { target: "ES2020", module: "commonjs", sourceMap: "true" };
        tsNode.register(options(settings));
        return true;
    }
    // Only a ts-node of the program's own can compile modules; without one Pulumi leaves them to Node.
    if (!canResolve(fromPulumi, "ts-node/esm")) return false;
    const settings = {
        target: "ES2022",
        module: "nodenext",
        moduleResolution: "nodenext",
        sourceMap: "true",
    };
    // Pulumi's hooks are asynchronous, which the newer registerHooks does not take.
    // eslint-disable-next-line @typescript-eslint/no-deprecated
    register("./cmd/run/hooks.js", pathToFileURL(fromPulumi.resolve("@pulumi/pulumi/package.json")), {
        data: options(settings),
    });
    return true;
}

function canResolve(from: NodeJS.Require, name: string): boolean {
    try {
        from.resolve(name);
        return true;
    } catch {
        return false;
    }
}
