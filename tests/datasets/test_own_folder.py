"""A folder of one's own is read by subject, and what is unpaired or taken is named."""

from pathlib import Path

import pytest

from acenet.datasets.locations import own_subjects, place_of
from acenet.datasets.own import OwnData, find, own_data, read_own_protocol
from acenet.errors import InputError

ENTRY = {"name": "mine", "root": "r", "protocol": "p.tsv", "like": "malc27", "models": ["quicknatv2"]}


def lay_out(root: Path, *paths: str) -> None:
    for path in paths:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).touch()


def test_images_labels_and_masks_by_subject(tmp_path: Path) -> None:
    lay_out(tmp_path, "images/b ü.nii.gz", "labels/b ü.mgz", "images/a.nii", "labels/a.nii.gz", "masks/a.nii")
    lay_out(tmp_path, "images/.hidden.nii", "images/notes.txt")
    first, second = find(tmp_path)
    assert (first.id, first.image, first.labels, first.mask) == (
        "a",
        Path("images/a.nii"),
        Path("labels/a.nii.gz"),
        Path("masks/a.nii"),
    )
    assert (second.id, second.labels, second.mask) == ("b ü", Path("labels/b ü.mgz"), None)


def test_what_does_not_fit(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="images/<subject>"):
        find(tmp_path)
    lay_out(tmp_path, "images/a.nii", "labels/b.nii")
    with pytest.raises(InputError, match="a has no labels; b has no image"):
        find(tmp_path)
    lay_out(tmp_path, "images/b.nii", "labels/a.nii", "masks/c.nii")
    with pytest.raises(InputError, match="masks of the images; found c"):
        find(tmp_path)
    lay_out(tmp_path, "masks/b.nii", "images/a.nii.gz")
    with pytest.raises(
        InputError, match=r"a\.nii\.gz: expected one file for each subject; found also a\.nii"
    ):
        find(tmp_path)


def test_an_entry_of_the_configuration(tmp_path: Path) -> None:
    data = own_data(ENTRY, {})
    assert data == OwnData("mine", "r", "p.tsv", like="malc27", models=("quicknatv2",))
    for name, said in (("Mine!", "found Mine!"), ("malc27", "malc27, which is taken")):
        with pytest.raises(InputError, match=said):
            own_data({**ENTRY, "name": name}, {"malc27": "malc"})
    (tmp_path / "p.tsv").write_text("source_ids\tname\n5\tLeft a\n6\tRight a\n")
    protocol = read_own_protocol(own_data({**ENTRY, "protocol": str(tmp_path / "p.tsv")}, {}))
    assert (protocol.name, protocol.n_classes) == ("mine", 3)


def test_freesurfers_masks_of_ones_own(tmp_path: Path) -> None:
    lay_out(tmp_path, "images/a.nii", "labels/a.nii", "recon/a/mri/brainmask.mgz")
    entry = {**ENTRY, "root": str(tmp_path), "freesurfer": str(tmp_path / "recon")}
    (subject,) = own_subjects(own_data(entry, {}))
    assert subject.mask == (tmp_path / "recon/a/mri/brainmask.mgz").resolve()


def test_places(tmp_path: Path) -> None:
    assert place_of("malc", "embedded").root == "results/raw/malc"
    assert place_of("malc", "download").kind == "download"
    lay_out(tmp_path, "x/data.zip")
    packed = place_of("malc", str(tmp_path / "x"))
    assert (packed.kind, packed.root, packed.archives) == (
        "archives",
        "results/unpacked/malc",
        (str(tmp_path / "x/data.zip"),),
    )
    lay_out(tmp_path, "x/data<logs>.zip")
    with pytest.raises(InputError, match=r"data<logs>\.zip: .* found < >; rename it"):
        place_of("malc", str(tmp_path / "x"))
    lay_out(tmp_path, "x/training-images/1000_3.nii.gz")
    assert place_of("malc", str(tmp_path / "x")).kind == "folder"
    assert place_of("malc", str(tmp_path / "nothing")).kind == "folder"
