"""A page to look at a run with: `results/index.html`, which opens from the disk, made of what lies there."""

from acenet.page.write import write_page

__all__ = ["write_page"]
