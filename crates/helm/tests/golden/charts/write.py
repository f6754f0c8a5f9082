#!/usr/bin/env python3
"""Writes what helm makes of the charts here: write.py HELM [NAME...]

NAME.txt holds cases. Each begins with `=== ` and its title; `$ ` begins the options that helm is given, and
`>>> ` a file: of the chart, with `+/` beside it, and with `archive.tgz!` packed into an archive of the
chart. `NAME.expected` has a line for each case, as JSON: what `shown.tpl` wrote and what helm warned of, or
what helm printed behind `Error: `.
"""

import io
import json
import pathlib
import shlex
import subprocess
import sys
import tarfile
import tempfile

HERE = pathlib.Path(__file__).parent
CHART = "apiVersion: v2\nname: p\nversion: 1.2.3\n"


def cases(text):
    for part in text.split("\n=== ")[1:]:
        title, _, body = part.partition("\n")
        head, *files = ("\n" + body).split("\n>>> ")
        options = [line[2:] for line in head.split("\n") if line.startswith("$ ")]
        found = {"Chart.yaml": CHART}
        for file in files:
            path, _, content = file.partition("\n")
            found[path] = content + "\n" if content else ""
        yield title, shlex.split(" ".join(options)), found


def lay_out(folder, files):
    archives = {}
    for path, content in files.items():
        if "!" in path:
            archive, _, inside = path.partition("!")
            archives.setdefault(archive, {})[inside] = content
            continue
        file = folder / path[2:] if path.startswith("+/") else folder / "p" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(unescaped(content))
    for archive, inside in archives.items():
        file = folder / "p" / archive
        file.parent.mkdir(parents=True, exist_ok=True)
        with tarfile.open(file, "w:gz") as tar:
            for path, content in inside.items():
                data = unescaped(content)
                info = tarfile.TarInfo(path)
                info.size = len(data)
                tar.addfile(info, io.BytesIO(data))


def unescaped(content):
    """A byte order mark cannot be seen, so it is written as a sign of its own."""
    return content.replace("␢", "\ufeff").encode()


def answer(helm, options, files):
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        lay_out(folder, files)
        shown = folder / "p" / "templates" / "shown.yaml"
        shown.parent.mkdir(exist_ok=True)
        shown.write_bytes((HERE / "shown.tpl").read_bytes())
        command = [helm, "template", "r", "./p", "-s", "templates/shown.yaml", *options]
        result = subprocess.run(command, capture_output=True, cwd=folder, check=False)
        lines = result.stderr.decode().split("\n")
        warnings = sorted({line for line in lines if line.startswith(("level=INFO", "level=WARN"))})
        if result.returncode != 0:
            error = result.stderr.decode()
            error = error[error.index("Error: ") + len("Error: "):]
            return {"error": error.split("\n\nUse --debug flag")[0].rstrip("\n")}
        text = result.stdout.decode()
        return {"shown": json.loads(text[text.index("{"):]), "warnings": warnings}


def main():
    helm, *names = sys.argv[1:]
    for name in names or sorted(path.stem for path in HERE.glob("*.txt")):
        text = "\n" + (HERE / f"{name}.txt").read_text()
        lines = []
        for title, options, files in cases(text):
            lines.append(json.dumps(answer(helm, options, files), ensure_ascii=False))
        (HERE / f"{name}.expected").write_text("\n".join(lines) + "\n")
        print(name, len(lines))


main()
