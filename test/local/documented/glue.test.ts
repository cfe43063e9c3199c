import { table } from "./form.ts";
import { cases } from "./glue-cases.ts";
import { run } from "./glue-run.ts";

table("Glue", cases, run);
