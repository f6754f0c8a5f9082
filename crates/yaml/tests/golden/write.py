#!/usr/bin/env python3
"""Lets kubectl write the expected output of every golden case. See README.md."""

import json
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).parent
HEAD = "apiVersion: v1\nkind: Case\nmetadata: {name: case}\n"


def kubectl(text, output):
    """Reads manifests as kubectl does and prints them back; needs no server."""
    command = ["kubectl", "patch", "--local", "--type=merge", "-p={}", "-f=-", "-o=" + output]
    return subprocess.run(command, input=text, capture_output=True)


def compact(text):
    """The JSON values of a stream, one a line. Numbers stay as kubectl wrote them."""
    decoder = json.JSONDecoder(parse_float=Number, parse_int=Number)
    text, lines = text.strip(), []
    while text:
        value, end = decoder.raw_decode(text)
        lines.append(write(value))
        text = text[end:].strip()
    return lines


class Number(str):
    """The text of a number."""


def write(value):
    if isinstance(value, Number):
        return str(value)
    if isinstance(value, dict):
        return "{" + ",".join(json.dumps(key) + ":" + write(value[key]) for key in value) + "}"
    if isinstance(value, list):
        return "[" + ",".join(write(item) for item in value) + "]"
    return json.dumps(value)


def scalars():
    lines = []
    for scalar in (HERE / "scalars.txt").read_text().splitlines():
        result = kubectl((HEAD + "value: " + scalar + "\n").encode(), "json")
        if result.returncode:
            lines.append("error")
        else:
            value = json.loads(result.stdout, parse_float=Number, parse_int=Number).get("value")
            lines.append(write(value))
    (HERE / "scalars.expected").write_text("\n".join(lines) + "\n")


def kustomized():
    """What `kubectl kustomize` makes of the same scalars; the last step only turns YAML into JSON."""
    lines = []
    for scalar in (HERE / "scalars.txt").read_text().splitlines():
        with tempfile.TemporaryDirectory() as folder:
            (pathlib.Path(folder) / "kustomization.yaml").write_text("resources: [case.yaml]\n")
            (pathlib.Path(folder) / "case.yaml").write_text(HEAD + "value: " + scalar + "\n")
            result = subprocess.run(["kubectl", "kustomize", folder], capture_output=True)
        if result.returncode:
            lines.append("error")
        else:
            result = kubectl(result.stdout, "json")
            value = json.loads(result.stdout, parse_float=Number, parse_int=Number).get("value")
            lines.append(write(value))
    (HERE / "scalars.kustomize").write_text("\n".join(lines) + "\n")


def documents():
    for case in sorted((HERE / "documents").iterdir()):
        if case.suffix in (".yaml", ".json"):
            result = kubectl(case.read_bytes(), "json")
            lines = compact(result.stdout.decode())
            if result.returncode:
                lines.append(result.stderr.decode().strip().splitlines()[0])
            case.with_suffix(".expected").write_text("\n".join(lines) + "\n")


def emitted():
    for case in sorted((HERE / "emit").glob("*.json")):
        result = kubectl(case.read_bytes(), "yaml")
        if result.returncode:
            sys.exit(f"{case}: {result.stderr.decode()}")
        case.with_suffix(".expected").write_bytes(result.stdout)


scalars()
kustomized()
documents()
emitted()
