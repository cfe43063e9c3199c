import { cases } from "./sqs-cases.ts";
import { run } from "./sqs-run.ts";
import { table } from "./form.ts";

table("SQS", cases, run);
