#!/usr/bin/env python3
"""Lets kubectl and Kustomize write the expected objects of every golden case. See README.md."""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).parent


def run(command, text=b""):
    result = subprocess.run(command, input=text, capture_output=True)
    if result.returncode:
        sys.exit(f"{command}: {result.stderr.decode()}")
    return result.stdout


def kubectl(*what, text=b""):
    """Reads manifests as kubectl does and prints them back; needs no server."""
    command = ["kubectl", "patch", "--local", "--type=merge", "-p={}", "-o=json", *what]
    return run(command, text)


def kustomize(folder):
    """Builds a directory of plain manifests with the list of resources that Flux generates for it."""
    with tempfile.TemporaryDirectory() as copy:
        copy = shutil.copytree(folder, copy, dirs_exist_ok=True)
        files = []
        for root, folders, names in walk(copy):
            files += [os.path.join(root, name) for name in names if name.endswith((".yaml", ".yml"))]
        resources = [os.path.relpath(name, copy) for name in files]
        (pathlib.Path(copy) / "kustomization.yaml").write_text(json.dumps({"resources": resources}))
        return run(["kubectl", "kustomize", copy])


def walk(folder):
    """Goes through each directory by name, files and directories mixed, as Go's filepath.Walk does."""
    for name in sorted(os.listdir(folder)):
        path = os.path.join(folder, name)
        if os.path.isdir(path):
            yield from walk(path)
        else:
            yield folder, [], [name]


def write(case, stream):
    decoder, text, lines = json.JSONDecoder(), stream.decode().strip(), []
    while text:
        value, end = decoder.raw_decode(text)
        lines.append(json.dumps(value, separators=(",", ":"), sort_keys=True))
        text = text[end:].strip()
    (case / "expected").write_text("\n".join(lines) + "\n")


for case in sorted((HERE / "plain").iterdir()):
    write(case, kubectl("-R", "-f", str(case / "input")))
for case in sorted((HERE / "kustomize").iterdir()):
    write(case, kubectl("-f=-", text=kustomize(case / "input")))
