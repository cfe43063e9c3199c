/**
 * Bodies of messages as somebody would write them who wants to break something, and what should become of each: worked out
 * here from the rules as docs/send-messages.md and docs/security.md state them, without the schema and without the code that reads it.
 * The same seed gives the same bodies.
 */
import { Random } from "../../embedded-aws/index.ts";

/** When the pages below were read: stored copies of them, and awsglue as published with Glue 6.0. */
export const GLUES_NAMES_READ_ON = "2026-11-28";

/** Names to which Glue gives a meaning, by where AWS says so: pages of the Glue Developer Guide, unless something else is named. */
export const GLUES_OWN_BY_SOURCE: Readonly<Record<string, string>> = {
    "Using job parameters in AWS Glue jobs": `
        additional-python-modules auto-scale-within-microbatch class conf continuous-log-conversionPattern
        continuous-log-logGroup continuous-log-logStreamPrefix customer-driver-env-vars customer-executor-env-vars
        datalake-formats debug disable-proxy-v2 enable-auto-scaling enable-continuous-cloudwatch-log
        enable-continuous-log-filter enable-glue-datacatalog enable-job-insights
        enable-lakeformation-fine-grained-access enable-metrics enable-observability-metrics
        enable-rename-algorithm-v2 enable-s3-parquet-optimized-committer enable-spark-ui encryption-type endpoint
        executor-cores extra-files extra-jars extra-py-files job-language mode python-modules-installer-option
        scriptLocation spark-event-logs-path use-postgres-driver user-jars-first JOB_NAME TempDir`,
    "Using Python virtual environments with AWS Glue": `
        python-virtual-env python-virtual-env-storage-prefix python-virtual-env-version`,
    "Enabling the Apache Spark web UI for AWS Glue jobs":
        "enable-spark-ui-legacy-path spark-ui-event-logs-path",
    "Logging for AWS Glue jobs": "custom-logGroup-prefix custom-logStream-prefix",
    "Configuring AWS calls to go through your VPC": "disable-proxy",
    "AWS Glue Spark shuffle plugin with Amazon S3": "write-shuffle-files-to-s3 write-shuffle-spills-to-s3",
    "Using job parameters in Ray jobs": `
        logging_configuration min-workers object_memory_head object_memory_worker pip-install s3-py-modules
        working-dir`,
    "Configuring job properties for Python shell jobs in AWS Glue": "library-set",
    "awsglue/utils.py and awsglue/job.py of aws-glue-libs": `
        JOB_ID JOB_RUN_ID RedshiftTempDir SECURITY_CONFIGURATION continuation-option enable-data-lineage help`,
    "the package aws-glue-sessions": `
        auto-scaling-ray-min-workers object_store_memory_head object_store_memory_worker`,
    "jobs that Glue Studio made": "job-insights-byo-rules",
};

/** All of them. */
export const GLUES_OWN = Object.values(GLUES_OWN_BY_SOURCE).flatMap((names) =>
    names
        .trim()
        .split(/\s+/)
        .map((name) => `--${name}`),
);

/** Names of Glue's that only say which data: a message may use them, but not their beginnings. */
export const GLUES_DATA = ["--job-bookmark-option", "--job-bookmark-from", "--job-bookmark-to"];

/** What Turnstile gives a meaning. */
export const TURNSTILES_OWN = ["--turnstile-pool", "--turnstile-holder", "--turnstile-x", "--turnstile"];

/** Each beginning of such a name: argparse completes it to the whole name. */
export const BEGINNINGS: readonly string[] = [
    ...new Set(
        [...GLUES_OWN, ...GLUES_DATA, ...TURNSTILES_OWN].flatMap((name) =>
            Array.from({ length: name.length - 3 }, (_, i) => name.slice(0, i + 3)),
        ),
    ),
].filter((name) => !GLUES_OWN.includes(name) && !TURNSTILES_OWN.includes(name));

