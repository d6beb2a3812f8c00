"""What brain masks are, in the words of captions."""

from dataclasses import replace
from pathlib import Path

from acenet.datasets import raw_subject
from acenet.datasets.locations import masks_in_words, with_closed_masks


def test_masks_in_words() -> None:
    own = [raw_subject("mindboggle", f"MMRR-21-{k}") for k in range(1, 4)]
    assert masks_in_words(own) == "the data set's own"
    assert masks_in_words(with_closed_masks(own)) == "the data set's own, closed by 3 mm"
    theirs = replace(own[0], mask=Path("/recon/MMRR-21-1/mri/brainmask.mgz"))
    assert masks_in_words(with_closed_masks([theirs])) == "FreeSurfer's"
    none = replace(own[1], mask=None)
    assert masks_in_words([theirs, none, own[2], replace(own[2], id="x")]) == (
        "the data set's own (2 of 4 scans), FreeSurfer's (1 of 4 scans), "
        "derived from the labels, closed by 3 mm (1 of 4 scans)"
    )
