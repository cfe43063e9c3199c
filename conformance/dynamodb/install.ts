/**
 * Amazon's DynamoDB Local, fetched by Maven into the cache of node_modules: its jars and native libraries. A folder is
 * put in its place only when it is complete, so that an interrupted download is never taken for an installation.
 */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, rename, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";

const VERSION = "3.1.0";
const LOWEST_JAVA = 17;
const run = promisify(execFile);
const cache = path.join(import.meta.dirname, "..", "..", "node_modules", ".cache", "turnstile");
const folder = path.join(cache, `dynamodb-local-${VERSION}`);

/** What keeps DynamoDB Local from running on this machine, in one line; undefined if nothing does. */
export async function whatIsMissing(): Promise<string | undefined> {
    const java = await versionOf("java", ["-version"], /version "(?:1\.)?(\d+)/);
    if (java === undefined) return `there is no java on the path: install Java ${LOWEST_JAVA} or newer`;
    if (java < LOWEST_JAVA) return `Java ${java} is too old: install Java ${LOWEST_JAVA} or newer`;
    if (existsSync(folder)) return undefined;
    const maven = await versionOf("mvn", ["-version"], /Apache Maven\D+(\d+)/);
    return maven === undefined ? "there is no mvn on the path: install Apache Maven" : undefined;
}

/** Installs it if it is not there. The folder that holds its jars and libraries. */
export async function install(): Promise<string> {
    if (existsSync(folder)) return folder;
    await mkdir(cache, { recursive: true });
    const unfinished = await mkdtemp(path.join(cache, "unfinished-"));
    try {
        await writeFile(path.join(unfinished, "pom.xml"), pom());
        await run("mvn", ["-q", "-B", "dependency:copy-dependencies", "-DoutputDirectory=lib"], {
            cwd: unfinished,
            timeout: 300_000,
            shell: process.platform === "win32",
        });
        await checkComplete(path.join(unfinished, "lib"));
        await moveInto(unfinished);
    } finally {
        await rm(unfinished, { recursive: true, force: true });
    }
    return folder;
}

export function libraries(installed: string): string {
    return path.join(installed, "lib");
}

/** Another process may have been faster: one installation is as good as the other. */
async function moveInto(unfinished: string): Promise<void> {
    try {
        await rename(unfinished, folder);
    } catch (error) {
        if (!existsSync(folder)) throw error;
    }
}

async function checkComplete(lib: string): Promise<void> {
    const files = await readdir(lib);
    for (const needed of [`DynamoDBLocal-${VERSION}.jar`, "sqlite4java"]) {
        if (files.some((file) => file.startsWith(needed))) continue;
        throw new Error(`Maven copied ${files.length} files to ${lib}, but no ${needed} among them.`);
    }
}

/** A major version, from what a command prints; undefined if there is no such command. */
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

function pom(): string {
    return `<project xmlns="http://maven.apache.org/POM/4.0.0">
    <modelVersion>4.0.0</modelVersion>
    <groupId>turnstile</groupId>
    <artifactId>conformance</artifactId>
    <version>1</version>
    <packaging>pom</packaging>
    <dependencies>
        <dependency>
            <groupId>software.amazon.dynamodb</groupId>
            <artifactId>DynamoDBLocal</artifactId>
            <version>${VERSION}</version>
        </dependency>
    </dependencies>
</project>
`;
}
