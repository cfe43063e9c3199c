"use strict";
/*
 * Starts a program of this project: `node tools/launch.cjs [--checks] FILE [arguments]`. The npm scripts go through here,
 * so that one line says what is missing: a Node that runs TypeScript, the dependencies, or, with `--checks`, those of
 * tools/package.json. A Node of any age must be able to parse this file, hence the plain old JavaScript. The program runs
 * in this very process, so that Ctrl-C, the exit code and the standard streams are its own.
 */
const fs = require("fs");
const Module = require("module");
const path = require("path");

const root = path.join(__dirname, "..");
const required = require("../package.json").devEngines.runtime.version.replace(/^\D+/, "");

const needsChecks = process.argv[2] === "--checks";
const command = process.argv.slice(needsChecks ? 3 : 2);
const complaint = whatIsMissing();
if (complaint) {
    console.error(`turnstile: ${complaint}`);
    process.exitCode = 1;
} else {
    run(command[0], command.slice(1));
}

/** What keeps a program from running here and how to fix it, in one line; undefined when nothing does. */
function whatIsMissing() {
    if (isOlder(process.versions.node, required)) {
        const found = `Node ${process.versions.node} (${process.execPath})`;
        return `found ${found}, needs Node ${required} or newer: ${howToGetNode()}`;
    }
    if (!isThere("node_modules")) return `the dependencies are not installed: run \`npm ci\` in ${root}`;
    if (needsChecks && !isThere("tools", "node_modules")) {
        return `the checks are not installed: run \`npm ci --prefix tools\` in ${root}`;
    }
    // NODE_ENV=production leaves out what tests need.
    const [, name] = /^node_modules\/([\w-]+)/.exec(command[0]) || [];
    if (name && !isThere("node_modules", name)) {
        return `${name} is not installed: run \`npm ci --include=dev\` in ${root}`;
    }
    if (/^(cli|simulation)\//.test(command[0]) && !isThere("node_modules", "commander")) {
        return `the dependencies are not all installed: run \`npm ci --include=dev\` in ${root}`;
    }
    return undefined;
}

/** `npm ci` installs a Node for this project alone, which npm scripts then find first on their path. */
function howToGetNode() {
    const binary = process.platform === "win32" ? "node.exe" : "node";
    if (isThere("node_modules", "node", "bin", binary)) {
        return "start it through npm, as in `npm start`, which uses the Node in node_modules";
    }
    return `run ${installationOfNode()}, which installs one for this project, or get it from https://nodejs.org`;
}

function installationOfNode() {
    if (!isThere("node_modules")) return "`npm ci`";
    // NODE_ENV=production and --omit=dev leave the package out, --ignore-scripts its binary.
    return isThere("node_modules", "node") ? "`npm ci` without --ignore-scripts" : "`npm ci --include=dev`";
}

function isThere(...names) {
    return fs.existsSync(path.join(root, ...names));
}

function isOlder(version, other) {
    const a = version.split(".").map(Number);
    const b = other.split(".").map(Number);
    for (let i = 0; i < b.length; i++) {
        if (a[i] !== b[i]) return a[i] < b[i];
    }
    return false;
}

function run(file, args) {
    if (!file) {
        console.error(
            "turnstile: no program named; usage: node tools/launch.cjs [--checks] FILE [arguments]",
        );
        process.exitCode = 1;
        return;
    }
    rememberCompiledCode();
    process.argv = [process.argv[0], path.resolve(root, file)].concat(args);
    Module.runMain();
}

/** Keeps compiled code for the next start, of this process and of those it starts: loading Pulumi takes half the time. */
function rememberCompiledCode() {
    const directory = process.env.NODE_COMPILE_CACHE || path.join(root, "node_modules", ".cache", "compiled");
    process.env.NODE_COMPILE_CACHE = directory;
    Module.enableCompileCache(directory);
}
