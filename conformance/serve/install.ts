/** Installs the AWS CLI and boto3 (PyPI, Apache 2.0), with what they need of other packages, at the versions of requirements.txt. */
import { join } from "node:path";
import type { Missing } from "../installation.ts";
import { installPython } from "../python.ts";
import type { PythonInstalled } from "../python.ts";

export function installClients(): Promise<PythonInstalled | Missing> {
    return installPython({
        title: "The AWS CLI and boto3",
        name: "aws-clients",
        requirements: join(import.meta.dirname, "requirements.txt"),
        module: "awscli.clidriver, boto3",
    });
}