/** The same to somebody who sees neither case nor which dash. */
const TWINS = [
    ...[
        "--EXTRA-PY-FILES",
        "--extra_py_files",
        "--Extra.Jars",
        "--tempdir",
        "--TEMPDIR",
        "--job_name",
        "--Job-Name",
    ],
    ...["--scriptlocation", "--SCRIPTLOCATION", "--Enable-Metrics", "--enable_metrics", "--TURNSTILE-holder"],
    ...[
        "--additional_python_modules",
        "--Customer-Driver-Env-Vars",
        "--Turnstile_Pool",
        "--continuous_log_logGroup",
    ],
];

const REFUSED_NAMES = [...GLUES_OWN, ...TURNSTILES_OWN, ...BEGINNINGS, ...TWINS].filter(
    (name) => !GLUES_DATA.includes(name),
);

const GOOD_NAMES = [
    ...[
        "--month",
        "--day",
        "--x",
        "--a.b_c-1",
        "--0",
        "--JOBS",
        "--MODE",
        "--Class",
        "--env",
        "--encoding",
        "--enabled",
    ],
    ...GLUES_DATA,
    ...["--TemplatePath", "--country", "--Sources"],
    ...["--constructor", "--p__proto__", "--toString", "--hasOwnProperty", "--valueOf", "--length"],
    ...[
        "--States.Format",
        "--x.",
        "--sequence",
        "--S3_PATH",
        "--TARGET",
        "--REGION",
        "--extras",
        "--files",
        "--jars",
    ],
    `--${"n".repeat(127)}`,
];

const MALFORMED_NAMES = [
    ...[
        "",
        "-",
        "--",
        "---",
        "-x",
        "x",
        "--_x",
        "--.x",
        "---x",
        "--x y",
        "--x=y",
        "--x\n",
        "--x\u0000",
        "--ä",
        "--x\u200b",
    ],
    ...[
        "__proto__",
        "constructor",
        "prototype",
        "toString",
        "hasOwnProperty",
        "--__proto__",
        "--x.$",
        "$.x",
        "--$x",
    ],
    ...[
        "{% $states.context %}",
        "--{%x%}",
        "States.Format('{}', $.x)",
        "#me",
        ":now",
        "--x\ud800",
        "--\u202ex",
        "--extra-py-files ",
        " --x",
    ],
    `--${"n".repeat(128)}`,
];

const BAD_NAMES = [...REFUSED_NAMES, ...MALFORMED_NAMES];

const TEXTS = [
    ...[
        "",
        " ",
        "-",
        "-5",
        "-0.5",
        "x -h",
        " -x",
        "x-y",
        "2024-01-01",
        "null",
        "true",
        "[]",
        "{}",
        "0",
        "1e400",
        "NaN",
        "s3://bucket/key",
    ],
    ...[
        "{% $eval('1+1') %}",
        "{% $states.context %}",
        "{%%}",
        "{% $error('x') %}",
        "{%$message.body%}",
        "$.message",
        "$$.Task.Token",
    ],
    ...[
        "States.Format('{}', $.x)",
        "States.ALL",
        "States.TaskFailed",
        "States.Timeout",
        "$states.input",
        "${process.env.PATH}",
    ],
    ...[
        "SET holders.#me = :slot",
        "REMOVE holders",
        "attribute_exists(x)",
        "begins_with(a, :b)",
        "#me",
        ":now",
        "a AND b OR NOT c",
    ],
    ...[
        "arn:aws:states:us-east-1:123456789012:stateMachine:x",
        "arn:aws:iam::aws:policy/AdministratorAccess",
        "$LATEST",
    ],
    ...[
        '"JobRunState": "SUCCEEDED"',
        '","JobRunState":"SUCCEEDED","Id":"jr_evil',
        '\\"ErrorMessage\\":\\"x\\"',
        "JobRunState:FAILED",
    ],
    ...[
        "x --extra-py-files s3://evil/x.py",
        " --extra-jars x",
        "x\n--conf spark.x=y",
        "'; --TempDir s3://evil",
        "a=--b",
        "$(reboot)",
        "`id`",
    ],
    ...[
        "../../etc/passwd",
        "' OR 1=1 --",
        "<script>alert(1)</script>",
        "%s%n%x",
        "\\",
        '"',
        "'",
        "\\u0000",
        "C:\\x",
        "a,b;c|d&e",
    ],
    ...[
        "\u202eevil\u202c",
        "a\u200bb",
        "\ufeff",
        "\u2028\u2029",
        "👩‍👩‍👧‍👦",
        "é",
        "e\u0301",
        "ẞ",
        "\u{10ffff}",
        "\ufffd",
        "\u0001\u001b[31m",
        "\t\r\n",
        "\u007f\u0085",
    ],
    ...[
        "run#x",
        "wait#0#",
        "open#",
        "job#x",
        "gate",
        "settings",
        "x/1/0",
        "none",
        "9#",
        "__proto__",
        "constructor",
        "hasOwnProperty",
    ],
    ...[
        "\ufffe\uffff",
        "\ud83d\ude00",
        "é".normalize("NFD"),
        "ﷺ",
        "z̸͖̈́a̷l̵g̶o̷",
        "-0",
        "-.5",
        "−5",
        "–x",
        "—extra-jars",
    ],
];

