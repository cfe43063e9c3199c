/**
 * Installs the judges that are Python programs, with what they need of other packages, at the versions and hashes of requirements.txt:
 * policy_sentry (MIT), botocore (Apache 2.0) and cfn-lint (MIT No Attribution).
 */
import { join } from "node:path";
import type { Missing } from "../installation.ts";
import { installPython } from "../python.ts";
import type { PythonInstalled } from "../python.ts";

let installed: Promise<PythonInstalled | Missing> | undefined;

/** Installs them unless they are installed. */
export function installJudges(): Promise<PythonInstalled | Missing> {
    return (installed ??= installPython({
        title: "policy_sentry, botocore and cfn-lint",
        name: "judges",
        requirements: join(import.meta.dirname, "requirements.txt"),
        module: "policy_sentry.shared.iam_data, botocore.loaders, cfnlint.api, regex",
    }));
}
