"""Hooks of the site (mkdocs.yml): pages of the repository outside docs/, and links that lead to its files.

In the repository a page links to `../config.yaml` or to `docs/data.md`, as a code host wants it. In the site, what lies
outside docs/ is below `repository/`: the pages PAGES, and every file that some page links to. A link to a file that is
not there stays as it is, and `mkdocs build --strict` ends with it.
"""

import posixpath
import re
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File

PAGES = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")
OUTSIDE = "repository"
DOCS = "docs"
LINK = re.compile(r"(\]\()([^)\s#]+)((?:#[^)\s]*)?\))")


def on_files(files: Any, config: Any) -> Any:
    """Adds the repository's pages, and the files that pages link to."""
    root = Path(config.config_file_path).parent
    pages = [*PAGES, *(f"{DOCS}/{file.src_uri}" for file in files.documentation_pages())]
    linked = {target for page in pages for target in links(root, page)}
    for target in sorted({*PAGES, *(path for path in linked if not path.startswith(f"{DOCS}/"))}):
        files.append(File.generated(config, f"{OUTSIDE}/{target}", abs_src_path=str(root / target)))
    return files


def on_page_markdown(markdown: str, page: Any, config: Any, files: Any) -> str:
    """Leads links to files of the repository to where these are in the site."""
    root = Path(config.config_file_path).parent
    inside = page.file.src_uri.startswith(f"{OUTSIDE}/")
    source = page.file.src_uri.removeprefix(f"{OUTSIDE}/") if inside else f"{DOCS}/{page.file.src_uri}"

    def led(match: re.Match[str]) -> str:
        target = resolved(root, source, match[2])
        if target is None:
            return match[0]
        return (
            match[1]
            + posixpath.relpath(placed(target), posixpath.dirname(page.file.src_uri) or ".")
            + match[3]
        )

    return LINK.sub(led, markdown)


def links(root: Path, page: str) -> set[str]:
    """Files of the repository that a page links to, as paths from its root."""
    text = (root / page).read_text(encoding="utf-8")
    found = (resolved(root, page, match[2]) for match in LINK.finditer(text))
    return {target for target in found if target}


def resolved(root: Path, page: str, link: str) -> str | None:
    """The file that a page's link leads to, as a path from the repository's root; None if it leads to none."""
    target = posixpath.normpath(posixpath.join(posixpath.dirname(page), link))
    is_file = not target.startswith("..") and (root / target).is_file()
    return target if is_file and ":" not in link else None


def placed(target: str) -> str:
    """Where a file of the repository is in the site."""
    return target.removeprefix(f"{DOCS}/") if target.startswith(f"{DOCS}/") else f"{OUTSIDE}/{target}"
