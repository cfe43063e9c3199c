/** The rules by which the embedded AWS is put together: who imports whom, and that a service is one folder and one line of a list. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { createServices } from "../../embedded-aws/services/index.ts";
import { FakeWorld } from "./fake-world.ts";

const root = path.join(import.meta.dirname, "../../embedded-aws");

/** What every file of the embedded AWS imports of it, types included; paths from its folder. */
const imports: ReadonlyMap<string, readonly string[]> = new Map(
    readdirSync(root, { recursive: true, encoding: "utf8" })
        .filter((file) => file.endsWith(".ts"))
        .map((file) => file.split(path.sep).join("/"))
        .map((file) => [file, importsOf(file)]),
);

describe("the embedded AWS", () => {
    it("has no circle of imports, not even of types", () => {
        const circles = [...imports.keys()].flatMap((file) => circleThrough(file) ?? []);
        assert.deepEqual(circles, []);
    });

    it("has services whose index.ts is the only door to them", () => {
        const through = [...imports].flatMap(([file, imported]) =>
            imported
                .filter((other) => folderOf(other) !== undefined && folderOf(other) !== folderOf(file))
                .filter((other) => path.basename(other) !== "index.ts")
                .map((other) => `${file} imports ${other}`),
        );
        assert.deepEqual(through, []);
    });

    it("has every folder of a service in its list", () => {
        const listed = (imports.get("services/index.ts") ?? []).flatMap((file) => folderOf(file) ?? []);
        const folders = [...imports.keys()].flatMap((file) => folderOf(file) ?? []);
        assert.deepEqual([...new Set(listed)].sort(), [...new Set(folders)].sort());
    });

    it("names each service once, after the prefix of its IAM actions", () => {
        const services = createServices();
        assert.equal(new Set(services.map(({ name }) => name)).size, services.length);
        for (const { name, needs } of services) {
            const actions = Object.values(needs).flatMap((needsOf) => needsOf({}, new FakeWorld()));
            for (const { action } of actions) assert.equal(action.split(":")[0], name);
        }
    });

    it("brings to life whatever it assigns names and ARNs to", () => {
        const world = new FakeWorld();
        const dead = createServices({ platform: () => ({}) }).flatMap((descriptor) => {
            const { kinds } = descriptor.create(world);
            return Object.keys(descriptor.assignments.types).filter((type) => !(type in kinds));
        });
        assert.deepEqual(dead, []);
    });

    it("lets the recorder, which starts anew for each program, do without the services", () => {
        const modules = createServices().map(({ assignments }) =>
            path.relative(root, fileURLToPath(assignments.module)).split(path.sep).join("/"),
        );
        const loaded = new Set(modules.flatMap((module) => [...reachableFrom(module)]));
        assert.deepEqual([...loaded].filter((file) => !modules.includes(file)).sort(), [
            "location.ts",
            "recording/assignment.ts",
        ]);
    });

    it("loads no package of the AWS SDK before a client speaks a protocol that needs one", () => {
        const needing = [...reachableFrom("index.ts")].filter((file) =>
            /^import (?!type\b)[^;]*?from "@(aws-sdk|smithy)\//m.test(
                readFileSync(path.join(root, file), "utf8"),
            ),
        );
        assert.deepEqual(needing, []);
    });
});

function importsOf(file: string): string[] {
    const text = readFileSync(path.join(root, file), "utf8");
    const specifiers = text.matchAll(/^(?:import|export)\b[^;]*?\bfrom\s+"(\.[^"]*)"/gm);
    return [...specifiers].map(([, specifier = ""]) => path.posix.join(path.dirname(file), specifier));
}

/** The folder of the service that a file is of. `lib/` is what services share. */
function folderOf(file: string): string | undefined {
    const folder = /^services\/([^/]+)\//.exec(file)?.[1];
    return folder === "lib" ? undefined : folder;
}

/** The files on a way from a file back to itself, if there is one. */
function circleThrough(start: string): string | undefined {
    const seen = new Set<string>();
    const wayFrom = (file: string): string | undefined => {
        for (const imported of imports.get(file) ?? []) {
            if (imported === start) return `${file} → ${start}`;
            if (seen.has(imported)) continue;
            seen.add(imported);
            const way = wayFrom(imported);
            if (way !== undefined) return `${file} → ${way}`;
        }
        return undefined;
    };
    return wayFrom(start);
}

function reachableFrom(start: string): ReadonlySet<string> {
    const reached = new Set([start]);
    for (const file of reached) for (const imported of imports.get(file) ?? []) reached.add(imported);
    return reached;
}
