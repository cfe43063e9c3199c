/**
 * What the compiler cannot see: promises nobody waits for, outputs that turn into text, and the rules of the house about who
 * may import whom and who may ask for the time.
 */
import { createRequire } from "node:module";

// ESLint and its plugins are installed by `npm ci --prefix tools`.
const require = createRequire(new URL("tools/package.json", import.meta.url));
const js = require("@eslint/js");
const { defineConfig, globalIgnores } = require("eslint/config");
const tseslint = require("typescript-eslint");

/** The folders in which time and chance are handed in, so that a run can be repeated from its seed. */
const repeatable = ["embedded-aws", "slots", "workflow", "functions"].map((folder) => `${folder}/**/*.ts`);

/** Where real time enters: the clock itself, and what is deployed to AWS. */
const live = ["embedded-aws/clock.ts", "functions/lib/platform.ts"];

/** Programs that speak to whoever started them. */
const programs = ["cli/**/*.ts", "tools/**", "bench/**/*.ts", "conformance/**/*.ts", "examples/**/*.ts"];

const handedIn =
    "Time and chance are handed in here: use the world's clock and random, or the platform's now().";
const clockProperties = [
    ["Date", "now"],
    ["Math", "random"],
    ["performance", "now"],
    ["crypto", "randomUUID"],
].map(([object, property]) => ({ object, property, message: handedIn }));
const clockGlobals = ["setTimeout", "setInterval", "setImmediate"].map((name) => ({
    name,
    message: handedIn,
}));
const clockModules = ["timers", "node:timers", "timers/promises", "node:timers/promises"].map((name) => ({
    name,
    message: handedIn,
}));

/** The rooms of the house. A room may import from itself and from those in its list, and from nowhere else in the project. */
const ROOMS = {
    slots: [],
    workflow: ["slots"],
    functions: ["slots", "workflow"],
    components: ["slots", "workflow", "functions"],
    provider: ["components"],
    "embedded-aws": [],
    cli: ["slots", "workflow", "functions", "components", "examples"],
    "cli/operate": ["slots", "workflow", "functions"],
    simulation: ["slots", "workflow", "functions", "cli", "embedded-aws"],
    rivals: ["slots", "functions", "cli", "simulation", "embedded-aws"],
    conformance: ["slots", "workflow", "functions", "components", "cli", "embedded-aws", "test", "examples"],
};
/** The program itself, which stands at the root. */
const PROGRAM = { files: ["index.ts", "config.ts"], mayImport: ["slots", "components"] };
/** Anything that is no room, so that nothing imports it but what stands beside it. */
const OTHERS = ["test", "tools", "bench", "examples", "docs", "policy"];

// `fake-world.ts` is a helper of test/embedded-aws/.
const DOOR = "The embedded AWS has one door: import from embedded-aws/index.ts.";
const deepImport = { regex: "^(\\.{1,2}/)+embedded-aws/(?!(index|fake-world)\\.ts$)", message: DOOR };

/** Keeps `files` from importing what is not in `mayImport`. Files of the root count as a room of their own. */
function room(files, mayImport, own, options = {}) {
    const closed = [...Object.keys(ROOMS), ...OTHERS]
        .filter((name) => name !== own && !name.includes("/") && !mayImport.includes(name))
        .concat(options.closed ?? []);
    const message = `This room may import ${mayImport.length > 0 ? mayImport.join(", ") : "no other room"} (CONTRIBUTING.md, "Where things are").`;
    const patterns = [{ regex: `^(\\.{1,2}/)+(${closed.join("|")})/`, message }];
    if (own !== undefined) patterns.push({ regex: "^(\\.\\./)+config\\.ts$", message });
    if (own !== "embedded-aws") patterns.push(deepImport);
    return {
        files,
        ignores: options.ignores ?? [],
        rules: { "no-restricted-imports": ["error", { paths: options.paths ?? [], patterns }] },
    };
}