const BAD_TEXTS = [
    ...[
        "-x",
        "-x.csv",
        "-H",
        "- h",
        "-x y",
        "-1e5",
        "-5.",
        "-5\n",
        "-\uff15",
        "-1_000",
        "-inf",
        "-5-6",
        "-2024-01-01",
        "-\u00e9",
        "-=",
        "-a=b",
        "-{% 1 %}",
    ],
    ...[
        "--",
        "--x",
        "--extra-py-files=s3://evil/x.py",
        "--TempDir",
        "--JOB_NAME=other",
        "--turnstile-holder=x/1/0",
        "---",
        "-- comment",
    ],
    ...["-h", "-hh", "-hx", "-h x", "-help", "-h=h"],
    ...["\u0000", "a\u0000b", "\ud800", "\udc00", "a\ud83d", "\udc00\ud800", "--\u0000"],
];

const NOT_TEXTS: readonly unknown[] = [
    ...[null, true, false, 0, -1, 1.5, [], {}, [["x"]], { S: "x" }, { "x.$": "$.y" }, 1e308],
];

const BAD_VALUES = [...BAD_TEXTS, ...NOT_TEXTS];

const NUMBERS =
    "0 9 5 5.0 1e0 0.9e1 -0 900e-2 -1 10 1e400 -1e400 1.5 1e-400 9.0000000000000001 9999999999999999999 0.1"
        .split(" ")
        .concat(["null", '"5"', "true", "[5]", "{}", '"{% 1 %}"', '"0#"']);

const STRANGERS = [
    ...[
        "__proto__",
        "constructor",
        "prototype",
        "toString",
        "hasOwnProperty",
        "argument",
        "Arguments",
        "arguments ",
        "priority.$",
    ],
    ...[
        "id",
        "group",
        "position",
        "sentAt",
        "sequence",
        "execution",
        "name",
        "pool",
        "format",
        "message",
        "{% 1 %}",
        "",
        "\u0000",
        "\ud800",
    ],
];

/** A body, and what its sender may expect of it. */
export interface Hostile {
    readonly body: string;
    /** What the job must get if the message runs; undefined if it must be refused. */
    readonly work:
        { readonly arguments: Readonly<Record<string, string>>; readonly priority: number } | undefined;
}

export class HostileBodies {
    private readonly random: Random;
    private readonly largest: number;

    /** @param largest characters of the largest bodies, which are one in a thousand */
    constructor(seed: number, largest: number) {
        this.random = new Random(seed);
        this.largest = largest;
    }

