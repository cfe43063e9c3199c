/** Fetches Java programs of other people, with Maven, into the cache below node_modules. Only the first time needs a network. */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { locationOf, putInPlace } from "./installation.ts";
import type { Missing } from "./installation.ts";

const LOWEST_JAVA = 17;
const run = promisify(execFile);

export interface MavenArtifact {
    /** As a person calls it, such as `DynamoDB Local`. */
    readonly title: string;
    /** The name of the folder, without the version. */
    readonly name: string;
    readonly groupId: string;
    readonly artifactId: string;
    readonly version: string;
    /** What the names of files begin with that must be among those that Maven copied. */
    readonly files: readonly string[];
}

export interface JavaInstalled {
    /** The folder of the jars and native libraries. */
    readonly libraries: string;
}

/** Installs it, and what it depends on, if it is not there. */
export async function installJava(artifact: MavenArtifact): Promise<JavaInstalled | Missing> {
    const { title, name, version } = artifact;
    const folder = locationOf(`${name}-${version}`);
    const java = await versionOf("java", ["-version"], /version "(?:1\.)?(\d+)/);
    if (java === undefined)
        return { missing: `there is no java on the path: install Java ${LOWEST_JAVA} or newer` };
    if (java < LOWEST_JAVA)
        return { missing: `Java ${java} is too old: install Java ${LOWEST_JAVA} or newer` };
    if (!existsSync(folder)) {
        const maven = await versionOf("mvn", ["-version"], /Apache Maven\D+(\d+)/);
        if (maven === undefined) return { missing: "there is no mvn on the path: install Apache Maven" };
        try {
            await putInPlace({
                folder,
                isThere: () => Promise.resolve(existsSync(folder)),
                fill: (unfinished) => fetchWithMaven(artifact, unfinished),
            });
        } catch (error) {
            return { missing: `${title} ${version} could not be fetched with Maven: ${reasonOf(error)}` };
        }
    }
    return { libraries: join(folder, "lib") };
}

async function fetchWithMaven(artifact: MavenArtifact, unfinished: string): Promise<void> {
    await mkdir(unfinished);
    await writeFile(join(unfinished, "pom.xml"), pom(artifact));
    await run("mvn", ["-q", "-B", "dependency:copy-dependencies", "-DoutputDirectory=lib"], {
        cwd: unfinished,
        timeout: 300_000,
        shell: process.platform === "win32",
    });
    const files = await readdir(join(unfinished, "lib"));
    for (const needed of artifact.files) {
        if (files.some((file) => file.startsWith(needed))) continue;
        throw new Error(`Maven copied ${files.length} files, but no ${needed} among them`);
    }
}

/** The first error that Maven printed. */
function reasonOf(error: unknown): string {
    const { stdout = "", message } = error as Error & { stdout?: string };
    return /^\[ERROR\] (.*)/m.exec(stdout)?.[1] ?? message;
}

/** The major version that a command prints; undefined if there is no such command. */
async function versionOf(
    command: string,
    args: readonly string[],
    pattern: RegExp,
): Promise<number | undefined> {
    try {
        const { stdout, stderr } = await run(command, args, { shell: process.platform === "win32" });
        const version = pattern.exec(stdout + stderr)?.[1];
        return version === undefined ? undefined : Number(version);
    } catch {
        return undefined;
    }
}

function pom({ groupId, artifactId, version }: MavenArtifact): string {
    return `<project xmlns="http://maven.apache.org/POM/4.0.0">
    <modelVersion>4.0.0</modelVersion>
    <groupId>turnstile</groupId>
    <artifactId>conformance</artifactId>
    <version>1</version>
    <packaging>pom</packaging>
    <dependencies>
        <dependency>
            <groupId>${groupId}</groupId>
            <artifactId>${artifactId}</artifactId>
            <version>${version}</version>
        </dependency>
    </dependencies>
</project>
`;
}
