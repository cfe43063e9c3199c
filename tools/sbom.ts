/**
 * Writes a software bill of materials (CycloneDX, JSON) of the packages in use to standard output: `npm run --silent sbom`.
 * To npm almost all of them are for development.
 */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { foldersInUse } from "./in-use.ts";

interface Bill {
    readonly metadata: { readonly component: { name: string } };
    components: { readonly "bom-ref": string }[];
    dependencies: { readonly ref: string; readonly dependsOn: string[] }[];
}

interface Lock {
    readonly name: string;
    readonly packages: Readonly<Record<string, { readonly version?: string }>>;
}

const root = path.join(import.meta.dirname, "..");

const lock = JSON.parse(readFileSync(path.join(root, "package-lock.json"), "utf8")) as Lock;
const listed = execFileSync("npm", ["sbom", "--sbom-format=cyclonedx"], {
    cwd: root,
    encoding: "utf8",
    maxBuffer: 1e8,
    stdio: ["ignore", "pipe", "inherit"],
    shell: process.platform === "win32",
});
console.log(JSON.stringify(inUse(JSON.parse(listed) as Bill, lock), undefined, 2));

/** The part of a bill that is in use, by name and version. */
function inUse(bill: Bill, { name, packages }: Lock): Bill {
    const used = new Set(
        ["", ...foldersInUse(root)].map(
            (location) => `${location === "" ? name : nameOf(location)}@${packages[location]?.version ?? ""}`,
        ),
    );
    // npm names the project after its folder.
    bill.metadata.component.name = name;
    bill.components = bill.components.filter((each) => used.has(each["bom-ref"]));
    bill.dependencies = bill.dependencies
        .filter(({ ref }) => used.has(ref))
        .map(({ ref, dependsOn }) => ({ ref, dependsOn: dependsOn.filter((each) => used.has(each)) }));
    return bill;
}

function nameOf(location: string): string {
    return location.replace(/.*node_modules\//, "");
}
