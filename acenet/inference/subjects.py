"""Segment conformed subjects with a model file."""

import logging
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import torch

from acenet.imaging.io import map_uint8, read_affine, write_uint8
from acenet.inference.integrity import record_segmented
from acenet.inference.volume import Segmentation, segment_volume
from acenet.inputs.patches import Patch
from acenet.inputs.stacks import Uint8, Window
from acenet.metrics.timing_file import FILE, ScanTime, write_times
from acenet.models.model_file import load_model
from acenet.models.released.windows import released_window
from acenet.networks.outputs import SegmentationNetwork
from acenet.system.device import choose_device, device_name, limit_threads
from acenet.system.out_of_memory import Workplace

logger = logging.getLogger(__name__)


def predict_subjects(
    model: Path,
    subjects: Sequence[Path],
    out_dir: Path,
    *,
    batch: int,
    device: str = "auto",
    threads: int = 1,
    as_released: bool = False,
) -> None:
    """Write {subject}_classes.nii.gz and, for networks with a skull branch, {subject}_brainmask.nii.gz.

    How long each took lies beside them in times.csv, and their SHA-256 in segmented.json.

    `subjects` are folders that hold a conformed image.nii; the results lie on its grid, uint8. `as_released` shows
    the network the windows that the authors' scripts show theirs at the volume's ends.
    """
    limit_threads(threads)
    where = choose_device(device)
    trained = load_model(model)
    view = released_window(trained.settings) if as_released else trained.settings.view
    network = trained.network
    out_dir.mkdir(parents=True, exist_ok=True)
    times: list[ScanTime] = []
    work = Workplace(where, batch)
    for done, folder in enumerate(subjects, start=1):
        started = time.monotonic()
        image, affine = map_uint8(folder / "image.nii"), read_affine(folder / "image.nii")
        found = work.run(partial(_segmented, network, image, view))
        write_uint8(out_dir / f"{folder.name}_classes.nii.gz", found.classes, affine)
        if found.brain is not None:
            write_uint8(out_dir / f"{folder.name}_brainmask.nii.gz", found.brain, affine)
        seconds = time.monotonic() - started
        times.append(ScanTime(folder.name, round(seconds, 3), device_name(work.device), threads))
        logger.info("%s segmented in %.1f s (%d/%d)", folder.name, seconds, done, len(subjects))
    write_times(times, out_dir / FILE)
    record_segmented(out_dir)


def _segmented(
    network: SegmentationNetwork, image: Uint8, view: Window | Patch, device: torch.device, batch: int
) -> Segmentation:
    return segment_volume(network.to(device), image, view=view, batch=batch, device=device)
