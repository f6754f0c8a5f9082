#!/usr/bin/env python3
"""Writes what helm makes of the cases here: write.py HELM [NAME...], write.py HELM releases [NAME...]

Each line of NAME.txt is a template; NAME.expected gets "ok" and its output, or "error" and what helm
printed, as a JSON string. Cases run together in one chart; one that fails is named by helm, and runs
again alone as templates/t.yaml.

Each line of releases/NAME/cases.txt is a case, and what follows its name are the arguments of `helm template`;
expected/CASE.out gets what helm printed, CASE.err what it said of it.
"""

import base64
import json
import os
import pathlib
import re
import resource
import shlex
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).parent
BATCH = 150


def run(helm, folder, environment):
    command = [helm, "template", "r", str(folder), "--namespace", "n"]
    return subprocess.run(command, capture_output=True, env=environment, check=False)


def chart(folder, templates):
    (folder / "templates").mkdir(parents=True, exist_ok=True)
    for old in (folder / "templates").iterdir():
        old.unlink()
    (folder / "Chart.yaml").write_text("apiVersion: v2\nname: g\nversion: 1.2.3\nappVersion: 4.5.6\n")
    (folder / "values.yaml").write_text((HERE / "values.json").read_text())
    (folder / "templates" / "_helpers.tpl").write_bytes((HERE / "helpers.tpl").read_bytes())
    for name, text in templates.items():
        (folder / "templates" / name).write_bytes(text.encode())


def alone(helm, folder, text, environment):
    """What helm says of a case that fails."""
    chart(folder, {"t.yaml": text})
    result = run(helm, folder, environment)
    errors = result.stderr.decode(errors="replace")
    if result.returncode == 0 or "Error: " not in errors:
        raise SystemExit(f"fails among others, but not alone: {text!r}\n{errors}")
    errors = errors[errors.index("Error: ") + len("Error: "):]
    return errors.split("\n\nUse --debug flag")[0].rstrip("\n")


def answers(helm, folder, cases, environment):
    """The answers to numbered cases."""
    left = dict(cases)
    found = {}
    while left:
        batch = dict(list(left.items())[:BATCH])
        while batch:
            templates = {f"_c{n:04}.tpl": text for n, text in batch.items()}
            templates["main.yaml"] = "".join(
                f'c{n:04}: "{{{{ include "g/templates/_c{n:04}.tpl" . | b64enc }}}}"\n' for n in batch
            )
            chart(folder, templates)
            result = run(helm, folder, environment)
            if result.returncode == 0:
                for line in result.stdout.decode().splitlines():
                    match = re.match(r'c(\d{4}): "(.*)"$', line)
                    if match:
                        text = base64.b64decode(match[2]).decode(errors="replace")
                        found[int(match[1])] = f"ok {json.dumps(text, ensure_ascii=False)}"
                for n in batch:
                    left.pop(n)
                break
            errors = result.stderr.decode(errors="replace")
            bad = re.search(r"_c(\d{4})\.tpl", errors) or re.search(r"main\.yaml:(\d+)", errors)
            if bad is None:
                raise SystemExit(errors)
            n = int(bad[1]) if "_c" in bad[0] else list(batch)[int(bad[1]) - 1]
            text = alone(helm, folder, batch.pop(n), environment)
            left.pop(n)
            found[n] = f"error {json.dumps(text, ensure_ascii=False)}"
    return found


def bounded():
    """A chart that asks for more memory than that ends helm, and not the machine."""
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (4 << 30, hard))


def write_releases(helm, names):
    environment = dict(os.environ, TZ="UTC")
    folders = sorted(path.parent for path in (HERE / "releases").glob("*/cases.txt"))
    count = 0
    for folder in folders:
        if names and folder.name not in names:
            continue
        expected = folder / "expected"
        shutil.rmtree(expected, ignore_errors=True)
        expected.mkdir()
        for line in (folder / "cases.txt").read_text().splitlines():
            if line.startswith("#"):
                continue
            case, _, arguments = line.partition(":")
            command = [helm, "template", *(shlex.split(arguments) or ["r", "chart"])]
            result = subprocess.run(
                command, capture_output=True, env=environment, cwd=folder, check=False, timeout=60, preexec_fn=bounded
            )
            if result.returncode != (1 if b"Error: " in result.stderr else 0):
                raise SystemExit(f"{folder.name} {case}: {result.returncode} {result.stderr}")
            (expected / f"{case}.out").write_bytes(result.stdout)
            if result.stderr:
                (expected / f"{case}.err").write_bytes(result.stderr)
            count += 1
    print(count, "cases of releases")


def main():
    helm, *names = sys.argv[1:]
    if names[:1] == ["releases"]:
        write_releases(os.path.abspath(helm), names[1:])
        return
    names = names or sorted(path.stem for path in HERE.glob("*.txt"))
    environment = dict(os.environ, TZ="UTC")
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder) / "g"
        for name in names:
            lines = (HERE / f"{name}.txt").read_text().split("\n")[:-1]
            cases = {
                n: line.replace("␤", "\n")
                for n, line in enumerate(lines)
                if line and not line.startswith("# ")
            }
            found = answers(helm, folder, cases, environment)
            expected = [found.get(n, line) for n, line in enumerate(lines)]
            (HERE / f"{name}.expected").write_text("\n".join(expected) + "\n")
            print(name, len(cases))


main()
