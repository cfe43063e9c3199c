"""What MiniStack 1.5.33 lacks for a whole stack, besides what shim.py adds; used when TURNSTILE_WHOLE_STACK is 1.

1. Expressions in TimeoutSeconds (Step Functions Developer Guide, "Task workflow state"), evaluated when the task begins; MiniStack expects
   a number.
2. Arguments of a Glue job on the command line of its script (Glue User Guide, "Accessing parameters using getResolvedOptions"); MiniStack
   passes them as environment variables. A run stays in STARTING for TURNSTILE_START_SECONDS; on AWS, a start takes time too. The file
   runs.jsonl says when each run started and ended, more exactly than Glue's whole seconds.
3. The event "Glue Job State Change" at the end of a run (Glue User Guide, "Automating AWS Glue with EventBridge").
4. Requests count as if they had come over TLS, which is not used here. The program's policies refuse all others, and MiniStack applies them
   where it checks permissions (AUTH=true).
"""

import contextvars
import json
import os
import subprocess
import threading
import time

from ministack import app
from ministack.services import eventbridge, glue, stepfunctions

RUNS = os.path.join(os.environ["TURNSTILE_FOLDER"], "runs.jsonl")
START_SECONDS = float(os.environ.get("TURNSTILE_START_SECONDS", "1"))
lock = threading.Lock()


def add():
    app.pin_request_origin = as_over_tls(app.pin_request_origin)
    stepfunctions._execute_task = with_timeouts(stepfunctions._execute_task)
    glue._execute_subprocess = run_script
    glue._start_job_run = with_event(glue._start_job_run)


# 1. Timeouts


def with_timeouts(execute):
    def execute_task(state, value, execution, context):
        seconds = state.get("TimeoutSeconds")
        if isinstance(seconds, str):
            seconds = stepfunctions._apply_jsonata_template(seconds, value, context)
            state = {**state, "TimeoutSeconds": seconds}
        return execute(state, value, execution, context)

    return execute_task


# 2. Scripts


def run_script(run, job, arguments, script):
    run["JobRunState"] = "STARTING"
    note(run, "started")
    time.sleep(START_SECONDS)
    run["JobRunState"] = "RUNNING"
    line = [part for name, text in arguments.items() for part in (name, str(text))]
    ended = subprocess.run(["python3", script, *line], capture_output=True, text=True, stdin=subprocess.DEVNULL)
    note(run, "ended", printed=ended.stdout)
    run["ErrorMessage"] = "" if ended.returncode == 0 else (ended.stderr.strip() or f"exit code {ended.returncode}")
    run["JobRunState"] = "SUCCEEDED" if ended.returncode == 0 else "FAILED"


def note(run, what, **more):
    line = json.dumps({"run": run["Id"], "arguments": run["Arguments"], "what": what, "time": time.time(), **more})
    with lock, open(RUNS, "a") as file:
        file.write(line + "\n")


# 3. Events


def with_event(start):
    def start_job_run(data):
        status, headers, body = start(data)
        if status < 400:
            run_id = json.loads(body)["JobRunId"]
            run = next(run for run in glue._job_runs[data["JobName"]] if run["Id"] == run_id)
            # The context holds account and region.
            context = contextvars.copy_context()
            threading.Thread(target=context.run, args=(put_end_event, run), daemon=True).start()
        return status, headers, body

    return start_job_run


def put_end_event(run):
    while run["CompletedOn"] is None:
        time.sleep(0.05)
    state = run["JobRunState"]
    detail = {
        "jobName": run["JobName"],
        "severity": "INFO" if state == "SUCCEEDED" else "ERROR",
        "state": state,
        "jobRunId": run["Id"],
        "message": run["ErrorMessage"] or "Job run succeeded",
    }
    entry = {"Source": "aws.glue", "DetailType": "Glue Job State Change", "Detail": json.dumps(detail)}
    eventbridge._put_events({"Entries": [entry]}, allow_aws_source=True)


# 4. TLS


def as_over_tls(pin):
    def pin_request_origin(address, is_secure):
        pin(address, True)

    return pin_request_origin
