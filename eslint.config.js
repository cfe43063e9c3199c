/**
 * What the compiler cannot see: promises nobody waits for, outputs that turn into text, and the rules of the house about who
 * may import whom and who may ask for the time.
 */
import js from "@eslint/js";
import { defineConfig, globalIgnores } from "eslint/config";
import tseslint from "typescript-eslint";

/** The folders in which time and chance are handed in, so that a run can be repeated from its seed. */
const repeatable = ["local", "simulation", "slots", "workflow", "functions"].map(
    (folder) => `${folder}/**/*.ts`,
);

/** Where real time enters: the clock itself, the command that runs it, and what is deployed to AWS. */
const live = ["local/clock.ts", "local/main.ts", "local/start/**/*.ts", "functions/lib/platform.ts"];

/** Programs that speak to whoever started them. */
const programs = [
    "local/main.ts",
    "local/start/**/*.ts",
    "cli/**/*.ts",
    "tools/**",
    "bench/**/*.ts",
    "conformance/**/*.ts",
    "examples/**/*.ts",
];

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

/** A rule that keeps `files` from importing what lies in `folders`. */
function mayNotImport(files, folders, message, paths = []) {
    const regex = `^(\\.{1,2}/)+(${folders.join("|")})(/|\\.ts$)`;
    return {
        files,
        rules: { "no-restricted-imports": ["error", { paths, patterns: [{ regex, message }] }] },
    };
}

export default defineConfig(
    globalIgnores(["node_modules/", ".turnstile/", "coverage/", "dist/", "examples/**/*.js"]),
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
    mayNotImport(
        ["local/**/*.ts", "simulation/**/*.ts"],
        ["test", "tools", "bench", "conformance"],
        "The embedded AWS and the simulation stand without the tests and tools.",
        clockModules,
    ),
    mayNotImport(
        ["*.ts", "components/**/*.ts", "cli/**/*.ts"],
        ["local", "simulation", "test", "tools", "bench", "conformance"],
        "What is deployed must not know that local/ exists.",
    ),
    mayNotImport(
        ["workflow/**/*.ts"],
        [
            "components",
            "functions",
            "local",
            "simulation",
            "cli",
            "test",
            "tools",
            "bench",
            "config",
            "index",
        ],
        "The workflow is data: it may import slots/ alone.",
        clockModules,
    ),
    mayNotImport(
        ["functions/**/*.ts"],
        ["components", "workflow", "local", "simulation", "cli", "test", "tools", "bench", "config", "index"],
        "A function is deployed alone: it may import slots/ and functions/lib/.",
        clockModules,
    ),
    {
        files: ["slots/**/*.ts"],
        rules: {
            "no-restricted-imports": [
                "error",
                {
                    paths: clockModules,
                    patterns: [
                        {
                            regex: "^\\.\\./",
                            message: "slots/ is the ground: it imports from no other folder.",
                        },
                    ],
                },
            ],
        },
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
