"""NiiVue, the viewer of images that pages use: fetched once, verified, never part of this repository.

The package of the npm registry holds a script that a page loads from the disk like any other; modules, which others
offer, browsers refuse there. Its licence (BSD-2-Clause) goes wherever the script goes.
"""

import logging
from functools import cache
from pathlib import Path, PurePosixPath

from acenet.errors import InputError
from acenet.files.archives import unpack
from acenet.files.atomic import write_text
from acenet.files.checksums import sha256_of
from acenet.files.download import Remote, discard, fetch
from acenet.system.user_cache import user_cache

logger = logging.getLogger(__name__)

VERSION = "0.69.0"
MEMBER = PurePosixPath("package/dist/niivue.umd.js")
SHA256 = "47b896b77ec4a5be3ef1949c33ad393b6f45629921f326c279000bcf51bdb4af"
PACKAGE = Remote(
    f"niivue-{VERSION}.tgz",
    (f"https://registry.npmjs.org/@niivue/niivue/-/niivue-{VERSION}.tgz",),
    sha256="6e9a6a471b428eb3b258a0086beca9187d95e43a781a39e8a519c6da246af485",
    size=6809390,
)
ATTEMPTS = 2  # a page without a viewer is a page all the same
LICENCE = """\
NiiVue, https://github.com/niivue/niivue

BSD 2-Clause License

Copyright (c) 2021, Niivue
All rights reserved.

Redistribution and use in source and binary forms, with or without
modification, are permitted provided that the following conditions are met:

1. Redistributions of source code must retain the above copyright notice, this
   list of conditions and the following disclaimer.

2. Redistributions in binary form must reproduce the above copyright notice,
   this list of conditions and the following disclaimer in the documentation
   and/or other materials provided with the distribution.

THIS SOFTWARE IS PROVIDED BY THE COPYRIGHT HOLDERS AND CONTRIBUTORS "AS IS"
AND ANY EXPRESS OR IMPLIED WARRANTIES, INCLUDING, BUT NOT LIMITED TO, THE
IMPLIED WARRANTIES OF MERCHANTABILITY AND FITNESS FOR A PARTICULAR PURPOSE ARE
DISCLAIMED. IN NO EVENT SHALL THE COPYRIGHT HOLDER OR CONTRIBUTORS BE LIABLE
FOR ANY DIRECT, INDIRECT, INCIDENTAL, SPECIAL, EXEMPLARY, OR CONSEQUENTIAL
DAMAGES (INCLUDING, BUT NOT LIMITED TO, PROCUREMENT OF SUBSTITUTE GOODS OR
SERVICES; LOSS OF USE, DATA, OR PROFITS; OR BUSINESS INTERRUPTION) HOWEVER
CAUSED AND ON ANY THEORY OF LIABILITY, WHETHER IN CONTRACT, STRICT LIABILITY,
OR TORT (INCLUDING NEGLIGENCE OR OTHERWISE) ARISING IN ANY WAY OUT OF THE USE
OF THIS SOFTWARE, EVEN IF ADVISED OF THE POSSIBILITY OF SUCH DAMAGE.
"""


def fetch_niivue(folder: Path) -> Path:
    """The script, verified, in `folder`; fetched where it is not there yet. What was fetched is removed again.

    Raises
    ------
    InputError
        It cannot be fetched, or is not the pinned one.
    OSError
        The folder takes nothing.
    """
    script = folder / f"niivue-{VERSION}.js"
    if script.is_file() and sha256_of(script) == SHA256:
        return script
    package = fetch(PACKAGE, folder, attempts=ATTEMPTS)
    unpack([package], [MEMBER], folder)
    found = folder / MEMBER
    if (sha := sha256_of(found)) != SHA256:
        raise InputError(found, expected=f"sha256 {SHA256}", found=f"sha256 {sha}")
    found.replace(script)
    for emptied in (folder / "package/dist", folder / "package"):
        emptied.rmdir()
    discard(package)
    return script


@cache
def cached_niivue() -> str | None:
    """The script from the user's cache, fetched where it is not there; None where it cannot be had, said once."""
    try:
        return fetch_niivue(user_cache()).read_text(encoding="utf-8")
    except (InputError, OSError) as error:
        logger.warning("no viewer: pages show a picture in its place (%s)", " ".join(str(error).split()))
        return None


def put_niivue(fetched: Path, script: Path, licence: Path) -> bool:
    """Put the script and its licence beside a run's pages; where it cannot be had, one that says so. False then.

    Parameters
    ----------
    fetched
        Folder that keeps what was fetched.
    """
    try:
        text, there = fetch_niivue(fetched).read_text(encoding="utf-8"), True
    except (InputError, OSError) as error:
        logger.warning("no viewer: pages show pictures in its place (%s)", " ".join(str(error).split()))
        text, there = "// NiiVue could not be fetched: pages show pictures in its place.\n", False
    for path, content in ((script, text), (licence, LICENCE)):
        write_text(path, content)
    return there
