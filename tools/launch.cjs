"use strict";
/*
 * Starts a program of this project: `node tools/launch.cjs FILE [arguments]`. Every npm script goes through here, so
 * that a Node which cannot run TypeScript is told apart in one line before anything else of the project is read.
 * Hence the plain old JavaScript: a Node from long ago must be able to parse this file. The program runs in this
 * very process, so that Ctrl-C, the exit code and the standard streams are its own.
 */
const fs = require("fs");
const Module = require("module");
const path = require("path");

const root = path.join(__dirname, "..");
const required = require("../package.json").devEngines.runtime.version.replace(/^\D+/, "");

const complaint = whatIsMissing();
if (complaint) {
    console.error(`turnstile: ${complaint}`);
    process.exitCode = 1;
} else {
    run(process.argv[2], process.argv.slice(3));
}

/** What keeps a program from running here and how to fix it, in one line; undefined when nothing does. */
function whatIsMissing() {
    if (isOlder(process.versions.node, required)) {
        const found = `Node ${process.versions.node} (${process.execPath})`;
        return `found ${found}, needs Node ${required} or newer: ${howToGetNode()}`;
    }
    const installed = fs.existsSync(path.join(root, "node_modules"));
    if (!installed) return `the dependencies are not installed: run \`npm ci\` in ${root}`;
    return undefined;
}

/** `npm ci` installs a Node for this project alone, which npm scripts then find first on their path. */
function howToGetNode() {
    const binary = process.platform === "win32" ? "node.exe" : "node";
    if (fs.existsSync(path.join(root, "node_modules", "node", "bin", binary))) {
        return "start it through npm, as in `npm start`, which uses the Node in node_modules";
    }
    return "run `npm ci` without --ignore-scripts, which installs one for this project, or get it from https://nodejs.org";
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
        console.error("turnstile: no program named; usage: node tools/launch.cjs FILE [arguments]");
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
