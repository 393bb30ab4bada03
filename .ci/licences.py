"""Refuses packages whose licence is not one of these. Reads what `cargo metadata` says about all of them."""

import json
import re
import subprocess
import sys

ALLOWED = {
    "0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "BSL-1.0", "CC0-1.0", "CDLA-Permissive-2.0", "ISC", "MIT", "NCSA",
    "Unicode-3.0", "Unicode-DFS-2016", "Unlicense", "WTFPL", "Zlib",
    # Asks for the sources of its own files only.
    "MPL-2.0",
}  # fmt: skip
# No expression, but a file, which was read.
FILES = {"cfg_block": "Apache-2.0, in LICENSE"}


def is_allowed(expression):
    """SPDX, and the `/` of old packages. An exception (`WITH`) only allows more."""
    words = re.findall(r"\(|\)|[^\s()/]+|/", re.sub(r" WITH \S+", "", expression))

    def either():
        value = both()
        while words and words[0] in ("OR", "/"):
            words.pop(0)
            value = both() or value
        return value

    def both():
        value = single()
        while words and words[0] == "AND":
            words.pop(0)
            value = single() and value
        return value

    def single():
        word = words.pop(0)
        if word == "(":
            value = either()
            words.pop(0)
            return value
        return word in ALLOWED

    return either()


def main():
    command = ["cargo", "metadata", "--locked", "--all-features", "--format-version", "1"]
    packages = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)["packages"]
    refused = [
        f"{package['name']} {package['version']}: {package['license']}"
        for package in packages
        if package["name"] not in FILES and not is_allowed(package["license"] or "none")
    ]
    print(f"{len(packages)} packages, {len(refused)} with a licence that is not allowed")
    print("\n".join(refused))
    sys.exit(bool(refused))


if __name__ == "__main__":
    assert is_allowed("(MIT OR GPL-3.0) AND Unicode-3.0") and is_allowed("MIT/Apache-2.0")
    assert not is_allowed("MIT AND GPL-3.0") and not is_allowed("GPL-3.0-only WITH Classpath-exception-2.0")
    main()
