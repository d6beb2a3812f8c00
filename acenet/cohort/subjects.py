"""Makes one synthetic subject: draws its anatomy and appearance, renders it and writes its raw files."""

import hashlib
import logging
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from acenet.cohort.appearance import add_rician_noise, bias_field, draw_contrast, paint, tissue_gain
from acenet.cohort.base import Base, load_base
from acenet.cohort.deformation import (
    NODE_MM,
    Field,
    Nodes,
    diffeomorphism,
    pose_matrix,
    random_velocity,
)
from acenet.cohort.fields_of_view import Frame, frame_of
from acenet.cohort.plan import find_planned
from acenet.cohort.raw_layouts import write_raw
from acenet.cohort.render import IntMap, render
from acenet.datasets import Subject, field_of_view
from acenet.datasets import traits as traits_of
from acenet.datasets.traits import Traits
from acenet.errors import InputError

logger = logging.getLogger(__name__)

STREAMS = ("pose", "velocity", "contrast", "texture", "noise", "strays")
VENTRICLES = (4, 14, 43)
VOXEL_RANGE_MM = (0.5, 6.0)


def write_subject(
    source: str, subject_id: str, *, anatomy: Path, root: Path, voxel_mm: float, seed: int
) -> None:
    """Write the subject into the raw layout of `source` under `root`.

    The same (source, subject_id, seed, voxel_mm) gives the same bytes, whatever else is made and by how many
    threads; with another `voxel_mm` the same person is scanned more coarsely.

    Parameters
    ----------
    anatomy
        Folder that `extract_anatomy` filled.
    voxel_mm
        1 for the real dataset's sampling, 2 for half.

    Raises
    ------
    InputError
        Unknown source or id, voxel size out of range, missing or damaged anatomy.
    """
    subject = find_planned(source, subject_id)
    low, high = VOXEL_RANGE_MM
    if not low <= voxel_mm <= high:
        raise InputError("voxel_mm", expected=f"{low} to {high}", found=f"{voxel_mm}")
    base = load_base(anatomy, source)
    streams = random_streams(source, subject_id, seed)
    frame, image, maps = scan(source, subject, base, voxel_mm=voxel_mm, streams=streams)
    brain = maps.pop("brain")
    tilt = pose_matrix(streams["pose"].uniform(-3, 3, 3), np.ones(3))
    labels = maps.get(source)
    write_raw(
        subject,
        traits_of(source),
        root,
        frame=frame,
        image=image,
        labels=labels,
        brain=brain,
        tilt=tilt,
        rng=streams["strays"],
    )
    logger.info("%s %s: %s voxels of %s mm", source, subject_id, frame.shape, frame.spacing)


def random_streams(source: str, subject_id: str, seed: int) -> dict[str, np.random.Generator]:
    """Independent generators of one subject, by purpose; nothing but the arguments decides them."""
    digest = hashlib.sha256(f"{source}/{subject_id}".encode()).digest()
    words = np.frombuffer(digest, dtype="<u4").tolist()
    children = np.random.SeedSequence([seed, *words]).spawn(len(STREAMS))
    return {name: np.random.default_rng(child) for name, child in zip(STREAMS, children, strict=True)}


def scan(
    source: str, subject: Subject, base: Base, *, voxel_mm: float, streams: dict[str, np.random.Generator]
) -> tuple[Frame, Field, dict[str, IntMap]]:
    """The subject's field of view, image (I, J, K) float32 with noise, and label maps incl. "brain"."""
    traits = traits_of(source)
    pose = streams["pose"]
    matrix = draw_pose(pose, traits)
    frame = frame_of(field_of_view(source, subject, voxel_mm), pose.uniform(-4, 4, 3))
    nodes = Nodes()
    displacement = draw_displacement(nodes, base, traits, rng=streams["velocity"])
    contrast = draw_contrast(streams["contrast"], traits.noise)
    position = base_positions(nodes, displacement, base, matrix)
    channels = np.concatenate([position, bias_field(nodes, streams["texture"])[np.newaxis]])
    maps: dict[str, IntMap] = {"brain": base.brain}
    if subject.labels is not None:
        maps[source] = base.labels[source]
    gain = tissue_gain(base, contrast, streams["texture"])
    image, sampled = render(frame, nodes, channels, head=paint(base, contrast), gain=gain, maps=maps)
    add_rician_noise(image, contrast.noise, streams["noise"])
    return frame, image, sampled


def draw_pose(rng: np.random.Generator, traits: Traits) -> NDArray[np.float64]:
    """Subject mm -> template mm, (3, 3): rotation up to 6 degrees; one scale for the head, 2.5 % per axis."""
    scale = rng.uniform(*traits.scale) * rng.uniform(0.975, 1.025, 3)
    return pose_matrix(rng.uniform(-6, 6, 3), scale)


def draw_displacement(nodes: Nodes, base: Base, traits: Traits, *, rng: np.random.Generator) -> Field:
    """The subject's random anatomy: a diffeomorphic displacement (3, R, A, S) in mm on the nodes."""
    velocity = random_velocity(nodes, rng)
    velocity += np.float32(rng.uniform(*traits.ventricles_mm)) * ventricle_pull(nodes, base)
    return diffeomorphism(velocity, traits.floor)


def ventricle_pull(nodes: Nodes, base: Base) -> Field:
    """Velocity (3, R, A, S), length below 1, towards the ventricles: sampling along it enlarges them.

    It is nearly of full length wherever the ventricles are near, and zero at their middle.
    """
    ventricles = np.isin(base.labels["schizbull"][::4, ::4, ::4], VENTRICLES).astype(np.float32)
    index = np.linalg.inv(base.affine)
    where = nodes.positions() + base.centre_mm.astype(np.float32)[:, None, None, None]
    where = (where + index[:3, 3].astype(np.float32)[:, None, None, None]) / 4
    blurred = ndimage.map_coordinates(
        ndimage.gaussian_filter(ventricles, 1.5), where, output=np.float32, order=1, prefilter=False
    )
    pull = np.array(np.gradient(blurred, NODE_MM), dtype=np.float32)
    length = np.sqrt(np.square(pull).sum(axis=0))
    return np.asarray(pull / (length + 0.2 * length.max() + 1e-12), dtype=np.float32)


def base_positions(nodes: Nodes, displacement: Field, base: Base, matrix: NDArray[np.float64]) -> Field:
    """Where each node of the subject lies in the base head, in voxels of its lattice, (3, R, A, S) float32.

    Subject mm y -> template mm centre + matrix (y + u(y)). einsum, unlike BLAS, sums in one order whatever
    the number of threads.
    """
    moved = nodes.positions().astype(np.float64) + displacement
    template = np.einsum("ij,j...->i...", matrix, moved) + base.centre_mm[:, None, None, None]
    inverse = np.linalg.inv(base.affine)
    voxels = np.einsum("ij,j...->i...", inverse[:3, :3], template) + inverse[:3, 3][:, None, None, None]
    return np.asarray(voxels, dtype=np.float32)
