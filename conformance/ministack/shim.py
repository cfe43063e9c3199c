"""Starts MiniStack 1.5.33 with what it lacks for this project. Nothing else of MiniStack is changed.

What is added:

1. `glue:startJobRun` and `glue:startJobRun.sync`, which MiniStack answers with "not yet implemented". The shim starts the run and, with
   `.sync`, looks at it every half second until it has ended. Any end but SUCCEEDED fails the task with States.TaskFailed and the run as
   JSON in the cause. A refused start has the name that Step Functions gives it (`Glue.EntityNotFoundException`).
2. Scripted services, for tables of cases. While a task of the state machine X runs and the file answers/X.json exists, the file answers
   the operations that it names, in order; the last answer repeats. The shim writes each such request to answers/X.requests, one line of
   JSON each. The answers enter where MiniStack calls its own services, so MiniStack still decides what it makes of a reply (names of
   errors, shapes of results). Scripts can answer the item operations of the optimized DynamoDB integration, any operation of DynamoDB and
   Glue through the SDK's integrations, sqs:SendMessage, lambda:Invoke, glue:StartJobRun and glue:GetJobRun.
3. For the whole stack only: what whole_stack.py adds.

What MiniStack still lacks: MaxConcurrentRuns of Glue, heartbeats, TimeoutSeconds of a state machine, MaxDelaySeconds, expressions in
TimeoutSeconds, stopping a run when an execution is aborted, limits of size, redrive, StartMessageMoveTask.
"""

import contextvars
import json
import os
import sys
import threading
import time

from ministack import app
from ministack.core.responses import new_uuid
from ministack.services import dynamodb, glue, lambda_svc, sqs, stepfunctions

FOLDER = os.environ["TURNSTILE_FOLDER"]
POLL_SECONDS = 0.5
FAILED_RUNS = {"FAILED", "ERROR", "TIMEOUT", "STOPPED", "EXPIRED"}


# 1. Glue


def start_job_run(resource, arguments):
    status, _, body = glue._start_job_run(arguments)
    answer = json.loads(body)
    if status >= 400:
        raise stepfunctions._ExecutionError(*glue_error(status, answer))
    if not resource.endswith(".sync"):
        return answer
    return watch({"JobName": arguments["JobName"], "RunId": answer["JobRunId"]})


def watch(request):
    while True:
        status, _, body = glue._get_job_run(request)
        run = json.loads(body).get("JobRun", {})
        state = run.get("JobRunState")
        if state == "SUCCEEDED":
            return run
        if state in FAILED_RUNS:
            raise stepfunctions._ExecutionError("States.TaskFailed", json.dumps(run))
        time.sleep(POLL_SECONDS)


def glue_error(status, answer):
    code = answer.get("__type", "AWSGlueException").rsplit("#", 1)[-1]
    cause = (
        f"{answer.get('message', '')} (Service: AWSGlue; Status Code: {status}; "
        f"Error Code: {code}; Request ID: {new_uuid()}; Proxy: null)"
    )
    return f"Glue.{code}", cause


# 2. Scripted services

machine = contextvars.ContextVar("machine", default=None)
made = {}
lock = threading.Lock()


class NotScripted(Exception):
    pass


def scripted(name, request):
    """The next scripted answer to `service:Operation` for the state machine whose task runs in this thread."""
    here = machine.get()
    if here is None:
        raise NotScripted
    try:
        with open(os.path.join(FOLDER, "answers", f"{here}.json")) as file:
            answers = json.load(file).get(name)
    except FileNotFoundError:
        answers = None
    if answers is None:
        raise NotScripted
    with lock:
        count = made.get((here, name), 0)
        made[(here, name)] = count + 1
        with open(os.path.join(FOLDER, "answers", f"{here}.requests"), "a") as file:
            file.write(json.dumps({"name": name, "input": request}) + "\n")
    return answers[min(count, len(answers) - 1)]


def as_response(answer):
    """The answer in the form of a MiniStack service with the JSON protocol."""
    if "error" in answer:
        body = {"__type": answer["error"], "message": answer.get("message", "refused")}
        return 400, {}, json.dumps(body).encode()
    return 200, {}, json.dumps(answer.get("output", {})).encode()


def script(module, function, name):
    real = getattr(module, function)

    def answer(*arguments):
        try:
            return as_response(scripted(name, arguments[0]))
        except NotScripted:
            return real(*arguments)

    setattr(module, function, answer)


def script_sqs():
    real = sqs._act_send_message

    def send(message, url):
        try:
            answer = scripted("sqs:SendMessage", message)
        except NotScripted:
            return real(message, url)
        if "error" in answer:
            raise sqs._Err(answer["error"], answer.get("message", "refused"))
        return answer.get("output", {})

    sqs._act_send_message = send


def script_lambda():
    """Turns a scripted reply of the API, with FunctionError and Payload, into what MiniStack's runtime reports."""
    find, prepare, perform = (
        lambda_svc._get_func_record_for_ref,
        lambda_svc._execution_record_for_config,
        lambda_svc._execute_function_with_config_scope,
    )

    def found(reference):
        try:
            return {"scripted": scripted("lambda:Invoke", {"FunctionName": reference})}, {"scripted": True}, reference
        except NotScripted:
            return find(reference)

    def prepared(function, config):
        return function if "scripted" in config else prepare(function, config)

    def performed(record, event):
        if "scripted" not in record:
            return perform(record, event)
        answer = record["scripted"].get("output", {})
        payload = json.loads(answer.get("Payload", "null"))
        return {"error": True, "body": payload} if "FunctionError" in answer else {"body": payload}

    lambda_svc._get_func_record_for_ref = found
    lambda_svc._execution_record_for_config = prepared
    lambda_svc._execute_function_with_config_scope = performed


def script_sdk():
    real = app.call_service_handler_sync

    def call(handler, method, path, headers, body, *more, **named):
        prefix, _, operation = headers.get("x-amz-target", "").partition(".")
        service = {"DynamoDB_20120810": "dynamodb", "AWSGlue": "glue"}.get(prefix)
        try:
            return as_response(scripted(f"{service}:{operation}", json.loads(body or "{}")))
        except NotScripted:
            return real(handler, method, path, headers, body, *more, **named)

    app.call_service_handler_sync = call


def know_the_machine():
    real = stepfunctions._execute_task

    def execute(state, value, execution, context):
        token = machine.set(context["StateMachine"]["Name"])
        try:
            return real(state, value, execution, context)
        finally:
            machine.reset(token)

    stepfunctions._execute_task = execute


def main():
    stepfunctions._SERVICE_DISPATCH["arn:aws:states:::glue:startJobRun"] = start_job_run
    for operation in ("put", "get", "update", "delete"):
        script(dynamodb, f"_{operation}_item", f"dynamodb:{operation.capitalize()}Item")
    script(glue, "_start_job_run", "glue:StartJobRun")
    script(glue, "_get_job_run", "glue:GetJobRun")
    script_sqs()
    script_lambda()
    script_sdk()
    know_the_machine()
    if os.environ.get("TURNSTILE_WHOLE_STACK") == "1":
        import whole_stack

        whole_stack.add()
    sys.argv = sys.argv[:1]
    app.main()


if __name__ == "__main__":
    main()
