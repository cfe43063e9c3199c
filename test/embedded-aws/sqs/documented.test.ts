import { cases } from "./documented-cases.ts";
import { run } from "./documented-run.ts";
import { table } from "../documented.ts";

table("SQS", cases, run);