    next(): Hostile {
        const kind = this.random.integer(0, 999);
        if (kind === 0) return refused(this.deep());
        if (kind === 1) return this.large();
        if (kind < 500) return this.message(false);
        if (kind < 850) return this.message(true);
        if (kind < 930) return this.broken();
        return refused(
            this.pick([
                this.noise(200),
                JSON.stringify(this.pick([...NOT_TEXTS.filter((x) => !isObject(x)), ...TEXTS])),
            ]),
        );
    }

    /** Text of any characters, halves of pairs and controls included. */
    noise(length: number): string {
        let text = "\u00a0";
        for (let i = this.random.integer(0, length); i > 0; i--) {
            const most = this.pick([0x7f, 0x7f, 0xff, 0xffff, 0x10ffff]);
            text += String.fromCodePoint(this.random.integer(0, most));
        }
        return text;
    }

    pick<T>(from: readonly T[]): T {
        return from[this.random.integer(0, from.length - 1)] as T;
    }

    /** A message in the right form, with up to three things that are wrong or only look so. */
    private message(mayBeWrong: boolean): Hostile {
        const isWrong = (): boolean => mayBeWrong && this.random.next() < 0.2;
        const given: Record<string, string> = {};
        const parts: string[] = [];
        let isGood = true;
        for (let i = this.random.integer(0, 4); i > 0; i--) {
            const [name, nameIsGood] = isWrong() ? this.badName() : ([this.goodName(), true] as const);
            const comesAgain = Object.hasOwn(given, name);
            if (comesAgain && !mayBeWrong) continue;
            const wrongValue = isWrong();
            const value = wrongValue ? this.pick(BAD_VALUES) : this.text();
            parts.push(`${quoted(name)}:${JSON.stringify(value)}`);
            if (!nameIsGood || comesAgain) isGood = false;
            given[name] = value as string;
        }
        if (Object.values(given).some((value) => !isGoodText(value))) isGood = false;
        if (parts.length > 0 && isWrong()) {
            parts.push(this.again(parts));
            isGood = false;
        }
        const members: string[] = [];
        if (parts.length > 0 || this.random.next() < 0.5) members.push(`"arguments":{${parts.join(",")}}`);
        let priority = 5;
        if (this.random.next() < 0.5) {
            const text = this.pick(mayBeWrong ? NUMBERS : NUMBERS.slice(0, 8));
            members.push(`"priority":${text}`);
            priority = Number(text);
            if (!/^[-+.\de]+$/.test(text) || !Number.isInteger(priority) || priority < 0 || priority > 9)
                isGood = false;
        }
        if (isWrong()) {
            members.push(`${quoted(this.pick(STRANGERS))}:${JSON.stringify(this.pick(NOT_TEXTS))}`);
            isGood = false;
        }
        if (members.length > 0 && isWrong()) {
            members.push(this.again(members));
            isGood = false;
        }
        if (this.random.next() < 0.3) members.reverse();
        const space = this.pick(["", "", " ", "\n", "\t\r\n "]);
        const body = `${space}{${members.join(`,${space}`)}}${space}`;
        return isGood ? { body, work: { arguments: given, priority } } : refused(body);
    }

    /** A member that is there, once more: with another value or the same one, its name spelt as it was or another way. */
    private again(members: readonly string[]): string {
        const [, name = "", value = ""] = /^"([^]*?[^\\]|)"(:[^]*)$/.exec(this.pick(members)) ?? [];
        const spelt =
            this.random.next() < 0.5 || !/^[-\w]+$/.test(name)
                ? name
                : name.replace(/[^]/g, (c) => `\\u00${c.charCodeAt(0).toString(16).padStart(2, "0")}`);
        return `"${spelt}"${this.random.next() < 0.5 ? value : `:${JSON.stringify(this.pick(NOT_TEXTS))}`}`;
    }

    private goodName(): string {
        return this.random.next() < 0.7
            ? this.pick(GOOD_NAMES)
            : `--n${this.random.hex(this.random.integer(1, 20))}`;
    }

