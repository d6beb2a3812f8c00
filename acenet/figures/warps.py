"""The contact sheet of augmentation: every warp beside its target, with what the checks say of it."""

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from acenet.augmentation.failures import failure
from acenet.augmentation.warp_rows import read_warp_rows
from acenet.figures.marks import mark_sides
from acenet.figures.style import (
    BLUE,
    GREY,
    SMALL_PT,
    VERMILION,
    WIDE_MM,
    add_caption,
    house_style,
    new_figure,
    write_figure,
)
from acenet.imaging.io import map_uint8

OPACITY = 0.4
TITLE_MM = 4.0
Colours = Mapping[int, tuple[int, int, int]]


@dataclass(frozen=True)
class Tile:
    """One warp on the sheet: its folder of conformed volumes, None where it failed, and the verdict."""

    atlas: str
    folder: Path | None
    accepted: bool
    verdict: str


@dataclass(frozen=True)
class Strip:
    """One target (folder of conformed volumes, None where it could not be conformed) and the warps onto it."""

    target: str
    folder: Path | None
    tiles: Sequence[Tile]


def strips_of(manifest: Path, targets: Path) -> list[Strip]:
    """The warps that `manifest` (a CSV, beside their folders) lists, by target; conformed targets lie in `targets`."""
    return [
        Strip(
            target,
            _usable(targets / target),
            [
                Tile(
                    row["atlas"],
                    _usable(manifest.parent / row["subject"]),
                    row["accepted"] == "yes",
                    row["reason"] or (f"{float(row['label_dice']):.2f}" if row["label_dice"] else "n/a"),
                )
                for row in rows
            ],
        )
        for target, rows in groupby(read_warp_rows(manifest), key=lambda row: row["target"])
    ]


def _usable(folder: Path) -> Path | None:
    """The folder, or None where it only says why it failed."""
    return None if failure(folder) else folder


def draw_warps(
    strips: Sequence[Strip],
    paths: Sequence[str | PathLike[str]],
    *,
    protocol: str,
    colours: Colours,
    caption: str,
) -> None:
    """Write the sheet (.png, .pdf): a row for each target, one coronal slice of it and of every warp onto it.

    The warps carry the class map of `protocol` in `colours` (RGB 0..255). A warp that is left out has a red
    frame and its reason. Left of the picture is the left side.
    """
    columns = 1 + max(len(strip.tiles) for strip in strips)
    side = WIDE_MM / columns
    with house_style():
        figure = new_figure(WIDE_MM, (side + TITLE_MM) * len(strips))
        axes = figure.subplots(len(strips), columns, squeeze=False)
        for row, strip in zip(axes, strips, strict=True):
            for one in row:
                one.set_axis_off()
            _draw_strip(row, strip, protocol=protocol, colours=colours)
        add_caption(figure, caption)
        write_figure(figure, paths)


def _draw_strip(row: Sequence[Axes], strip: Strip, *, protocol: str, colours: Colours) -> None:
    """One target and its warps, all in the coronal slice that holds most of the target's brain."""
    if strip.folder is None:
        _write(row[0], strip.target, "not conformed", colour=VERMILION)
    else:
        where = _fullest_slice(strip.folder)
        _show(row[0], _section(strip.folder / "image.nii", where), title=strip.target)
    for axes, tile in zip(row[1:], strip.tiles, strict=False):
        if tile.folder is None or strip.folder is None:
            _write(axes, tile.atlas, tile.verdict, colour=VERMILION)
            continue
        grey = _section(tile.folder / "image.nii", where)
        labels = _section(tile.folder / f"{protocol}.nii", where)
        _show(axes, grey, labels, colours, title=f"{tile.atlas}  {tile.verdict if tile.accepted else ''}")
        if not tile.accepted:
            _frame(axes, tile.verdict)


def _fullest_slice(folder: Path) -> int:
    """The coronal slice with most of the brain; the middle one where a target has no mask."""
    if not (folder / "brainmask.nii").is_file():
        return int(map_uint8(folder / "image.nii").shape[2] // 2)
    return int((map_uint8(folder / "brainmask.nii") > 0).sum(axis=(0, 1)).argmax())


def _section(path: Path, where: int) -> NDArray[np.uint8]:
    """A coronal slice of a conformed volume as a picture: rows downwards, left side on the left."""
    return np.asarray(map_uint8(path)[::-1, :, where]).T


def _show(
    axes: Axes,
    grey: NDArray[np.uint8],
    labels: NDArray[np.uint8] | None = None,
    colours: Colours | None = None,
    *,
    title: str,
) -> None:
    picture: NDArray[Any] = np.repeat(grey[..., np.newaxis], 3, axis=2) / 255
    if labels is not None and colours is not None:
        table = np.zeros((256, 3))
        for index, colour in colours.items():
            table[index] = np.array(colour) / 255
        inside = labels > 0
        picture[inside] = (1 - OPACITY) * picture[inside] + OPACITY * table[labels[inside]]
    axes.imshow(picture, interpolation="nearest")
    mark_sides(axes)
    axes.set_title(title, fontsize=SMALL_PT, pad=1, color=BLUE if labels is None else "black")


def _frame(axes: Axes, verdict: str) -> None:
    """A red frame around a warp that is left out, and why."""
    axes.set_axis_on()
    axes.set(xticks=[], yticks=[])
    for spine in axes.spines.values():
        spine.set(visible=True, color=VERMILION, linewidth=1.5)
    axes.text(0.03, 0.97, textwrap.fill(verdict, 30), transform=axes.transAxes, **_note(VERMILION))


def _write(axes: Axes, title: str, text: str, *, colour: str) -> None:
    """A tile without an image: its name and what happened."""
    axes.set_title(title, fontsize=SMALL_PT, pad=1, color=GREY)
    axes.set(xlim=(0, 1), ylim=(0, 1), aspect="equal")
    axes.text(0.03, 0.97, textwrap.fill(text, 30), **_note(colour))


def _note(colour: str) -> dict[str, Any]:
    """Small text that starts in the upper left corner and stays legible on an image."""
    return {
        "fontsize": SMALL_PT - 2,
        "color": colour,
        "verticalalignment": "top",
        "bbox": {"facecolor": "white", "alpha": 0.8, "pad": 0.5, "linewidth": 0},
    }
