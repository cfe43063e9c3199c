/**
 * What Python's argparse makes of command lines, recorded from Python 3.11.7 on 2026-11-28. Glue 2.0 to 6.0 run Python 3.7 to
 * 3.13; `getResolvedOptions` of awsglue is argparse with `parse_known_args`, and completes names up to Glue 5.1.
 */

/** What becomes of `--key <value>` when the script has the option `--key`: "value", or "error" and every attempt fails. */
export const VALUES: readonly (readonly [value: string, becomes: "value" | "error"])[] = [
    ["", "value"],
    ["x", "value"],
    ["x -h", "value"],
    [" -x", "value"],
    ["./-x.csv", "value"],
    ["−5", "value"],
    ["-", "value"],
    ["-5", "value"],
    ["-0", "value"],
    ["-0.5", "value"],
    ["-.5", "value"],
    ["-x.csv", "error"],
    ["-h", "error"],
    ["-help", "error"],
    ["-5.", "error"],
    ["-1e5", "error"],
    ["-1_000", "error"],
    ["-inf", "error"],
    ["-5-6", "error"],
    ["-2024-01-01", "error"],
    ["-=", "error"],
    ["-a=b", "error"],
    ["--", "error"],
    ["--x", "error"],
    ["--x=y", "error"],
];

/**
 * Values that argparse takes here, and another time not: a blank keeps a word from being an option only if the script has
 * no option that it begins with; what counts as a digit or as the end of a number differs between versions of Python.
 */
export const DOUBTFUL_VALUES: readonly string[] = ["-x y", "-h y", "- h", "-5 apples", "-5\n", "-\uff15"];

/** What becomes of `<name> x` when the script has the options: the option that gets x, "nothing" or "error". */
export const NAMES: readonly (readonly [name: string, options: readonly string[], gets: string])[] = [
    ["--turnstil", ["--turnstile-holder"], "--turnstile-holder"],
    ["--t", ["--turnstile-holder"], "--turnstile-holder"],
    ["--turnstil", ["--turnstile-holder", "--turnstile-pool"], "error"],
    ["--target_bucke", ["--target_bucket"], "--target_bucket"],
    ["--extra-p", ["--extra-py-files", "--extra-files"], "--extra-py-files"],
    ["--Temp", ["--TempDir"], "--TempDir"],
    ["--temp", ["--TempDir"], "nothing"],
    ["--TempDirs", ["--TempDir"], "nothing"],
];