    private badName(): [string, boolean] {
        return [this.pick(BAD_NAMES), false];
    }

    private text(): string {
        const text =
            this.random.next() < 0.8 ? this.pick(TEXTS) : this.noise(30).toWellFormed().replaceAll("\0", "");
        return this.random.next() < 0.9 ? text : text + this.pick(TEXTS);
    }

    /** A message with one character taken out, put in or changed; most are no JSON any more, and none is sent to be run. */
    private broken(): Hostile {
        const { body } = this.message(true);
        const at = this.random.integer(0, body.length - 1);
        const to = this.pick(["", "\u0000", "\ufeff", '"', "{", "\\", "\ud800", ","]);
        const text = body.slice(0, at) + to + body.slice(at + 1);
        // Whatever it has become, it must not be a message: an unclosed string at its end sees to that.
        return refused(`${text}"`);
    }

    private deep(): string {
        const [open, close] = this.pick([
            ["[", "]"],
            ['{"a":', "}"],
            ['{"arguments":', "}"],
        ] as const);
        const depth = Math.floor(this.largest / 4 / open.length);
        const nest = `${open.repeat(depth)}1${close.repeat(depth)}`;
        return this.pick([nest, `{"arguments":{"--x":${nest}}}`, `{"priority":${nest}}`, open.repeat(depth)]);
    }

    private large(): Hostile {
        const size = Math.floor(this.largest / 2);
        const good = (value: string): Hostile => ({
            body: JSON.stringify({ arguments: { "--x": value } }),
            work: { arguments: { "--x": value }, priority: 5 },
        });
        return this.pick([
            () => good("é".repeat(size / 4)),
            () => good("\u0001".repeat(size / 16)),
            () => good('"\\'.repeat(size / 8)),
            () => ({ body: " ".repeat(size) + "{}", work: { arguments: {}, priority: 5 } }),
            () => refused(`{"${"k".repeat(size)}":1}`),
            () => refused(`{"arguments":{"--${"-".repeat(size)}!":"1"}}`),
            () =>
                refused(
                    `{"arguments":{${Array.from({ length: size / 16 }, (_, i) => `"--a${i}":""`).join(",")}}}`,
                ),
            () => refused(`{"arguments":{"--x":"--${"x".repeat(size)}"}}`),
            () => refused(`{"arguments":{"--x":"-${"1".repeat(size)}x"}}`),
            () => refused(`{"arguments":{"--x":"${"x".repeat(size)}","--x":"${'\\"'.repeat(size / 4)}"}}`),
            () => refused(`{"${"k".repeat(size / 2)}":1,"${"k".repeat(size / 2)}":1}`),
            () => refused(`{"x":{${'"a":1,'.repeat(size / 6)}"b":2}}`),
            () => refused("x".repeat(size)),
        ])();
    }
}

function refused(body: string): Hostile {
    return { body, work: undefined };
}

/** As JSON spells a name; `__proto__` in an object literal would be no name. */
function quoted(name: string): string {
    return JSON.stringify(name);
}

function isObject(value: unknown): boolean {
    return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isGoodText(value: unknown): boolean {
    return (
        typeof value === "string" &&
        (!value.startsWith("-") || value === "-" || isNegativeNumber(value)) &&
        !value.includes("\0") &&
        value.isWellFormed()
    );
}

/** As argparse sees it: `-5`, `-0.5` and `-.5`, but not `-5.`, `-1e5` or `-5 `. */
function isNegativeNumber(value: string): boolean {
    const [whole = "", fraction, ...more] = value.slice(1).split(".");
    const isDigits = (text: string): boolean => [...text].every((digit) => "0123456789".includes(digit));
    if (more.length > 0 || !isDigits(whole) || !isDigits(fraction ?? "")) return false;
    return fraction === undefined ? whole !== "" : fraction !== "";
}
