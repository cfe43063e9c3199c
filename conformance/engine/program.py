"""Runs a Pulumi program in Python on the engine: program.py FOLDER PROJECT STACK FILE, then operations. Prints what came of each as JSON.

Pulumi's Automation API runs the program in this very process, so the CLI needs no plugin for Python.
"""
import json
import runpy
import sys

from pulumi import automation

folder, project, name, file, *operations = sys.argv[1:]

stack = automation.create_or_select_stack(
    name,
    project_name=project,
    program=lambda: runpy.run_path(file),
    opts=automation.LocalWorkspaceOptions(work_dir=folder),
)
stack.set_config("aws:region", automation.ConfigValue("us-east-1"))
for operation in operations:
    if operation == "preview":
        print(json.dumps({"changes": stack.preview().change_summary}))
        continue
    result = getattr(stack, operation)()
    outputs = {key: output.value for key, output in stack.outputs().items()}
    print(json.dumps({"changes": result.summary.resource_changes, "outputs": outputs}))
