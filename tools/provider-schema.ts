/**
 * Writes provider/schema.json from the components' types and doc comments, by Pulumi's own generator: `npm run docs:schema`.
 * `.ci/run` does so too, and fails if that changes what is committed.
 */
import { writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { Analyzer } from "@pulumi/pulumi/provider/experimental/analyzer.js";
import { generateSchema } from "@pulumi/pulumi/provider/experimental/schema.js";

const root = path.join(import.meta.dirname, "..");
const NAME = "turnstile";
const { version, description } = createRequire(import.meta.url)("../package.json") as {
    version: string;
    description: string;
};

const analyzer = new Analyzer(path.join(root, "provider"), NAME, {}, new Set(["JobQueue"]));
const { components, typeDefinitions, dependencies } = analyzer.analyze();
const schema = generateSchema(NAME, version, description, components, typeDefinitions, dependencies);
writeFileSync(path.join(root, "provider/schema.json"), `${JSON.stringify(schema, null, 4)}\n`);
