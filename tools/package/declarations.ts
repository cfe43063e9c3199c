/** The declarations of the package: those of the components and of what they name, in files that any compiler reads. */
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import ts from "typescript";

export function buildDeclarations(root: string, dist: string): void {
    const types = path.join(dist, "types");
    const texts = declarationsOf(root, types);
    for (const file of reachable(path.join(types, "components/index.d.ts"), texts)) {
        mkdirSync(path.dirname(file), { recursive: true });
        writeFileSync(file, texts.get(file) ?? "");
    }
    // The classes are those of the CommonJS module, and so are their types.
    writeFileSync(path.join(types, "package.json"), '{ "type": "commonjs" }\n');
    writeFileSync(path.join(dist, "index.d.mts"), 'export * from "./types/components/index.js";\n');
}

/** Each declaration file with its text, in which imports name files as they are in JavaScript. */
function declarationsOf(root: string, types: string): Map<string, string> {
    const config = ts.readConfigFile(path.join(root, "tsconfig.json"), (file) => ts.sys.readFile(file));
    const { options } = ts.parseJsonConfigFileContent(config.config, ts.sys, root);
    const program = ts.createProgram([path.join(root, "components/index.ts")], {
        ...options,
        noEmit: false,
        emitDeclarationOnly: true,
        declaration: true,
        rootDir: root,
        outDir: types,
    });
    const texts = new Map<string, string>();
    const { diagnostics } = program.emit(undefined, (file, text) => {
        texts.set(path.normalize(file), text.replaceAll(/(from |import\()"(\.[^"]+)\.ts"/g, '$1"$2.js"'));
    });
    const [mistake] = diagnostics;
    if (mistake) throw new Error(ts.flattenDiagnosticMessageText(mistake.messageText, "\n"));
    return texts;
}

/** A file and all that it imports. */
function reachable(file: string, texts: ReadonlyMap<string, string>, found = new Set<string>()): Set<string> {
    const text = texts.get(file);
    if (text === undefined) throw new Error(`There is no declaration file ${file}.`);
    if (found.has(file)) return found;
    found.add(file);
    for (const [, specifier = ""] of text.matchAll(/(?:from |import\()"(\.[^"]+)\.js"/g))
        reachable(path.join(path.dirname(file), `${specifier}.d.ts`), texts, found);
    return found;
}