export default defineConfig(
    globalIgnores([
        "node_modules/",
        ".turnstile/",
        "coverage/",
        "dist/",
        "examples/**/*.js",
        "examples/commonjs/",
    ]),
    { linterOptions: { reportUnusedDisableDirectives: "error" } },
    js.configs.recommended,
    tseslint.configs.recommendedTypeChecked,
    {
        languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
        rules: {
            eqeqeq: "error",
            "no-console": "error",
            "no-else-return": "error",
            "no-self-compare": "error",
            "no-unreachable-loop": "error",
            "object-shorthand": "error",
            "@typescript-eslint/consistent-type-exports": "error",
            "@typescript-eslint/consistent-type-imports": ["error", { fixStyle: "separate-type-imports" }],
            "@typescript-eslint/no-deprecated": "error",
            "@typescript-eslint/no-explicit-any": "error",
            "@typescript-eslint/no-non-null-assertion": "error",
            "@typescript-eslint/no-unused-vars": [
                "error",
                { argsIgnorePattern: "^_", varsIgnorePattern: "^_" },
            ],
            "@typescript-eslint/only-throw-error": "error",
            "@typescript-eslint/prefer-readonly": "error",
            // A number in a template is plain; an object, a Pulumi output or undefined in one is a mistake.
            "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
            "@typescript-eslint/switch-exhaustiveness-check": [
                "error",
                { considerDefaultExhaustiveForUnions: true },
            ],
        },
    },
    // Their own tsconfig.json finds the package only where it is installed.
    {
        files: ["examples/**/*.ts"],
        languageOptions: { parserOptions: { projectService: false, project: "./tsconfig.json" } },
    },
    { files: programs, rules: { "no-console": "off" } },
    {
        files: repeatable,
        ignores: live,
        rules: {
            "no-restricted-globals": ["error", ...clockGlobals],
            "no-restricted-properties": ["error", ...clockProperties],
            "no-restricted-syntax": [
                "error",
                { selector: "NewExpression[callee.name='Date'][arguments.length=0]", message: handedIn },
                { selector: "CallExpression[callee.name='Date']", message: handedIn },
            ],
        },
    },
    room(PROGRAM.files, PROGRAM.mayImport),
    room(["slots/**/*.ts"], ROOMS.slots, "slots", { paths: clockModules }),
    room(["workflow/**/*.ts"], ROOMS.workflow, "workflow", { paths: clockModules }),
    room(["functions/**/*.ts"], ROOMS.functions, "functions", { paths: clockModules }),
    room(["components/**/*.ts"], ROOMS.components, "components"),
    room(["embedded-aws/**/*.ts"], ROOMS["embedded-aws"], "embedded-aws", { paths: clockModules }),
    room(["cli/**/*.ts"], ROOMS.cli, "cli"),
    room(["simulation/**/*.ts"], ROOMS.simulation, "simulation"),
    // One of the simulator's programs.
    room(["simulation/two-pools/**/*.ts"], ["components"], "simulation"),
    room(["rivals/**/*.ts"], ROOMS.rivals, "rivals"),
    room(["provider/**/*.ts"], ROOMS.provider, "provider"),
    // The commands that run a stack on this machine.
    room(["cli/{run,serve,plan}/**/*.ts"], [...ROOMS.cli, "embedded-aws"], "cli"),
    // The commands that look after a stack on AWS know nothing of this machine's.
    room(["cli/operate/**/*.ts", "cli/lib/**/*.ts"], ROOMS["cli/operate"], "cli", {
        closed: ["run", "serve", "plan"],
    }),
    // What a browser runs, and what puts it into a file.
    room(["cli/page/**/*.{ts,tsx}"], [], "cli", { closed: ["run", "serve", "plan", "operate", "trace"] }),
    {
        files: ["test/**/*.ts", "conformance/**/*.ts", "bench/**/*.ts", "tools/**/*.ts"],
        ignores: ["test/embedded-aws/**/*.ts"],
        rules: { "no-restricted-imports": ["error", { patterns: [deepImport] }] },
    },
    {
        files: ["test/**/*.ts"],
        rules: {
            // A fake is often an async function that has nothing to wait for.
            "@typescript-eslint/require-await": "off",
        },
    },
    {
        files: ["**/*.{js,cjs,mjs}"],
        extends: [tseslint.configs.disableTypeChecked],
        rules: { "no-undef": "off", "@typescript-eslint/no-require-imports": "off" },
    },
    { files: ["tools/launch.cjs"], rules: { "object-shorthand": "off" } },
);
