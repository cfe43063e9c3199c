/**
 * Writes provider/schema.json from the components' types and doc comments, by Pulumi's own generator: `npm run docs:schema`.
 * `.ci/run` does so too, and fails if that changes what is committed. The generator knows neither defaults nor whole numbers, so these are
 * added to what it makes.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import ts from "typescript";
import { Analyzer } from "@pulumi/pulumi/provider/experimental/analyzer.js";
import { generateSchema } from "@pulumi/pulumi/provider/experimental/schema.js";
import type { Property } from "@pulumi/pulumi/provider/experimental/schema.js";

const root = path.join(import.meta.dirname, "..");
const NAME = "turnstile";
const { version, description } = createRequire(import.meta.url)("../package.json") as {
    version: string;
    description: string;
};

const analyzer = new Analyzer(path.join(root, "provider"), NAME, {}, new Set(["JobQueue"]));
const { components, typeDefinitions, dependencies } = analyzer.analyze();
const schema = generateSchema(NAME, version, description, components, typeDefinitions, dependencies);
for (const resource of Object.values(schema.resources)) {
    const defaults = defaultsOf("JobQueueArgs", path.join(root, "components/job-queue.ts"));
    for (const [name, property] of Object.entries(resource.inputProperties ?? {}))
        complete(property, defaults.get(name));
}
writeFileSync(path.join(root, "provider/schema.json"), `${JSON.stringify(schema, null, 4)}\n`);

/** What follows `@default` in the comments of an interface's members, by their names. */
function defaultsOf(interfaceName: string, file: string): ReadonlyMap<string, string> {
    const source = ts.createSourceFile(file, readFileSync(file, "utf8"), ts.ScriptTarget.Latest, true);
    const declared = source.statements.filter(ts.isInterfaceDeclaration);
    const members = declared.find(({ name }) => name.text === interfaceName)?.members ?? [];
    return new Map(
        [...members].flatMap((member) => {
            const tag = ts.getJSDocTags(member).find(({ tagName }) => tagName.text === "default");
            const text = ts.getTextOfJSDocComment(tag?.comment);
            return text === undefined ? [] : [[member.name?.getText() ?? "", text] as const];
        }),
    );
}

/** Makes one line of the description. Adds a default: as a value if it is one, otherwise in words. All numbers among the arguments are whole. */
function complete(property: Property & { default?: unknown }, text: string | undefined): void {
    if ("type" in property && property.type === "number") property.type = "integer";
    property.description = property.description?.replaceAll("\n", " ") ?? "";
    if (text === undefined) return;
    if (/^(\d+|true|false)$/.test(text)) property.default = JSON.parse(text);
    else property.description += ` Default: ${text}.`;
}
